"""Order the frozen window: split each retrieval score, blend its parts with the scorer's.

Elasticsearch's score is a sum whose parts are known: a ``constant_score`` clause adds exactly its
boost, so what the codes and the identifier did not add came from the text.
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

_NO_TEXT: Final = 1e-5  # scores are single floats: below it a text part is rounding

_NO_SCORES: Final = ScoreBreakdown()
_NO_FEATURES: Final = HitFeatures()

Column = NDArray[np.float32]


@dataclass(slots=True)  # freezing would cost each of a thousand a microsecond
class WindowHit:
    """A retrieved product as Elasticsearch gave it.

    ``rank`` counts from 0 in retrieval order. ``codes`` are those of the query that it carries;
    with an ``identifier_match`` the query is one of its identifiers. ``vector`` is the product's,
    one signed byte a dimension, ``None`` when it has none in this slot. ``stems`` are ``None`` when
    an older gram-es wrote the product.
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
    """The vectors that the scorer compares.

    ``query`` is ``(d,)``, ``products`` is ``(hits, d)``, all of unit length. ``known`` is
    ``(hits,)`` bool, false where a product has no vector; its row means nothing.
    """

    query: Column
    products: NDArray[np.float32]
    known: NDArray[np.bool_]


def window_vectors(query: Column, hits: Sequence[WindowHit]) -> WindowVectors | None:
    """Return the vectors of a window, or ``None`` if no product of it has one.

    :raises ValueError: if the vectors differ in length.
    """
    known = np.array([hit.vector is not None for hit in hits])
    if not known.any():
        return None
    held = dequantise([hit.vector for hit in hits if hit.vector is not None])
    if held.shape[1:] != query.shape:
        raise ValueError(f"vectors of {held.shape[1]} dimensions beside a query of {len(query)}")
    products = np.zeros((len(hits), len(query)), dtype=np.float32)
    products[known] = held
    return WindowVectors(query, products, known)


@dataclass(frozen=True, slots=True)
class RankedHit:
    """A product at its final rank with the scores that brought it there.

    ``retrieval_rank`` counts from 0. ``score`` is the blend, or the retrieval score where there was
    no rerank. A hit with an ``identifier_match`` comes before all others.
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
    """Return a ``page`` of the window in its final order; without ``vectors`` the text decides.

    Unreranked, codes hurt the head of the list, so they only add hits at its end then. A product
    without a vector or without stems is given the mean of the others, so that a product that is
    not enriched yet neither sinks nor rises. What is pinned lifts a hit by its weight either way.
    Ties keep the retrieval order.
    """
    split = _Splitter(clauses)
    if vectors is None or not hits:
        by_text = sorted(hits, key=lambda hit: _text_first(hit, split(hit), clauses.scale))
        return unscored(by_text[page], clauses)
    parts = [split(hit) for hit in hits]
    cosines = _with_mean(vectors.products @ vectors.query, vectors.known)
    bm25_raw = np.array([part.bm25_raw for part in parts], dtype=np.float32)
    bm25 = calibration.bm25 * bm25_raw / (bm25_raw.max() or 1.0)
    cosine = calibration.cosine * cosines
    lexical = _lexical_scores(hits, clauses, calibration)
    scores = cosine + bm25 + lexical
    feedback = np.zeros(len(hits), dtype=np.float32)
    if calibration.feedback and vectors.known.any():
        likeness = feedback_cosines(vectors.products, np.where(vectors.known, scores, -np.inf))
        feedback = calibration.feedback * _with_mean(likeness, vectors.known)
    blended = (scores + feedback).tolist()
    order = [
        (not hit.identifier_match, -(score + part.pinned), hit.rank, n)
        for n, (hit, part, score) in enumerate(zip(hits, parts, blended, strict=True))
    ]

    def ranked(n: int, score: float) -> RankedHit:
        raw = float(cosines[n]) if vectors.known[n] else None
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


def unscored(hits: Sequence[WindowHit], clauses: Clauses) -> list[RankedHit]:
    """Return hits with their retrieval scores, in the order given."""
    split = _Splitter(clauses)
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


def _with_mean(values: Column, known: NDArray[np.bool_]) -> Column:
    """Return ``values`` with the mean of the known ones in the place of the others."""
    mean = values[known].mean() if known.any() else 0.0
    return np.where(known, values, mean).astype(np.float32)


def _lexical_scores(
    hits: Sequence[WindowHit], clauses: Clauses, calibration: Calibration
) -> Column:
    """Return what the lexical features add to each hit's score."""
    if not calibration.lexical:
        return np.zeros(len(hits), dtype=np.float32)
    query = stems(clauses.corrected or clauses.typed)
    features = lexical_features(query, [hit.stems or "" for hit in hits])
    scores = features @ np.array(calibration.lexical, dtype=np.float32)
    return _with_mean(scores, np.array([hit.stems is not None for hit in hits]))


def _text_first(hit: WindowHit, part: _Parts, scale: float) -> tuple[bool, float, float, int]:
    text = scale * part.bm25_raw + part.pinned
    return (not hit.identifier_match, -text, -part.code_weights, hit.rank)


class _Parts(NamedTuple):
    """The matched codes, heaviest first, and what the retrieval score is made of.

    ``pinned`` is the share of ``code_weights`` that a person pinned.
    """

    matched: tuple[WeightedCode, ...]
    code_weights: float
    pinned: float
    bm25_raw: float


class _Splitter:
    """Splits the scores of one search's hits, of which there are a thousand."""

    def __init__(self, clauses: Clauses) -> None:
        self._clauses = clauses
        self._codes = [code for code in clauses.codes if code.weight > 0]
        self._places = {code.label: n for n, code in enumerate(self._codes)}

    def __call__(self, hit: WindowHit) -> _Parts:
        clauses = self._clauses
        places = sorted(self._places[label] for label in hit.codes if label in self._places)
        matched = tuple(self._codes[place] for place in places)
        weights = sum((code.weight for code in matched), 0.0)
        pinned = sum((code.weight for code in matched if code.pinned), 0.0)
        rest = hit.score - weights - IDENTIFIER_BOOST * hit.identifier_match
        bm25_raw = rest / clauses.scale if clauses.typed and rest > _NO_TEXT else 0.0
        return _Parts(matched, weights, pinned, bm25_raw)
