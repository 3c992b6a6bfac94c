"""One hit as a row of the page, with its explanation in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.index.documents import group_of
from gram_es.records import Product, WeightedCode
from gram_es.retrieval.highlight import Segment
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import Hit, SearchResult
from gram_es.text.product import OFFER_FIELDS
from query_api import wording
from query_api.pages import urls

_STEPS: Final = 10  # lengths of a weight's bar in the style sheet


@dataclass(frozen=True, slots=True)
class Chip:
    """A code; ``step`` of 1 to 10 is the length of its weight's bar.

    ``exclude`` is the search without it, where it is a code of a search.
    """

    label: str
    percent: str
    step: int
    url: str
    pinned: bool = False
    exclude: str | None = None


@dataclass(frozen=True, slots=True)
class ExcludedCode:
    """A code that a search excludes; ``include`` is the search with it again."""

    label: str
    include: str


def chips(
    codes: Sequence[WeightedCode], *, heaviest: float, request: SearchRequest | None = None
) -> tuple[Chip, ...]:
    """Return the codes as chips; the bar of a code that weighs ``heaviest`` is full.

    :param request: the search that they can be excluded from.
    """
    return tuple(
        Chip(
            label=code.label,
            percent=f"{code.weight * 100:.0f}",
            step=max(1, round(_STEPS * code.weight / heaviest)),
            url=urls.code_url(code.label),
            pinned=code.pinned,
            exclude=urls.exclude_code_url(request, code.label) if request else None,
        )
        for code in codes
        if code.weight > 0
    )


def excluded_codes(request: SearchRequest) -> tuple[ExcludedCode, ...]:
    """Return the codes that ``request`` excludes."""
    return tuple(
        ExcludedCode(code, urls.exclude_code_url(request, code)) for code in request.excluded_codes
    )


_ATTRIBUTES: Final = 5
_ATTRIBUTE_CHARS: Final = 60
_CODES: Final = 5
_CLAUSES: Final = {"typed": "words as typed", "corrected": "words as corrected"}


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause of the retrieval query; of the two text clauses only the better one counts."""

    label: str
    score: float
    counts: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list; ``more_codes`` counts the matched codes that are not shown."""

    hit: Hit
    link: str | None
    page: str
    price: str | None
    availability: tuple[str, str] | None
    letter: str
    tone: int
    attributes: tuple[tuple[str, str], ...]
    codes: tuple[Chip, ...]
    more_codes: int
    found_by: str
    rank_before: str | None
    title: tuple[Segment, ...]
    variants: str | None
    clauses: tuple[ClauseRow, ...]


def row(hit: Hit, result: SearchResult) -> Row:
    """Return what the page shows of ``hit``; ``variants`` is the URL of its variants."""
    product = hit.product
    letter, tone = wording.monogram(product)
    heaviest = max((code.weight for code in result.codes), default=1.0)
    return Row(
        hit=hit,
        link=wording.web_link(product),
        page=urls.product_url(product.id),
        price=wording.price(product),
        availability=wording.availability(product),
        letter=letter,
        tone=tone,
        attributes=_attributes(product),
        codes=chips(hit.matched_codes[:_CODES], heaviest=heaviest),
        more_codes=max(0, len(hit.matched_codes) - _CODES),
        found_by=_found_by(hit),
        rank_before=_rank_before(hit),
        title=hit.title or (Segment(product.title, False),),
        variants=urls.group_url(result.request, group_of(product))
        if (hit.variants or 0) > 1
        else None,
        clauses=_clauses(hit.explanation.clause_scores) if hit.explanation else (),
    )


def _attributes(product: Product) -> tuple[tuple[str, str], ...]:
    """Return the first few attributes; not those of the offer nor long ones."""
    shown = [
        (name.replace("_", " "), ", ".join(values))
        for name, values in product.attributes.items()
        if name not in OFFER_FIELDS
    ]
    short = [(n, v) for n, v in shown if v != "false" and len(n) + len(v) <= _ATTRIBUTE_CHARS]
    return tuple(short[:_ATTRIBUTES])


def _found_by(hit: Hit) -> str:
    """Return which clauses brought the product in, in words."""
    if hit.explanation is None:
        return ""
    if hit.explanation.identifier_match:
        return "identifier"
    by_words, by_codes = hit.explanation.features.bm25_raw > 0, bool(hit.matched_codes)
    if by_words and by_codes:
        return "words and codes"
    return "codes alone" if by_codes else "words"


def _rank_before(hit: Hit) -> str | None:
    """Return the rank before the rerank in words; ``None`` where the scorer had no part."""
    if hit.explanation is None or hit.explanation.features.cosine_raw is None:
        return None
    change = hit.explanation.rank_change
    before = wording.ordinal(hit.rank + change)
    if change == 0:
        return f"{before} before the rerank too"
    return f"{before} before the rerank, {wording.ordinal(hit.rank)} after"


def _clauses(scores: Mapping[str, float]) -> tuple[ClauseRow, ...]:
    """Return the clauses by their scores, the one that does not count last."""
    weaker = None
    if {"typed", "corrected"} <= scores.keys():
        weaker = min(("typed", "corrected"), key=lambda name: scores[name])
    rows = [
        ClauseRow(_CLAUSES.get(name, name.replace(":", ": ", 1)), score, name != weaker)
        for name, score in scores.items()
    ]
    return tuple(sorted(rows, key=lambda clause: (not clause.counts, -clause.score)))
