"""Dense retrieval without an index: a pretrained encoder, and the exact search of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gram_es.evaluation.measures import DEPTH
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.families import DEFAULT_ENCODER, new_base
from gram_es.model.network import encode_all
from gram_es.model.tokenizer import TextEncoder
from gram_es.records import Product
from gram_es.text.product import raw_text

Vectors = NDArray[np.float32]

_MAX_TOKENS = 128
_CHUNK = 2_048


class SentenceEncoder:
    """A pretrained sentence encoder, zero-shot: mean pooling, no training of ours.

    Texts are cut at 128 tokens, prompt included: the default encoder reads 256, but a catalogue
    of long descriptions would then take too long.
    """

    def __init__(self, source: str = DEFAULT_ENCODER) -> None:
        """Load the encoder.

        :param source: a hub id or a folder in Hugging Face layout.
        :raises ModelError: if there is no such encoder, or it cannot be used.
        """
        network, text = new_base(source)
        self._network = network.eval()
        config = replace(
            network.config, max_query_tokens=_MAX_TOKENS, max_product_tokens=_MAX_TOKENS
        )
        self._text = TextEncoder(text.tokenizer, config)

    def encode_query(self, query: str) -> Vectors:
        """Return the unit vector of ``query`` as typed, ``(d,)``."""
        vector: Vectors = encode_all(self._network, self._text, [query], QUERY_PROMPT)[0].numpy()
        return vector

    def encode_products(self, products: Sequence[Product]) -> Vectors:
        """Return the unit vectors of the products' raw texts, ``(n, d)``."""
        texts = [raw_text(product) for product in products]
        parts: list[Vectors] = []
        with tqdm(total=len(texts), desc="encode", unit="product", disable=None) as bar:
            for first in range(0, len(texts), _CHUNK):
                chunk = texts[first : first + _CHUNK]
                parts.append(encode_all(self._network, self._text, chunk, PRODUCT_PROMPT).numpy())
                bar.update(len(chunk))
        return np.concatenate(parts)


class ExactSearch:
    """Every product's unit vector, searched exhaustively."""

    def __init__(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Take the vectors, ``(n, d)``, of the products ``ids``.

        A product that occurs twice counts once, in its last form, as in the index.
        """
        rows = {product: row for row, product in enumerate(ids)}
        self.ids = list(rows)
        self._vectors = vectors[list(rows.values())]
        self._place = {product: place for place, product in enumerate(self.ids)}

    def cosines(self, query: Vectors) -> Vectors:
        """Return the cosine of every product with ``query``, a unit vector, ``(n,)``."""
        cosines: Vectors = self._vectors @ query
        return cosines

    def search(self, query: Vectors) -> dict[str, float]:
        """Return the ``DEPTH`` products nearest to ``query`` with their cosines, best first."""
        return self.best(self.cosines(query))

    def best(self, cosines: Vectors, *, but: Sequence[str] = ()) -> dict[str, float]:
        """Return the ``DEPTH`` products of the highest ``cosines``, ties in the catalogue's order.

        :param but: products to leave out.
        """
        left = np.delete(np.arange(len(self.ids)), self.places(but))
        if len(left) > DEPTH:
            left = left[np.argpartition(-cosines[left], DEPTH - 1)[:DEPTH]]
        left = left[np.lexsort((left, -cosines[left]))]
        return {self.ids[place]: float(cosines[place]) for place in left}

    def vectors(self, products: Sequence[str]) -> Vectors:
        """Return the vectors of ``products``, ``(n, d)``."""
        return self._vectors[self.places(products)]

    def places(self, products: Sequence[str]) -> NDArray[np.int64]:
        """Return where ``products`` stand in what ``cosines`` returns."""
        return np.array([self._place[product] for product in products], dtype=np.int64)
