"""A loaded model, which enriches products with codes and vectors and understands queries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.codes.beam_search import Beams
from gram_es.codes.trie import Trie
from gram_es.errors import ModelError
from gram_es.model.config import LEXICAL_FEATURES, PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.folder import LoadedModel, load_model_folder
from gram_es.model.network import encode_queries, encode_texts
from gram_es.model.precision import pack_linear_layers
from gram_es.model.quantise import quantise
from gram_es.model.tokenizer import batches_by_length
from gram_es.records import Enrichment, Product, WeightedCode
from gram_es.text.product import model_text
from gram_es.text.speller import Spelling

MAX_QUERY_CODES = 20
MAX_PRODUCT_CODES = 10
_PRODUCT_BEAMS = 14  # more than MAX_PRODUCT_CODES, because codes with low scores are dropped
_BATCH = 64


@dataclass(frozen=True, slots=True)
class LiveCodes:
    """The codes that the model may generate for a query: the codes of products in the live index.

    ``labels`` are the texts of the codes. ``allowed_edges`` is ``(edges,)`` bool: true for the
    edges of the model's code trie that lead to at least one of these codes.
    """

    allowed_edges: Tensor
    labels: frozenset[str]

    def equals(self, other: LiveCodes) -> bool:
        """Return whether ``other`` allows the same codes."""
        return torch.equal(self.allowed_edges, other.allowed_edges)


@dataclass(frozen=True, slots=True)
class QueryCodes:
    """A query's codes and its vector.

    ``codes`` are ordered best first. Their weights sum to 1, or to less if the model is
    unsure. ``codes`` is empty if the model is too unsure.
    ``vector`` is ``(dimensions,)`` float32 of unit length.
    """

    codes: tuple[WeightedCode, ...]
    vector: NDArray[np.float32]


class Gram:
    """A loaded model that enriches products and understands queries; threads may share it.

    ``fingerprint`` identifies the model. A document stores the codes and the vector that this model
    gives to the product in the field ``gram.<slot>``. ``dimensions`` is the number of dimensions of
    a vector.
    ``text_scale``, ``text_weight``, ``lexical_weights`` and ``feedback_weight`` are the fitted
    constants of retrieval and rerank; ``GramConfig`` describes them.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        """Build the code trie of a model that :func:`load_model_folder` has read.

        :raises ModelError: if the model and gram-es differ in the number of lexical features.
        """
        manifest = loaded.manifest
        self.fingerprint, self.slot = manifest.fingerprint, manifest.slot
        self.family, self.dimensions = manifest.family, manifest.dimensions
        self._network, self._text = loaded.network, loaded.text
        self._config = config = loaded.network.config
        self.text_scale, self.text_weight = config.text_scale, config.text_weight
        self.lexical_weights = tuple(config.lexical_weights)
        if len(self.lexical_weights) not in (0, len(LEXICAL_FEATURES)):
            raise ModelError(
                f"the model {self.fingerprint[:12]} has weights for {len(self.lexical_weights)} "
                f"lexical features, this gram-es has {len(LEXICAL_FEATURES)}: train the model again"
            )
        self.feedback_weight = config.feedback_weight
        self.codebook, self.speller = loaded.codebook, loaded.speller
        self.trie = Trie(self._text.ids([c.label for c in self.codebook]), end=self._text.end)

    @classmethod
    def load(cls, folder: Path | str, *, threads: int = 0) -> Gram:
        """Load the model in ``folder``.

        :param threads: the number of torch's threads in the whole process; 0 lets torch choose it.
        :raises ModelError: if the folder is missing or damaged, if this gram-es cannot read its
            format, or if the process uses another language than the model.
        """
        if threads:
            torch.set_num_threads(threads)
        loaded = load_model_folder(Path(folder))
        pack_linear_layers(loaded.network)
        return cls(loaded)

    def input_hash(self, product: Product) -> str:
        """Return a hash of the text that the model encodes for ``product``.

        Products with equal hashes get equal codes and vectors.
        """
        return _hash(model_text(product))

    def live_codes(self, labels: Iterable[str]) -> LiveCodes:
        """Return the codes with the given labels, to pass to :meth:`understand`.

        Labels that are not in the model's codebook are ignored.
        """
        numbers_by_label = self.codebook.number_by_label
        known_labels = frozenset(label for label in labels if label in numbers_by_label)
        numbers = [numbers_by_label[label] for label in known_labels]
        codes = torch.tensor(numbers, dtype=torch.int64)
        return LiveCodes(self.trie.allowed_edges(codes), known_labels)

    def enrich(self, products: Sequence[Product]) -> list[Enrichment]:
        """Return the enrichment of each product: its codes, best first, and its vector."""
        texts = [model_text(product) for product in products]
        prompted_ids = self._text.prompted_ids(texts, PRODUCT_PROMPT)
        enrichments: list[Enrichment | None] = [None] * len(products)
        for batch in batches_by_length(prompted_ids, _BATCH):
            encoded = self._encode([prompted_ids[n] for n in batch])
            beams = self._generate(encoded, beams=_PRODUCT_BEAMS)
            is_good = self._good_codes(encoded, beams, self._config.code_floor).tolist()
            vectors = quantise(encoded.numpy())
            for row, number in enumerate(batch):
                enrichments[number] = Enrichment(
                    self._labels(beams.codes[row].tolist(), is_good[row]),
                    vectors[row].tobytes(),
                    _hash(texts[number]),
                )
        return [enrichment for enrichment in enrichments if enrichment is not None]

    def understand(
        self,
        queries: Sequence[Spelling],
        live: LiveCodes | None = None,
    ) -> list[QueryCodes]:
        """Return the codes and the vector of each query.

        The vector is the mean of the vectors of the typed and the corrected query; the codes are
        generated from this mean.

        :param queries: the forms of the queries.
        :param live: the codes to choose from; ``None`` stands for all codes of the model.
        """
        if not queries:
            return []
        _, vectors = encode_queries(
            self._network,
            self._text,
            typed=[query.typed for query in queries],
            corrected=[query.corrected for query in queries],
        )
        beams = self._generate(vectors, beams=MAX_QUERY_CODES, live=live)
        is_good = self._good_codes(vectors, beams, self._config.query_code_floor)
        return [
            QueryCodes(self._weighted_codes(codes, scores, good), vector)
            for codes, scores, good, vector in zip(
                beams.codes, beams.log_probs, is_good, vectors.numpy(), strict=True
            )
        ]

    @torch.inference_mode()
    def _encode(self, prompted_ids: Sequence[Sequence[int]]) -> Tensor:
        return self._network.encode(*self._text.pad(prompted_ids))

    def _generate(self, encoded: Tensor, *, beams: int, live: LiveCodes | None = None) -> Beams:
        """Return the best codes of texts; ``encoded`` are their vectors, ``(B, d)``."""
        allowed_edges = live.allowed_edges if live is not None else None
        return self._network.generate_codes(
            encoded, self.trie, beams=beams, allowed_edges=allowed_edges
        )

    def _weighted_codes(
        self, codes: Tensor, log_probs: Tensor, is_good: Tensor
    ) -> tuple[WeightedCode, ...]:
        """Return the codes of a beam where ``is_good`` is true, best first, with their weights."""
        confidence = float(log_probs.exp().sum())
        if not bool(is_good.any()) or confidence < self._config.abstain_below:
            return ()
        weights = (log_probs[is_good] / self._config.code_temperature).softmax(0)
        weights = weights * min(1.0, confidence / self._config.usual_confidence)
        pairs = zip(codes[is_good].tolist(), weights.tolist(), strict=True)
        return tuple(WeightedCode(self.codebook.codes[c].label, w) for c, w in pairs)

    def _labels(self, codes: Sequence[int], is_good: Sequence[bool]) -> tuple[str, ...]:
        good_codes = [code for code, good in zip(codes, is_good, strict=True) if good]
        return tuple(self.codebook.codes[code].label for code in good_codes[:MAX_PRODUCT_CODES])

    @cached_property
    def _code_vectors(self) -> Tensor:
        """Return the vectors of the codes' labels, encoded as queries, ``(codes, d)``."""
        labels = [code.label for code in self.codebook]
        return encode_texts(self._network, self._text, labels, QUERY_PROMPT)

    @torch.inference_mode()
    def _good_codes(self, encoded: Tensor, beams: Beams, floor: float) -> Tensor:
        """Return whether each code scores at least ``floor`` on its text, ``(B, K)``.

        The score is the dot product of the vectors of the code and the text. Codes with lower
        scores are dropped: codes that a ranker rejects do more harm than good (Doc2Query--, arXiv
        2301.03266).
        """
        vectors = self._code_vectors[beams.codes.clamp(min=0)]  # (B, K, d)
        scores = torch.einsum("bkd,bd->bk", vectors, encoded)
        return (scores >= floor) & (beams.codes >= 0)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
