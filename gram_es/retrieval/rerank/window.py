"""Rerank the result window: blend the text score with the cosine and with other features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gram_es.model.quantise import dequantise
from gram_es.records import WeightedCode
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.identifiers import IdentifierMatch
from gram_es.retrieval.rerank.blend import Calibration, HitFeatures, ScoreBreakdown
from gram_es.retrieval.rerank.feedback import feedback_cosines
from gram_es.retrieval.rerank.lexical import best_coverage, lexical_features
from gram_es.retrieval.rerank.score_parts import ScoreParts, split_scores
from gram_es.retrieval.rerank.window_hit import WindowHit
from gram_es.text.words import stems

_NO_SCORES: Final = ScoreBreakdown()
_NO_FEATURES: Final = HitFeatures()

Column = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class WindowVectors:
    """The vectors of the query and of the products in the window, for the rerank.

    ``query`` is ``(d,)`` and ``products`` is ``(hits, d)``, all of unit length. ``has_vector`` is
    ``(hits,)`` bool; if it is false for a hit, the hit's row of ``products`` has no meaning.
    """

    query: Column
    products: NDArray[np.float32]
    has_vector: NDArray[np.bool_]

    def first(self, count: int) -> WindowVectors:
        """Return the vectors of the first ``count`` hits."""
        return WindowVectors(self.query, self.products[:count], self.has_vector[:count])


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
    the agreement of pinned codes, or the retrieval score if the hit was not reranked.
    ``identifier_match`` says how the query names one of the product's identifiers; hits with a
    higher match come before all other hits. Of the others, those that are not ``relevant`` come
    last.
    """

    id: str
    index: str
    retrieval_rank: int
    score: float
    matched_codes: tuple[WeightedCode, ...] = ()
    scores: ScoreBreakdown = _NO_SCORES
    features: HitFeatures = _NO_FEATURES
    identifier_match: IdentifierMatch = IdentifierMatch.NONE
    relevant: bool = True


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

    Without ``vectors`` there is no rerank, and the window is sorted by retrieval score.

    In both cases a pinned code adds its agreement to the score, hits with an identifier match come
    first, hits that are not relevant come last, and ties keep the retrieval order.
    """
    parts = split_scores(hits, clauses)
    if vectors is None or not hits:
        retrieved = np.array([hit.score for hit in hits], dtype=np.float32) / clauses.best_text
        order = _order(hits, retrieved + parts.pinned)[page]
        return [_with_retrieval_score(hits[n], n, parts, clauses) for n in order]
    blend = _blend(hits, parts, clauses, calibration, vectors)
    order = _order(hits, blend.total + parts.pinned)[page]
    return [_with_blend(hits[n], n, parts, blend) for n in order]


def with_retrieval_scores(hits: Sequence[WindowHit], clauses: Clauses) -> list[RankedHit]:
    """Return the hits in the given order, with their retrieval scores as final scores."""
    parts = split_scores(hits, clauses)
    return [_with_retrieval_score(hit, n, parts, clauses) for n, hit in enumerate(hits)]


def _order(hits: Sequence[WindowHit], scores: Column) -> list[int]:
    """Return the numbers of the hits, sorted by their ``scores``, ``(hits,)``."""
    ranks = np.array([hit.rank for hit in hits])
    is_close = np.array([not hit.relevant for hit in hits])
    matches = np.array([-hit.identifier_match for hit in hits])
    order: list[int] = np.lexsort((ranks, -scores, is_close, matches)).tolist()
    return order


@dataclass(frozen=True, slots=True, eq=False)
class _Blend:
    """The terms of the blend, each ``(hits,)``; a cosine is NaN if the product has no vector."""

    bm25: Column
    cosine: Column
    lexical: Column
    feedback: Column
    codes: Column
    cosine_raw: Column

    @property
    def total(self) -> Column:
        """Return the sum of the terms."""
        return self.cosine + self.bm25 + self.lexical + self.codes + self.feedback


def _blend(
    hits: Sequence[WindowHit],
    parts: ScoreParts,
    clauses: Clauses,
    calibration: Calibration,
    vectors: WindowVectors,
) -> _Blend:
    cosines, has_vector = vectors.products @ vectors.query, vectors.has_vector
    shares = parts.bm25_raw / np.float32(clauses.best_text)
    texts = [hit.stems or "" for hit in hits]
    covered = max((best_coverage(form, texts) for form in clauses.stem_weights), default=0.0)
    missed = max(0.0, 1.0 - covered)
    blend = _Blend(
        bm25=calibration.bm25 * shares,
        cosine=calibration.cosine * _fill_with_mean(cosines, has_vector),
        lexical=_lexical_scores(hits, clauses, calibration),
        feedback=np.zeros(len(hits), dtype=np.float32),
        codes=np.float32(calibration.agreement * missed) * (parts.agreement - parts.pinned),
        cosine_raw=np.where(has_vector, cosines, np.nan).astype(np.float32),
    )
    if not (calibration.feedback and has_vector.any()):
        return blend
    candidates = np.where(has_vector, blend.total, -np.inf).astype(np.float32)
    similarity = feedback_cosines(vectors.products, candidates)
    return replace(blend, feedback=calibration.feedback * _fill_with_mean(similarity, has_vector))


def _with_blend(hit: WindowHit, n: int, parts: ScoreParts, blend: _Blend) -> RankedHit:
    """Return the hit number ``n`` of a window with its score by the blend."""
    cosine_raw = float(blend.cosine_raw[n])
    scores = ScoreBreakdown(
        bm25=float(blend.bm25[n]),
        cosine=float(blend.cosine[n]),
        lexical=float(blend.lexical[n]),
        feedback=float(blend.feedback[n]),
        codes=float(blend.codes[n]),
        pinned=float(parts.pinned[n]),
    )
    return RankedHit(
        id=hit.id,
        index=hit.index,
        retrieval_rank=hit.rank,
        score=scores.total,
        matched_codes=parts.matched(n),
        scores=scores,
        features=HitFeatures(
            bm25_raw=float(parts.bm25_raw[n]),
            cosine_raw=None if np.isnan(cosine_raw) else cosine_raw,
            agreement=float(parts.agreement[n]),
        ),
        identifier_match=hit.identifier_match,
        relevant=hit.relevant,
    )


def _with_retrieval_score(hit: WindowHit, n: int, parts: ScoreParts, clauses: Clauses) -> RankedHit:
    """Return the hit number ``n`` of ``parts`` with its retrieval score."""
    bm25_raw, pinned = float(parts.bm25_raw[n]), float(parts.pinned[n])
    agreement = float(parts.agreement[n])
    return RankedHit(
        id=hit.id,
        index=hit.index,
        retrieval_rank=hit.rank,
        score=hit.score,
        matched_codes=parts.matched(n),
        scores=ScoreBreakdown(
            bm25=bm25_raw,
            codes=clauses.boost(agreement - pinned),
            pinned=clauses.boost(pinned),
        ),
        features=HitFeatures(bm25_raw, None, agreement),
        identifier_match=hit.identifier_match,
        relevant=hit.relevant,
    )


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
