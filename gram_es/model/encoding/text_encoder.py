"""An encoder of texts with its tokenizer, whatever computes the network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gram_es.model.config import PRODUCT_PROMPT, GramConfig
from gram_es.model.quantise import quantise
from gram_es.model.tokenizer import TextTokenizer, batches_by_length
from gram_es.records import Product
from gram_es.text.product import model_text

Vectors = NDArray[np.float32]
BATCH = 64
_CHUNK = 2_048


class TextEncoder(ABC):
    """Turns texts into unit vectors of ``dimensions`` dimensions."""

    def __init__(self, tokenizer: TextTokenizer, config: GramConfig, dimensions: int) -> None:
        self.tokenizer = tokenizer
        self.config = config
        self.dimensions = dimensions

    def encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Return the vectors of normalised ``texts``, each preceded by ``prompt``, ``(n, d)``.

        The texts are encoded in batches of similar length.
        """
        sequences = self.tokenizer.prompted_ids(texts, prompt)
        vectors = np.empty((len(sequences), self.dimensions), dtype=np.float32)
        for rows in batches_by_length(sequences, BATCH):
            ids, mask = self.tokenizer.pad([sequences[n] for n in rows])
            vectors[rows] = self._batch_vectors(ids, mask)
        return vectors

    def encode_products(self, products: Sequence[Product]) -> NDArray[np.int8]:
        """Return the vectors of products as documents store them, ``(n, d)`` int8.

        Texts and tokens are made for one chunk at a time, so that only the bytes stay in memory.
        """
        vectors = np.empty((len(products), self.dimensions), dtype=np.int8)
        with tqdm(total=len(products), desc="encode products", unit="product", disable=None) as bar:
            for first in range(0, len(products), _CHUNK):
                texts = [model_text(product) for product in products[first : first + _CHUNK]]
                vectors[first : first + _CHUNK] = quantise(self.encode(texts, PRODUCT_PROMPT))
                bar.update(len(texts))
        return vectors

    @abstractmethod
    def _batch_vectors(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Vectors:
        """Return the vectors of a batch, ``(B, d)``.

        :param ids: token ids, ``(B, L)``; ``mask``: false for padding.
        """


class SavableEncoder(TextEncoder):
    """An encoder that keeps its weights in single precision."""

    @property
    @abstractmethod
    def parameters(self) -> int:
        """Return the number of weights."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write configuration, weights and tokenizer to ``folder``."""
