"""A loaded model, which enriches products with codes and vectors and understands queries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.prior import Vectors
from gram_es.errors import ModelError
from gram_es.language_model.trained import adapter_folder
from gram_es.model.config import LEXICAL_FEATURES, PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.folder import LoadedModel, load_encoder, load_model_folder
from gram_es.model.hub import copy_model, fetch_model
from gram_es.model.product_codes import ProductCoder
from gram_es.model.quantise import dequantise, quantise
from gram_es.model.query_codes import LiveCodes, QueryCoder, QueryCodes
from gram_es.records import Enrichment, Product, WeightedCode
from gram_es.text.normalise import MAX_ASKED_CHARS, normalise
from gram_es.text.product import OFFER_FIELDS, model_text
from gram_es.text.spelling.speller import Spelling
from gram_es.text.term_statistics import TermStatistics
from gram_es.text.words import content_words

if TYPE_CHECKING:
    from gram_es.model.encoding.text_encoder import TextEncoder

__all__ = [
    "Gram",
    "LiveCodes",
    "QueryCodes",
    "best_text_score",
    "encode_spellings",
    "stem_weights",
]


class Gram:
    """A loaded model that enriches products and understands queries; threads may share it.

    ``fingerprint`` identifies the model. ``encoder_fingerprint`` identifies what determines the
    vectors; models that share it can use each other's vectors. ``codes_fingerprint`` identifies
    what determines a product's codes once its vector is known. A document stores the codes and the
    vector that this model gives to the product in the field ``gram.<slot>``. ``dimensions`` is the
    number of dimensions of a vector. ``parts`` is what was read from the model's folder.
    ``query_coder`` gives queries their codes. ``config`` contains, among others, the constants of
    retrieval and rerank.
    """

    def __init__(self, loaded: LoadedModel, *, threads: int = 0) -> None:
        """Wrap a model that :func:`load_model_folder` has read.

        :param threads: as for :meth:`load`.
        :raises ModelError: if the model and gram-es differ in the number of lexical features.
        """
        manifest, config = loaded.manifest, loaded.config
        self.fingerprint, self.slot = manifest.fingerprint, manifest.slot
        self.encoder_fingerprint = manifest.encoder_fingerprint
        self.codes_fingerprint = manifest.codes_fingerprint
        self.family, self.dimensions = manifest.family, manifest.dimensions
        self.config = config
        if len(config.lexical_weights) not in (0, len(LEXICAL_FEATURES)):
            raise ModelError(
                f"the model {self.fingerprint[:12]} has weights for {len(config.lexical_weights)} "
                f"lexical features, this gram-es has {len(LEXICAL_FEATURES)}: train the model again"
            )
        self.codebook, self.speller = loaded.codebook, loaded.speller
        self.parts = loaded
        self._has_adapter = adapter_folder(loaded.folder) is not None
        self._threads = threads
        self._lock = Lock()  # several threads may need the encoder first
        self._encoder: TextEncoder | None = None
        coder_parts = (loaded.codebook, loaded.prior, loaded.rules, config)
        self._product_coder = ProductCoder(*coder_parts)
        self.query_coder = QueryCoder(*coder_parts, loaded.shopper_words)

    @classmethod
    def load(cls, folder: Path | str, *, threads: int = 0, defer_encoder: bool = False) -> Gram:
        """Load the model in ``folder``.

        :param threads: the number of threads that encode a batch; 0 lets the runtime choose it.
        :param defer_encoder: if true, the encoder is loaded when a text must be encoded for the
            first time. Computing codes from stored vectors does not need it.
        :raises ModelError: if the folder is missing or damaged, if this gram-es cannot read its
            format, or if the process uses another language than the model.
        """
        gram = cls(load_model_folder(Path(folder)), threads=threads)
        if not defer_encoder:
            _ = gram.encoder
        return gram

    @classmethod
    def from_pretrained(
        cls, source: Path | str, *, revision: str | None = None, threads: int = 0
    ) -> Gram:
        """Load a model from a folder or from the Hugging Face Hub.

        :param source: the folder, or a hub id such as ``shop/catalogue-model``.
        :param revision: the branch, tag or commit of a hub id.
        :param threads: as for :meth:`load`.
        :raises ModelError: if there is no such model, or as for :meth:`load`.
        """
        return cls.load(fetch_model(source, revision=revision), threads=threads)

    def save_pretrained(self, folder: Path | str) -> None:
        """Copy the model to ``folder``, a new or an empty one, which can be uploaded to the hub.

        :raises ModelError: if ``folder`` contains files, or if copying fails.
        """
        copy_model(self.parts.folder, Path(folder))

    @property
    def encoder(self) -> TextEncoder:
        """Return the encoder of texts; it is loaded once, when it is first used.

        :raises ModelError: if it cannot be loaded.
        """
        with self._lock:
            if self._encoder is None:
                self._encoder = load_encoder(self.parts.folder, threads=self._threads)
            return self._encoder

    def input_hash(self, product: Product) -> str:
        """Return a hash of everything about ``product`` that the model reads.

        Products with equal hashes get equal codes and vectors.
        """
        texts = [normalise(product.title), normalise(product.description or "")]
        attributes = sorted(
            (name, tuple(values))
            for name, values in product.attributes.items()
            if name not in OFFER_FIELDS
        )
        read = repr([*texts, product.brand, product.category, attributes])
        return hashlib.sha256(read.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def live_codes(self, labels: Iterable[str]) -> LiveCodes:
        """Return the codes with the given labels, to pass to :meth:`understand`.

        Labels that are not in the model's codebook are ignored.
        """
        return LiveCodes.of(self.codebook, labels)

    def enrich(
        self, products: Sequence[Product], vectors: Sequence[bytes | None] | None = None
    ) -> list[Enrichment]:
        """Return the enrichment of each product: its codes, best first, and its vector.

        :param vectors: for each product, a vector in the form in which documents store it, or
            ``None``. A vector that is given is used instead of encoding the product's text. It must
            come from a model with the same ``encoder_fingerprint`` and from the same text.
        :raises ValueError: if a vector has another length than this model's vectors.
        """
        if not products:
            return []
        stored = self._stored_vectors(products, vectors or [None] * len(products))
        codes = self._product_coder.codes(products, dequantise(stored))
        return [
            Enrichment(product_codes, vector, self.input_hash(product))
            for product, product_codes, vector in zip(products, codes, stored, strict=True)
        ]

    def inferable(
        self, products: Sequence[Product], codes: Sequence[Sequence[int]]
    ) -> list[list[int]]:
        """Return the proposed codes of each product that its data and its vector allow.

        :param codes: for each product, the numbers of codes that its data does not state.
        """
        if not products:
            return []
        vectors = dequantise(self._stored_vectors(products, [None] * len(products)))
        return list(map(self._product_coder.inferable, products, vectors, codes))

    def _stored_vectors(
        self, products: Sequence[Product], given: Sequence[bytes | None]
    ) -> list[bytes]:
        texts = [
            model_text(product)
            for product, vector in zip(products, given, strict=True)
            if vector is None
        ]
        encoded = iter(quantise(self.encoder.encode(texts, PRODUCT_PROMPT)) if texts else ())
        stored = [next(encoded).tobytes() if vector is None else vector for vector in given]
        if any(len(vector) != self.dimensions for vector in stored):
            raise ValueError(f"a stored vector does not have {self.dimensions} dimensions")
        return stored

    def best_text_score(self, query: Spelling) -> float:
        """Return the BM25 score of a product whose title contains the whole query; 0 if unknown."""
        return best_text_score(self.parts.terms, query)

    def stem_weights(self, query: Spelling) -> tuple[dict[str, float], ...]:
        """Return, for each form of a query, the weight of each stem; a rare stem weighs more."""
        return stem_weights(self.parts.terms, query)

    def understand(
        self, queries: Sequence[Spelling], live: LiveCodes | None = None
    ) -> list[QueryCodes]:
        """Return the codes and the vector of each query.

        Both come from the typed and the corrected form together: the vector is the mean of the
        vectors of the two forms, moved towards the codes that words of shoppers lead to.

        :param live: the codes to choose from; ``None`` stands for all codes of the model.
        """
        if not queries:
            return []
        return self.query_coder.answers(queries, self.query_vectors(queries), live)

    def query_vectors(self, queries: Sequence[Spelling]) -> Vectors:
        """Return the vectors of queries before they are moved, ``(n, dimensions)``."""
        return encode_spellings(self.encoder, queries)

    def foreign_share(self, normalised: str) -> float:
        """Return the share of the words of a text that the catalogue lacks; numbers do not count.

        :param normalised: in normal form.
        """
        words = content_words(normalised)
        return sum(map(self.speller.is_foreign, words)) / max(1, len(words))

    def heeds_language_model(self, query: Spelling) -> bool:
        """Return whether a language model has a say in the codes of a query.

        One that was trained for the model has in all queries that are not too long to be read.
        """
        is_short = len(query.corrected) <= MAX_ASKED_CHARS
        return is_short and (self._has_adapter or self.foreign_share(query.corrected) > 0)

    def may_lead(
        self, query: Spelling, codes: Sequence[WeightedCode], vector: NDArray[np.float32]
    ) -> frozenset[str]:
        """Return the labels of those ``codes`` of a query that say what kind of product it wants.

        :param vector: ``(dimensions,)``, the query's vector.
        """
        return self.query_coder.may_lead(query, codes, vector)


def best_text_score(terms: TermStatistics, query: Spelling) -> float:
    """Return the BM25 score that the typed or the corrected form of a query can reach at best.

    The lower of both scores counts: a misspelt word that the catalogue lacks would raise it.
    """
    return min(terms.best_score(query.typed), terms.best_score(query.corrected))


def stem_weights(terms: TermStatistics, query: Spelling) -> tuple[dict[str, float], ...]:
    """Return, for each form of a query, the weight of each stem; a rare stem weighs more."""
    forms = dict.fromkeys((query.typed, query.corrected, *query.alternatives))
    return tuple(map(terms.weights, forms))


def encode_spellings(encoder: TextEncoder, queries: Sequence[Spelling]) -> Vectors:
    """Return the normalised mean of the vectors of the two forms of each query, ``(n, d)``.

    The mean keeps a word that the speller changed although it was right.
    """
    rows = [n for n, query in enumerate(queries) if query.typed != query.corrected]
    texts = [query.corrected for query in queries] + [queries[n].typed for n in rows]
    vectors = encoder.encode(texts, QUERY_PROMPT)
    means, typed = vectors[: len(queries)].copy(), vectors[len(queries) :]
    means[rows] += typed
    unit: Vectors = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
    return unit
