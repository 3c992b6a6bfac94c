"""Order the frozen window: split each score into its parts, blend them with the scorer's cosines.

Elasticsearch's score is a sum whose parts are known: a ``constant_score`` clause adds exactly its
boost, so what the codes and the identifier did not add came from the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from gram_es.records import WeightedCode
from gram_es.retrieval.calibration import Calibration
from gram_es.retrieval.queries import IDENTIFIER_BOOST, Clauses

_NO_TEXT: Final = 1e-5  # scores are single floats: below it a text part is rounding


@dataclass(frozen=True, slots=True)
class WindowHit:
    """A retrieved product as Elasticsearch gave it.

    ``rank`` counts from 0 in retrieval order. ``vector`` is the product's, one signed byte a
    dimension, ``None`` when it has none in this slot.
    """

    id: str
    index: str
    rank: int
    score: float
    codes: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    vector: bytes | None = None


@dataclass(frozen=True, slots=True)
class RankedHit:
    """A product in its final place with the parts that brought it there.

    ``codes`` is the sum of the matched codes' weights, ``text`` the BM25 score without its boost,
    ``scorer`` the cosine (``None`` where there was no vector or no rerank), ``score`` the
    blend, or the retrieval score where there was no rerank. What an identifier names (``exact``)
    stands before all else.
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


def rank_window(
    hits: Sequence[WindowHit],
    clauses: Clauses,
    calibration: Calibration,
    cosines: Sequence[float | None] | None = None,
) -> list[RankedHit]:
    """Return the window in its final order; without ``cosines`` the text decides.

    Unreranked, codes hurt the head of the list, so they only add hits at its end then. A product
    without a vector is given the mean cosine of the window, so that a product that is not
    enriched yet neither sinks nor rises. Ties keep the retrieval order.
    """
    if cosines is None:
        ranked = [_unranked(hit, clauses) for hit in hits]
        return sorted(ranked, key=_text_first)
    known = [cosine for cosine in cosines if cosine is not None]
    mean = sum(known) / len(known) if known else 0.0
    split = [_unranked(hit, clauses) for hit in hits]
    best = max((hit.text for hit in split), default=0.0) or 1.0
    blended = [
        replace(
            hit,
            score=calibration.scorer * (mean if cosine is None else cosine)
            + calibration.text * hit.text / best,
            scorer=cosine,
        )
        for hit, cosine in zip(split, cosines, strict=True)
    ]
    return sorted(blended, key=lambda hit: (not hit.exact, -hit.score, hit.rank))


def in_retrieval_order(hits: Sequence[WindowHit], clauses: Clauses) -> list[RankedHit]:
    """Return hits from beyond the window as they came."""
    return [_unranked(hit, clauses) for hit in hits]


def _unranked(hit: WindowHit, clauses: Clauses) -> RankedHit:
    matched, codes, text, exact = _split(hit, clauses)
    return RankedHit(hit.id, hit.index, hit.rank, hit.score, matched, codes, text, None, exact)


def _text_first(hit: RankedHit) -> tuple[bool, float, float, int]:
    return (not hit.exact, -hit.text, -hit.codes, hit.rank)


def _split(hit: WindowHit, clauses: Clauses) -> tuple[tuple[WeightedCode, ...], float, float, bool]:
    """Return the matched codes, their weight, the BM25 part and whether the identifier matched."""
    carried = frozenset(hit.codes)
    matched = tuple(code for code in clauses.codes if code.label in carried and code.weight > 0)
    codes = sum((code.weight for code in matched), 0.0)
    exact = clauses.identifier is not None and clauses.identifier in hit.identifiers
    rest = hit.score - codes - IDENTIFIER_BOOST * exact
    text = rest / clauses.scale if clauses.typed and rest > _NO_TEXT else 0.0
    return matched, codes, text, exact
