"""Why a product is not on a page: the first stage that lost it, and what would bring it in; pure.

The stages, in order: ``not_indexed``, ``filtered``, ``not_matched``, ``not_relevant`` (where the
order is another than that of relevance), ``collapsed``, ``outside_window``, ``outscored``; else it
is ``shown``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.queries import Clauses
from gram_es.retrieval.request import SearchRequest, parameter_of
from gram_es.retrieval.rerank import RankedHit

_CODES: Final = 5
_PARTS: Final = ("text", "scorer", "wording", "feedback", "pinned")


@dataclass(frozen=True, slots=True)
class Held:
    """What the index holds of a product, beside what a request asks for.

    ``failed`` maps the fields whose filter it does not pass to the values that it has there.
    ``clauses`` maps the clauses that it meets to their scores. ``relevant`` says that it passes the
    relevance cut, ``enriched`` that the model was asked for its ``codes``.
    """

    title: str
    failed: Mapping[str, tuple[str, ...]]
    clauses: Mapping[str, float]
    relevant: bool
    codes: tuple[str, ...]
    enriched: bool

    @property
    def score(self) -> float:
        """Return the retrieval score; of the two text clauses the better one counts."""
        texts = {name: self.clauses.get(name, 0.0) for name in ("typed", "spelt")}
        others = (score for name, score in self.clauses.items() if name not in texts)
        return max(texts.values()) + sum(others)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a product stands among the hits of a request.

    ``place`` counts from 1, ``None`` where no list reaches. ``last`` is the last hit of the page.
    ``window`` counts the hits that are reranked, ``lowest`` is the retrieval score of the last of
    them. ``instead`` is the variant that stands for the product's group.
    """

    place: int | None
    hit: RankedHit | None
    last: RankedHit | None
    window: int
    lowest: float
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The stage that lost a product, why, and what would bring it in."""

    stage: str
    reason: str
    remedy: str | None = None


NOT_INDEXED: Final = Verdict(
    "not_indexed",
    "the index holds no product of this id",
    "bring it in with gram-es ingest FEED; gram-es ingest status tells of rows that were refused",
)


def judge(request: SearchRequest, clauses: Clauses, held: Held, standing: Standing) -> Verdict:
    """Return the first stage that lost a product which the index holds."""
    if held.failed:
        return _filtered(held)
    if not (held.clauses or request.browses):
        return _not_matched(clauses, held)
    if not (held.relevant or request.browses or request.order == "relevance"):
        return _not_relevant(request, clauses)
    if standing.instead is not None:
        return Verdict(
            "collapsed",
            f"{standing.instead} stands for its group of variants",
            "collapse=false shows every variant",
        )
    return _placed(request, clauses, held, standing)


def _filtered(held: Held) -> Verdict:
    wanted = ", ".join(parameter_of(field) for field in held.failed)
    has = "; ".join(
        f"{parameter_of(field)} is {', '.join(values) or 'not known'}"
        for field, values in held.failed.items()
    )
    return Verdict(
        "filtered",
        f"a filter keeps it out: its {has}",
        f"search without {wanted}, or correct that in the feed",
    )


def _not_matched(clauses: Clauses, held: Held) -> Verdict:
    reason = "it shares no word and no code with the query"
    if clauses.slot and not held.enriched:
        awaited = "it has no codes of this model yet; gram-es ingest FEED gives it some"
        return Verdict("not_matched", reason, awaited)
    return Verdict("not_matched", reason, f"it needs {_codes_or_words(clauses)}")


def _not_relevant(request: SearchRequest, clauses: Clauses) -> Verdict:
    return Verdict(
        "not_relevant",
        f"in the order {request.order} only products with most of the words or a leading code are "
        "listed, and it has neither",
        f"sort by relevance, or give it {_codes_or_words(clauses)}",
    )


def _codes_or_words(clauses: Clauses) -> str:
    words = f"more of the words {clauses.spelt or clauses.typed!r} in its text"
    if not clauses.codes:
        return words
    codes = ", ".join(code.label for code in clauses.codes[:_CODES])
    return f"one of the query's codes ({codes}) or {words}"


def _placed(request: SearchRequest, clauses: Clauses, held: Held, standing: Standing) -> Verdict:
    place, end = standing.place, request.offset + request.size
    if place is not None and place <= end:
        before = "" if place > request.offset else ", on an earlier page"
        return Verdict("shown", f"it is in place {place}{before}")
    if request.order == "relevance" and (place is None or place > standing.window):
        return _outside(clauses, held, standing)
    return _outscored(request, standing, end)


def _outside(clauses: Clauses, held: Held, standing: Standing) -> Verdict:
    place = "far down" if standing.place is None else f"in place {standing.place}"
    lacking = [code for code in clauses.codes if code.label not in held.codes and code.weight > 0]
    gains = ", ".join(f"{code.label} +{code.weight:.3f}" for code in lacking[:_CODES])
    return Verdict(
        "outside_window",
        f"its retrieval score of {held.score:.3f} puts it {place}, and only the first "
        f"{standing.window} are reranked",
        f"it needs more than {standing.lowest:.3f}: more of the query's words"
        + (f", or a code that it lacks ({gains})" if gains else ""),
    )


def _outscored(request: SearchRequest, standing: Standing, end: int) -> Verdict:
    place = "beyond all lists" if standing.place is None else f"in place {standing.place}"
    if request.order != "relevance":
        reason = f"in the order {request.order} it stands {place}, and the page ends with {end}"
        return Verdict("outscored", reason, "go on to its page, or narrow the search")
    hit, last = standing.hit, standing.last
    assert hit is not None
    assert last is not None
    if last.exact and not hit.exact:
        return Verdict(
            "outscored",
            f"it stands {place}, and the query is the identifier of all that stands before it",
            "go on to its page, or search by words",
        )
    behind = [f"{name} {a:.3f} against {b:.3f}" for name, a, b in _parts(hit, last) if a < b]
    return Verdict(
        "outscored",
        f"it stands {place} with a score of {hit.score:.3f}; the page ends with {end}, whose "
        f"score is {last.score:.3f}",
        f"it is behind in {', '.join(behind)}" if behind else None,
    )


def _parts(hit: RankedHit, last: RankedHit) -> list[tuple[str, float, float]]:
    return [(name, getattr(hit, name) or 0.0, getattr(last, name) or 0.0) for name in _PARTS]
