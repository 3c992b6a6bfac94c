"""A loaded model as ingest and search use it."""

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
from gram_es.model import folder as model_folder
from gram_es.model.config import LEXICAL_FEATURES, PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.network import encode_all, encode_queries
from gram_es.model.precision import pack_for_few
from gram_es.model.quantise import quantise
from gram_es.model.tokenizer import batches_by_length
from gram_es.records import Enrichment, Product, WeightedCode
from gram_es.text.normalise import normalise
from gram_es.text.product import model_text

QUERY_CODES = 20
PRODUCT_CODES = 10
_PRODUCT_BEAMS = 14  # a few more than are kept: the scorer drops some
_BATCH = 64


@dataclass(frozen=True, slots=True)
class LiveCodes:
    """The codes that an index holds: ``edges`` is ``(edges,)`` bool over the model's trie."""

    edges: Tensor
    labels: frozenset[str]

    def equals(self, other: LiveCodes) -> bool:
        """Tell whether decoding over ``other`` gives the same."""
        return torch.equal(self.edges, other.edges)


@dataclass(frozen=True, slots=True)
class QueryCodes:
    """What the model makes of a query.

    ``codes`` are best first, their weights sum to at most 1 and to less the less sure the model
    is; none means that it abstains. ``vector`` is ``(dimensions,)`` float32 of unit length.
    """

    codes: tuple[WeightedCode, ...]
    vector: NDArray[np.float32]


class Gram:
    """A model folder, ready to enrich products and to understand queries; safe to share."""

    def __init__(self, loaded: model_folder.Checkpoint) -> None:
        manifest = loaded.manifest
        self.fingerprint, self.slot = manifest.fingerprint, manifest.slot
        self.family, self.dimensions = manifest.family, manifest.dimensions
        self._network, self._text = loaded.network, loaded.text
        self._config = config = loaded.network.config
        self.text_scale, self.text_weight = config.text_scale, config.text_weight
        self.lexical_weights = tuple(config.lexical_weights)
        if len(self.lexical_weights) not in (0, len(LEXICAL_FEATURES)):
            raise ModelError(
                f"the model {self.fingerprint[:12]} weighs {len(self.lexical_weights)} lexical "
                f"features, this gram-es has {len(LEXICAL_FEATURES)}: train it again"
            )
        self.feedback_weight = config.feedback_weight
        self.codebook, self.speller = loaded.codebook, loaded.speller
        self.trie = Trie(self._text.ids([c.label for c in self.codebook]), end=self._text.end)

    @classmethod
    def load(cls, folder: Path | str, *, threads: int = 0) -> Gram:
        """Load the model in ``folder``; 0 threads leaves the choice to torch.

        :raises ModelError: if the folder is missing, damaged or of another version.
        """
        if threads:
            torch.set_num_threads(threads)
        loaded = model_folder.load(Path(folder))
        pack_for_few(loaded.network)
        return cls(loaded)

    def input_hash(self, product: Product) -> str:
        """Name what the model would see of ``product``: equal hashes mean equal enrichments."""
        return _hash(model_text(product))

    def live(self, labels: Iterable[str]) -> LiveCodes:
        """Restrict decoding to ``labels``; those that the codebook lacks are passed over."""
        numbers = self.codebook.number_of_label
        known = frozenset(label for label in labels if label in numbers)
        alive = torch.tensor([numbers[label] for label in known], dtype=torch.int64)
        return LiveCodes(self.trie.alive_edges(alive), known)

    def enrich(self, products: Sequence[Product]) -> list[Enrichment]:
        """Return each product's codes, best first, and its vector."""
        texts = [model_text(product) for product in products]
        prompted = self._text.prompted(texts, PRODUCT_PROMPT)
        made: list[Enrichment | None] = [None] * len(products)
        for batch in batches_by_length(prompted, _BATCH):
            encoded = self._encode([prompted[n] for n in batch])
            beams = self._generate(encoded, beams=_PRODUCT_BEAMS)
            kept = self._judge(encoded, beams, self._config.code_floor).tolist()
            vectors = quantise(encoded.numpy())
            for row, number in enumerate(batch):
                made[number] = Enrichment(
                    self._labels(beams.codes[row].tolist(), kept[row]),
                    vectors[row].tobytes(),
                    _hash(texts[number]),
                )
        return [enrichment for enrichment in made if enrichment is not None]

    def understand(
        self,
        queries: Sequence[str],
        live: LiveCodes | None = None,
        *,
        correct_spelling: bool = True,
    ) -> list[QueryCodes]:
        """Return the codes and the vector of each query, as typed by the shopper.

        Codes come from the mended form; the vector is the middle of both. A query of words that
        the catalogue has never held gets no codes: the tokenizer would read it as scraps of other
        words.

        :param correct_spelling: whether the corrected form is read too, or the typed one alone.
        """
        if not queries:
            return []
        typed = [normalise(query) for query in queries]
        spelt = [self.speller.correct(text) for text in typed] if correct_spelling else typed
        mended, vectors = encode_queries(self._network, self._text, typed=typed, spelt=spelt)
        beams = self._generate(mended, beams=QUERY_CODES, live=live)
        kept = self._judge(mended, beams, self._config.query_code_floor)
        return [
            QueryCodes(self._weigh(codes, scores, good) if known else (), vector)
            for known, codes, scores, good, vector in zip(
                map(self.speller.knows_any, spelt),
                beams.codes,
                beams.log_probs,
                kept,
                vectors.numpy(),
                strict=True,
            )
        ]

    @torch.inference_mode()
    def _encode(self, prompted: Sequence[Sequence[int]]) -> Tensor:
        return self._network.encode(*self._text.pad(prompted))

    def _generate(self, encoded: Tensor, *, beams: int, live: LiveCodes | None = None) -> Beams:
        """Return the best codes of texts; ``encoded`` is ``(B, d)``."""
        alive = live.edges if live is not None else None
        return self._network.generate_codes(encoded, self.trie, beams=beams, alive=alive)

    def _weigh(self, codes: Tensor, log_probs: Tensor, good: Tensor) -> tuple[WeightedCode, ...]:
        """Turn a beam, best first, into weights of its good codes: tempered, by confidence."""
        confidence = float(log_probs.exp().sum())
        if not bool(good.any()) or confidence < self._config.abstain_below:
            return ()
        weights = (log_probs[good] / self._config.code_temperature).softmax(0)
        weights = weights * min(1.0, confidence / self._config.usual_confidence)
        pairs = zip(codes[good].tolist(), weights.tolist(), strict=True)
        return tuple(WeightedCode(self.codebook.codes[c].label, w) for c, w in pairs)

    def _labels(self, codes: Sequence[int], kept: Sequence[bool]) -> tuple[str, ...]:
        good = [code for code, is_good in zip(codes, kept, strict=True) if is_good]
        return tuple(self.codebook.codes[code].label for code in good[:PRODUCT_CODES])

    @cached_property
    def _code_vectors(self) -> Tensor:
        """Return every code's own vector, ``(codes, d)``, as the scorer reads it as a query."""
        labels = [code.label for code in self.codebook]
        return encode_all(self._network, self._text, labels, QUERY_PROMPT)

    @torch.inference_mode()
    def _judge(self, encoded: Tensor, beams: Beams, floor: float) -> Tensor:
        """Return which codes of the beams the scorer finds good enough, ``(B, K)`` bool.

        Codes that a ranker rejects cost more than they bring (Doc2Query--, arXiv 2301.03266).
        """
        vectors = self._code_vectors[beams.codes.clamp(min=0)]  # (B, K, d)
        scores = torch.einsum("bkd,bd->bk", vectors, encoded)
        return (scores >= floor) & (beams.codes >= 0)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
