"""Rerank the result window: blend the text score with the cosine and with other features.

The retrieval score of Elasticsearch is a sum with known terms: a ``constant_score`` clause adds
exactly its boost. The text score is the rest after the boosts of the codes and of the identifier
are subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gram_es.model.quantise import dequantise
from gram_es.records import WeightedCode
from gram_es.retrieval.recall.clauses import IDENTIFIER_BOOST, Clauses
from gram_es.retrieval.rerank.blend import Calibration, HitFeatures, ScoreBreakdown
from gram_es.retrieval.rerank.feedback import feedback_cosines
from gram_es.retrieval.rerank.lexical import lexical_features
from gram_es.text.words import stems

_MIN_TEXT_SCORE: Final = 1e-5  # a smaller rest is a rounding error of single precision

_NO_SCORES: Final = ScoreBreakdown()
_NO_FEATURES: Final = HitFeatures()

Column = NDArray[np.float32]


@dataclass(slots=True)  # frozen=True would take a microsecond more for each of 1,000 hits
class WindowHit:
    """A retrieved product as Elasticsearch returned it.

    ``rank`` counts from 0 in retrieval order. ``codes`` are the codes of the query that the product
    has. ``identifier_match`` is true if the query equals one of the product's identifiers.
    ``vector`` has one signed byte per dimension; it is ``None`` if the model has not processed the
    product. ``stems`` are the stems of the product, joined by blanks, or ``None`` if an older
    version of gram-es wrote the product.
    """

    id: str
    index: str
    rank: int
    score: float
    codes: Sequence[str] = ()
    identifier_match: bool = False
    vector: bytes | None = None
    stems: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class WindowVectors:
    """The vectors of the query and of the products in the window, for the rerank.

    ``query`` is ``(d,)`` and ``products`` is ``(hits, d)``, all of unit length. ``has_vector`` is
    ``(hits,)`` bool; if it is false for a hit, the hit's row of ``products`` has no meaning.
    """

    query: Column
    products: NDArray[np.float32]
    has_vector: NDArray[np.bool_]


def window_vectors(query: Column, hits: Sequence[WindowHit]) -> WindowVectors | None:
    """Return the vectors of a window, or ``None`` if no product in the window has a vector.

    :raises ValueError: if query and products differ in their number of dimensions.
    """
    has_vector = np.array([hit.vector is not None for hit in hits])
    if not has_vector.any():
        return None
    vectors = dequantise([hit.vector for hit in hits if hit.vector is not None])
    if vectors.shape[1:] != query.shape:
        raise ValueError(
            f"the products' vectors have {vectors.shape[1]} dimensions, the query's {len(query)}"
        )
    products = np.zeros((len(hits), len(query)), dtype=np.float32)
    products[has_vector] = vectors
    return WindowVectors(query, products, has_vector)


@dataclass(frozen=True, slots=True)
class RankedHit:
    """A product at its final rank, with the scores that decide the rank.

    ``retrieval_rank`` is the rank before the rerank and counts from 0. ``score`` is the blend plus
    the weights of pinned codes, or the retrieval score if the hit was not reranked.
    ``identifier_match`` is true if the query equals one of the product's identifiers; such hits
    come before all other hits.
    """

    id: str
    index: str
    retrieval_rank: int
    score: float
    matched_codes: tuple[WeightedCode, ...] = ()
    scores: ScoreBreakdown = _NO_SCORES
    features: HitFeatures = _NO_FEATURES
    identifier_match: bool = False


def rank_window(
    hits: Sequence[WindowHit],
    clauses: Clauses,
    calibration: Calibration,
    vectors: WindowVectors | None = None,
    *,
    page: slice = slice(None),
) -> list[RankedHit]:
    """Sort the window, and return the slice ``page`` of the sorted hits.

    With ``vectors`` the window is sorted by the blend. If a product has no vector or no stems, the
    mean of the other products' scores replaces the missing score. A product that the model has not
    processed yet therefore gets an average rank.

    Without ``vectors`` there is no rerank, and the window is sorted by text score, then by the
    weights of the codes. Hits that match only codes come last, because codes without a rerank make
    the first ranks worse.

    In both cases a pinned code adds its weight to the score, hits with an identifier match come
    first, and ties keep the retrieval order.
    """
    split = _ScoreSplitter(clauses)
    if vectors is None or not hits:
        by_text = sorted(hits, key=lambda hit: _text_first(hit, split(hit), clauses.scale))
        return with_retrieval_scores(by_text[page], clauses)
    parts = [split(hit) for hit in hits]
    cosines = _fill_with_mean(vectors.products @ vectors.query, vectors.has_vector)
    bm25_raw = np.array([part.bm25_raw for part in parts], dtype=np.float32)
    bm25 = calibration.bm25 * bm25_raw / (bm25_raw.max() or 1.0)
    cosine = calibration.cosine * cosines
    lexical = _lexical_scores(hits, clauses, calibration)
    scores = cosine + bm25 + lexical
    feedback = np.zeros(len(hits), dtype=np.float32)
    if calibration.feedback and vectors.has_vector.any():
        candidates = np.where(vectors.has_vector, scores, -np.inf)
        similarity = feedback_cosines(vectors.products, candidates)
        feedback = calibration.feedback * _fill_with_mean(similarity, vectors.has_vector)
    blended = (scores + feedback).tolist()
    order = [
        (not hit.identifier_match, -(score + part.pinned), hit.rank, n)
        for n, (hit, part, score) in enumerate(zip(hits, parts, blended, strict=True))
    ]

    def ranked(n: int, score: float) -> RankedHit:
        raw = float(cosines[n]) if vectors.has_vector[n] else None
        return RankedHit(
            id=hits[n].id,
            index=hits[n].index,
            retrieval_rank=hits[n].rank,
            score=score,
            matched_codes=parts[n].matched,
            scores=ScoreBreakdown(
                bm25=float(bm25[n]),
                cosine=float(cosine[n]),
                lexical=float(lexical[n]),
                feedback=float(feedback[n]),
                pinned=parts[n].pinned,
            ),
            features=HitFeatures(parts[n].bm25_raw, raw, parts[n].code_weights),
            identifier_match=hits[n].identifier_match,
        )

    return [ranked(n, -negative) for _, negative, _, n in sorted(order)[page]]


def with_retrieval_scores(hits: Sequence[WindowHit], clauses: Clauses) -> list[RankedHit]:
    """Return the hits in the given order, with their retrieval scores as final scores."""
    split = _ScoreSplitter(clauses)
    return [
        RankedHit(
            id=hit.id,
            index=hit.index,
            retrieval_rank=hit.rank,
            score=hit.score,
            matched_codes=part.matched,
            scores=ScoreBreakdown(
                bm25=clauses.scale * part.bm25_raw,
                codes=part.code_weights - part.pinned,
                pinned=part.pinned,
            ),
            features=HitFeatures(part.bm25_raw, None, part.code_weights),
            identifier_match=hit.identifier_match,
        )
        for hit, part in ((hit, split(hit)) for hit in hits)
    ]


def _fill_with_mean(values: Column, is_valid: NDArray[np.bool_]) -> Column:
    """Return ``values`` with each invalid value replaced by the mean of the valid values."""
    mean = values[is_valid].mean() if is_valid.any() else 0.0
    return np.where(is_valid, values, mean).astype(np.float32)


def _lexical_scores(
    hits: Sequence[WindowHit], clauses: Clauses, calibration: Calibration
) -> Column:
    """Return what the lexical features add to each hit's score, ``(hits,)``."""
    if not calibration.lexical:
        return np.zeros(len(hits), dtype=np.float32)
    query = stems(clauses.corrected or clauses.typed)
    features = lexical_features(query, [hit.stems or "" for hit in hits])
    scores = features @ np.array(calibration.lexical, dtype=np.float32)
    return _fill_with_mean(scores, np.array([hit.stems is not None for hit in hits]))


def _text_first(hit: WindowHit, part: _ScoreParts, scale: float) -> tuple[bool, float, float, int]:
    text = scale * part.bm25_raw + part.pinned
    return (not hit.identifier_match, -text, -part.code_weights, hit.rank)


class _ScoreParts(NamedTuple):
    """The parts of a hit's retrieval score, and the codes that the hit matches.

    ``matched`` contains the matched codes in the order of the query's codes. ``code_weights`` is
    the sum of the weights of the matched codes. ``pinned`` is the part of this sum that comes from
    codes that a person pinned to the query. ``bm25_raw`` is the unscaled BM25 score.
    """

    matched: tuple[WeightedCode, ...]
    code_weights: float
    pinned: float
    bm25_raw: float


class _ScoreSplitter:
    """Splits the retrieval score of a hit into its parts; one object serves a whole search."""

    def __init__(self, clauses: Clauses) -> None:
        self._clauses = clauses
        self._codes = [code for code in clauses.codes if code.weight > 0]
        self._positions = {code.label: n for n, code in enumerate(self._codes)}

    def __call__(self, hit: WindowHit) -> _ScoreParts:
        clauses = self._clauses
        positions = sorted(
            self._positions[label] for label in hit.codes if label in self._positions
        )
        matched = tuple(self._codes[position] for position in positions)
        weights = sum((code.weight for code in matched), 0.0)
        pinned = sum((code.weight for code in matched if code.pinned), 0.0)
        rest = hit.score - weights - IDENTIFIER_BOOST * hit.identifier_match
        bm25_raw = rest / clauses.scale if clauses.typed and rest > _MIN_TEXT_SCORE else 0.0
        return _ScoreParts(matched, weights, pinned, bm25_raw)
