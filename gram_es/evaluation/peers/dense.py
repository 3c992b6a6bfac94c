"""Dense retrieval without an index: a pretrained encoder and exhaustive vector search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gram_es.evaluation.measures import DEPTH
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.pretrained import DEFAULT_ENCODER, create_text_encoder
from gram_es.model.tokenizer import TextTokenizer
from gram_es.records import Product
from gram_es.text.product import raw_text

Vectors = NDArray[np.float32]

_MAX_TOKENS = 128
_CHUNK = 2_048


class SentenceEncoder:
    """A pretrained sentence encoder with mean pooling, used without further training.

    Texts are truncated to 128 tokens, prompt included. The default encoder accepts 256 tokens, but
    encoding so many would take too long for a catalogue of long descriptions.
    """

    def __init__(self, source: str | None = None) -> None:
        """Load the encoder.

        :param source: a hub id or a folder in Hugging Face layout; default: all-MiniLM-L6-v2.
        :raises ModelError: if the encoder does not exist or cannot be used.
        """
        encoder = create_text_encoder(source or DEFAULT_ENCODER)
        config = replace(
            encoder.config, max_query_tokens=_MAX_TOKENS, max_product_tokens=_MAX_TOKENS
        )
        encoder.tokenizer = TextTokenizer(encoder.tokenizer.tokenizer, config)
        self._encoder = encoder

    def encode_query(self, query: str) -> Vectors:
        """Return the unit vector of ``query``, a query as typed; the shape is ``(d,)``."""
        vector: Vectors = self._encoder.encode([query], QUERY_PROMPT)[0]
        return vector

    def encode_products(self, products: Sequence[Product]) -> Vectors:
        """Return the unit vectors of the products' raw texts, ``(n, d)``."""
        texts = [raw_text(product) for product in products]
        parts: list[Vectors] = []
        with tqdm(total=len(texts), desc="encode", unit="product", disable=None) as bar:
            for first in range(0, len(texts), _CHUNK):
                chunk = texts[first : first + _CHUNK]
                parts.append(self._encoder.encode(chunk, PRODUCT_PROMPT))
                bar.update(len(chunk))
        return np.concatenate(parts)


class ExactSearch:
    """Exhaustive search over the unit vectors of all products."""

    def __init__(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store the vectors, ``(n, d)``, of the products ``ids``.

        If an id occurs several times, only its last vector is searched; the index, too, keeps only
        the last version of a product.
        """
        rows = {product: row for row, product in enumerate(ids)}
        self.ids = list(rows)
        self._vectors = vectors[list(rows.values())]
        self._position_by_id = {product: position for position, product in enumerate(self.ids)}

    def cosines(self, query: Vectors) -> Vectors:
        """Return the cosine of each product's vector and ``query``, a unit vector; ``(n,)``."""
        cosines: Vectors = self._vectors @ query
        return cosines

    def search(self, query: Vectors) -> dict[str, float]:
        """Return the ``DEPTH`` products nearest to ``query`` with their cosines, best first."""
        return self.best(self.cosines(query))

    def best(self, cosines: Vectors, *, exclude: Sequence[str] = ()) -> dict[str, float]:
        """Return the ``DEPTH`` products with the highest ``cosines``, best first.

        Tied products stay in the order of the catalogue.

        :param cosines: ``(n,)``, as :meth:`cosines` returns them.
        :param exclude: ids of products to leave out.
        """
        candidates = np.delete(np.arange(len(self.ids)), self.positions(exclude))
        if len(candidates) > DEPTH:
            best = np.argpartition(-cosines[candidates], DEPTH - 1)[:DEPTH]
            candidates = candidates[best]
        candidates = candidates[np.lexsort((candidates, -cosines[candidates]))]
        return {self.ids[position]: float(cosines[position]) for position in candidates}

    def vectors(self, products: Sequence[str]) -> Vectors:
        """Return the vectors of ``products``, ``(n, d)``."""
        return self._vectors[self.positions(products)]

    def positions(self, products: Sequence[str]) -> NDArray[np.int64]:
        """Return the positions of ``products`` in the result of :meth:`cosines`."""
        return np.array([self._position_by_id[product] for product in products], dtype=np.int64)
