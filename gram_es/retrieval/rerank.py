"""Order the frozen window: split each score into its parts, blend them with the scorer's.

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
from gram_es.retrieval.calibration import Calibration
from gram_es.retrieval.features import lexical_features
from gram_es.retrieval.feedback import feedback_cosines
from gram_es.retrieval.queries import IDENTIFIER_BOOST, Clauses
from gram_es.text.words import stems

_NO_TEXT: Final = 1e-5  # scores are single floats: below it a text part is rounding

Column = NDArray[np.float32]


@dataclass(slots=True)  # freezing would cost each of a thousand a microsecond
class WindowHit:
    """A retrieved product as Elasticsearch gave it.

    ``rank`` counts from 0 in retrieval order. ``codes`` are those of the query that it carries,
    ``exact`` says that the query's identifier names it. ``vector`` is the product's, one signed
    byte a dimension, ``None`` when it has none in this slot. ``words`` are its stems, ``None`` when
    an older gram-es wrote it.
    """

    id: str
    index: str
    rank: int
    score: float
    codes: Sequence[str] = ()
    exact: bool = False
    vector: bytes | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class WindowVectors:
    """What the scorer knows of a window.

    ``query`` is ``(d,)``, ``products`` is ``(hits, d)``, all of unit length. ``known`` is
    ``(hits,)`` bool, false where a product has no vector; its row says nothing.
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
    """A product in its final place with the parts that brought it there.

    ``codes`` is the sum of the matched codes' weights, ``text`` the BM25 score without its boost,
    ``scorer`` the cosine (``None`` where there was no vector or no rerank), ``words`` what the text
    adds to the blend beside it, ``wording`` what the lexical features add and ``feedback`` what the
    likeness to the best hits adds, ``score`` the blend, or the retrieval score where there was no
    rerank. What an identifier names (``exact``) stands before all else.
    """

    id: str
    index: str
    rank: int
    score: float
    matched: tuple[WeightedCode, ...]
    codes: float
    text: float
    scorer: float | None
    exact: bool
    words: float = 0.0
    wording: float = 0.0
    feedback: float = 0.0

    @property
    def pinned(self) -> float:
        """Return what the codes weigh together that a person pinned to the query."""
        return _pinned(self.matched)


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
    without a vector or without words is given the mean of the others, so that a product that is
    not enriched yet neither sinks nor rises. What is pinned lifts a hit by its weight either way.
    Ties keep the retrieval order.
    """
    split = _Splitter(clauses)
    if vectors is None or not hits:
        by_text = sorted(hits, key=lambda hit: _text_first(hit, split(hit), clauses.scale))
        return unscored(by_text[page], clauses)
    parts = [split(hit) for hit in hits]
    cosines = _with_mean(vectors.products @ vectors.query, vectors.known)
    text = np.array([part.text for part in parts], dtype=np.float32)
    wording = _wordings(hits, clauses, calibration)
    words = calibration.text * text / (text.max() or 1.0)
    scores = calibration.scorer * cosines + words + wording
    feedback = np.zeros(len(hits), dtype=np.float32)
    if calibration.feedback and vectors.known.any():
        likeness = feedback_cosines(vectors.products, np.where(vectors.known, scores, -np.inf))
        feedback = calibration.feedback * _with_mean(likeness, vectors.known)
    blended = (scores + feedback).tolist()
    places = [
        (not hit.exact, -(score + _pinned(part.matched)), hit.rank, n)
        for n, (hit, part, score) in enumerate(zip(hits, parts, blended, strict=True))
    ]
    return [
        RankedHit(
            hits[n].id,
            hits[n].index,
            rank,
            -behind,
            parts[n].matched,
            parts[n].codes,
            parts[n].text,
            float(cosines[n]) if vectors.known[n] else None,
            hits[n].exact,
            float(words[n]),
            float(wording[n]),
            float(feedback[n]),
        )
        for _, behind, rank, n in sorted(places)[page]
    ]


def unscored(hits: Sequence[WindowHit], clauses: Clauses) -> list[RankedHit]:
    """Return hits without the scorer's part, in the order given."""
    split = _Splitter(clauses)
    return [
        RankedHit(
            hit.id, hit.index, hit.rank, hit.score, p.matched, p.codes, p.text, None, hit.exact
        )
        for hit, p in ((hit, split(hit)) for hit in hits)
    ]


def _with_mean(values: Column, known: NDArray[np.bool_]) -> Column:
    """Return ``values`` with the mean of the known ones in the place of the others."""
    mean = values[known].mean() if known.any() else 0.0
    return np.where(known, values, mean).astype(np.float32)


def _wordings(hits: Sequence[WindowHit], clauses: Clauses, calibration: Calibration) -> Column:
    """Return what the lexical features add to each hit's score."""
    if not calibration.lexical:
        return np.zeros(len(hits), dtype=np.float32)
    query = stems(clauses.spelt or clauses.typed)
    features = lexical_features(query, [hit.words or "" for hit in hits])
    found = features @ np.array(calibration.lexical, dtype=np.float32)
    return _with_mean(found, np.array([hit.words is not None for hit in hits]))


def _text_first(hit: WindowHit, part: _Parts, scale: float) -> tuple[bool, float, float, int]:
    return (not hit.exact, -(scale * part.text + _pinned(part.matched)), -part.codes, hit.rank)


def _pinned(matched: Sequence[WeightedCode]) -> float:
    return sum((code.weight for code in matched if code.pinned), 0.0)


class _Parts(NamedTuple):
    """The matched codes, heaviest first, their weight and the BM25 part."""

    matched: tuple[WeightedCode, ...]
    codes: float
    text: float


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
        codes = sum((code.weight for code in matched), 0.0)
        rest = hit.score - codes - IDENTIFIER_BOOST * hit.exact
        text = rest / clauses.scale if clauses.typed and rest > _NO_TEXT else 0.0
        return _Parts(matched, codes, text)
