"""Encode the products of a catalogue in a stream; only their bytes stay in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gram_es.model.config import PRODUCT_PROMPT
from gram_es.model.quantise import quantise
from gram_es.model.text_encoder import TextEncoder
from gram_es.records import Product
from gram_es.text.product import model_text

_CHUNK = 2_048


def encode_products(encoder: TextEncoder, products: Sequence[Product]) -> NDArray[np.int8]:
    """Return the vectors of products as documents store them, ``(n, d)`` int8."""
    vectors = np.empty((len(products), encoder.dimensions), dtype=np.int8)
    with tqdm(total=len(products), desc="encode products", unit="product", disable=None) as bar:
        for first in range(0, len(products), _CHUNK):
            texts = [model_text(product) for product in products[first : first + _CHUNK]]
            vectors[first : first + _CHUNK] = quantise(encoder.encode(texts, PRODUCT_PROMPT))
            bar.update(len(texts))
    return vectors
