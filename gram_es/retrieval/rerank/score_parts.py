"""Split the retrieval scores of hits into text and codes.

The retrieval score of Elasticsearch is a sum with known terms. A code adds its boost times its
weight in the product, which comes with the hit. A matching identifier adds exactly its boost. The
rest is the BM25 score of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.stored_codes import weights_of
from gram_es.records import WeightedCode
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.identifiers import IdentifierMatch
from gram_es.retrieval.rerank.window_hit import WindowHit

_MIN_TEXT_SCORE: Final = 1e-3  # a smaller rest is a rounding error of single precision


@dataclass(frozen=True, slots=True, eq=False)
class ScoreParts:
    """The parts of the retrieval scores of hits.

    ``bm25_raw`` is the BM25 score, ``(hits,)``. ``agreement`` is the sum, over the query's codes,
    of a code's weight in the query times its weight in the product, ``(hits,)``. ``pinned`` is the
    part of this sum that comes from codes that a person pinned to the query. ``weights`` contains
    the weights of the ``codes`` in the products, ``(hits, codes)``.
    """

    bm25_raw: NDArray[np.float32]
    agreement: NDArray[np.float32]
    pinned: NDArray[np.float32]
    codes: tuple[WeightedCode, ...]
    weights: NDArray[np.float32]

    def matched(self, number: int) -> tuple[WeightedCode, ...]:
        """Return the codes that a hit matches, in the order of the query's codes."""
        return tuple(self.codes[n] for n in np.flatnonzero(self.weights[number]))


def split_scores(hits: Sequence[WindowHit], clauses: Clauses) -> ScoreParts:
    """Return the parts of the retrieval scores of ``hits``."""
    codes = clauses.searched_codes
    weights = weights_of([hit.packed for hit in hits], [code.label for code in codes])
    in_query = np.array([code.weight for code in codes], dtype=np.float32)
    is_pinned = np.array([code.pinned for code in codes], dtype=np.bool_)
    boosts = np.array([clauses.boost(code.weight) for code in codes], dtype=np.float32)
    by_match = [clauses.boost(match.boost) for match in IdentifierMatch]
    identified = np.array([by_match[hit.identifier_match] for hit in hits], dtype=np.float32)
    scores = np.array([hit.score for hit in hits], dtype=np.float64)
    # Elasticsearch multiplies in single and adds in double precision.
    rest = scores - (weights * boosts).sum(axis=1, dtype=np.float64)
    rest -= identified
    bm25_raw = np.where((rest > _MIN_TEXT_SCORE) & bool(clauses.typed), rest, 0.0)
    return ScoreParts(
        bm25_raw=bm25_raw.astype(np.float32),
        agreement=weights @ in_query,
        pinned=weights @ (in_query * is_pinned),
        codes=codes,
        weights=weights,
    )
