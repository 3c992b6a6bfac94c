"""The view of a hit in the list of results, and of codes as chips (labels with a weight bar)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.index.documents import group_of
from gram_es.records import Product, WeightedCode
from gram_es.retrieval.highlight import Segment
from gram_es.retrieval.recall.clauses import ALTERNATIVE, is_text_clause
from gram_es.retrieval.recall.relevance import RelevanceRule
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import Hit, SearchResult
from gram_es.text.normalise import normalise
from gram_es.text.product import OFFER_FIELDS
from gram_es.text.words import stems
from query_api import wording
from query_api.http.image_hosts import ImageHosts
from query_api.pages import urls

_BAR_STEPS: Final = 10  # the number of lengths of a chip's bar in the style sheet
_MAX_ATTRIBUTES: Final = 5
_MAX_ATTRIBUTE_CHARS: Final = 60
_MAX_CODES: Final = 3
_MIN_SHARE: Final = 0.2  # a code that weighs less than this share of the heaviest is no reason
_CLAUSE_LABELS: Final = {"typed": "words as typed", "corrected": "words as corrected"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A code with its weight, shown as a label with a bar.

    ``step``, from 1 to 10, is the length of the bar. ``url`` is the URL of the code's page.
    ``exclude_url`` is the URL of the search without the code; ``None`` if there is no such link.
    """

    label: str
    percent: str
    step: int
    url: str
    is_pinned: bool = False
    exclude_url: str | None = None


@dataclass(frozen=True, slots=True)
class ExcludedCode:
    """A code that a search excludes; ``include_url`` is the URL of the search that includes it."""

    label: str
    include_url: str


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause of the retrieval query that matches a hit, and its score.

    The query has a text clause for the words as typed, and one for each other form. Of these, only
    the one with the highest score adds to the hit's score. ``counts`` is false for the others.
    """

    label: str
    score: float
    counts: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """The sentence that says why a hit is in the list.

    ``codes`` are the few most important codes that product and query share. ``words`` says what
    else they share, such as ``its title matches``; it is empty if they share no word.
    """

    codes: tuple[Chip, ...]
    words: str


@dataclass(frozen=True, slots=True)
class HitRow:
    """A hit in the list of results.

    ``shop_url`` is the URL of the product's page in the shop. ``product_url`` is the URL of the
    product's page in this application. ``availability`` is the availability in words, with its
    kind: ``in``, ``out`` or ``other``. ``picture`` is the address of the product's picture;
    ``None`` if the page shows none. ``letter`` is the letter of the product's tile; ``tone`` is
    the tile's colour. ``reason`` is ``None`` without a query. ``matched_codes`` are all codes that
    product and query share. ``matched_by`` says what they have in common. ``rank_before`` says in
    words which rank the hit had before the rerank, and which rank it has now.
    """

    hit: Hit
    shop_url: str | None
    product_url: str
    price: str | None
    availability: tuple[str, str] | None
    picture: str | None
    letter: str
    tone: int
    attributes: tuple[tuple[str, str], ...]
    reason: Reason | None
    matched_codes: str
    matched_by: str
    rank_before: str | None
    title: tuple[Segment, ...]
    variants_url: str | None
    clauses: tuple[ClauseRow, ...]


def hit_row(hit: Hit, result: SearchResult, image_hosts: ImageHosts) -> HitRow:
    """Return the row for ``hit``, one of the hits of ``result``."""
    product = hit.product
    letter, tone = wording.tile(product)
    has_variants = (hit.variants or 0) > 1
    return HitRow(
        hit=hit,
        shop_url=wording.web_link(product),
        product_url=urls.product_url(product.id),
        price=wording.price(product),
        availability=wording.availability(product),
        picture=image_hosts.picture(product),
        letter=letter,
        tone=tone,
        attributes=_attributes(product),
        reason=_reason(hit, result),
        matched_codes=", ".join(code.label for code in hit.matched_codes),
        matched_by=_matched_by(hit),
        rank_before=_rank_before(hit, result),
        title=hit.title or (Segment(product.title, False),),
        variants_url=urls.group_url(result.request, group_of(product)) if has_variants else None,
        clauses=_clauses(hit.explanation.clause_scores) if hit.explanation else (),
    )


def chips(
    codes: Sequence[WeightedCode], *, heaviest: float, request: SearchRequest | None = None
) -> tuple[Chip, ...]:
    """Return chips for the codes with a weight above 0.

    :param heaviest: the weight of a chip with a full bar.
    :param request: the search that the codes belong to. If it is given, each chip links to the
        search without the chip's code.
    """
    return tuple(
        Chip(
            label=code.label,
            percent=f"{code.weight * 100:.0f}",
            step=max(1, round(_BAR_STEPS * code.weight / heaviest)),
            url=urls.code_url(code.label),
            is_pinned=code.pinned,
            exclude_url=urls.exclude_code_url(request, code.label) if request else None,
        )
        for code in codes
        if code.weight > 0
    )


def heaviest_weight(codes: Sequence[WeightedCode]) -> float:
    """Return the largest weight of ``codes``, or 1 if there are no codes."""
    return max((code.weight for code in codes), default=1.0)


def excluded_codes(request: SearchRequest) -> tuple[ExcludedCode, ...]:
    """Return the codes that ``request`` excludes."""
    return tuple(
        ExcludedCode(code, urls.exclude_code_url(request, code)) for code in request.excluded_codes
    )


def _attributes(product: Product) -> tuple[tuple[str, str], ...]:
    """Return the first few attributes that are short and do not describe the offer."""
    attributes = [
        (name.replace("_", " "), ", ".join(values))
        for name, values in product.attributes.items()
        if name not in OFFER_FIELDS
    ]
    short = [
        (name, value)
        for name, value in attributes
        if value != "false" and len(name) + len(value) <= _MAX_ATTRIBUTE_CHARS
    ]
    return tuple(short[:_MAX_ATTRIBUTES])


def _reason(hit: Hit, result: SearchResult) -> Reason | None:
    """Return why the hit is in the list; ``None`` without a query."""
    if hit.explanation is None:
        return None
    codes = chips(_telling(hit.matched_codes), heaviest=heaviest_weight(result.codes))
    if hit.explanation.identifier_match:
        return Reason(codes, "the query names its identifier")
    if not hit.explanation.features.bm25_raw > 0:
        return Reason(codes, "")
    if any(segment.matches for segment in hit.title or ()):
        has_all = _has_all_words(hit.product.title, result.rule)
        return Reason(codes, f"its title matches{'' if has_all else ' in part'}")
    return Reason(codes, f"its text matches{'' if hit.relevant else ' in part'}")


def _has_all_words(title: str, rule: RelevanceRule) -> bool:
    """Return whether ``title`` contains all words of a form of the query except stop words."""
    words = set(stems(normalise(title)))
    return any(words.issuperset(stems(" ".join(form.words + form.measures))) for form in rule.forms)


def _telling(codes: Sequence[WeightedCode]) -> tuple[WeightedCode, ...]:
    """Return the first few of the ``codes`` that weigh enough and say something new."""
    floor = _MIN_SHARE * heaviest_weight(codes)
    told: list[WeightedCode] = []
    words: set[str] = set()
    for code in sorted(codes, key=lambda code: (not code.pinned, -code.weight)):
        new = set(stems(normalise(code.label))) - words
        if new and (code.pinned or code.weight >= floor) and len(told) < _MAX_CODES:
            told.append(code)
            words |= new
    return tuple(told)


def _matched_by(hit: Hit) -> str:
    """Return what the product has in common with the query, in words."""
    if hit.explanation is None:
        return ""
    if hit.explanation.identifier_match:
        return hit.explanation.identifier_match.clause
    by_words, by_codes = hit.explanation.features.bm25_raw > 0, bool(hit.matched_codes)
    if by_words and by_codes:
        return "words and codes"
    return "codes alone" if by_codes else "words"


def _rank_before(hit: Hit, result: SearchResult) -> str | None:
    """Return the ranks before and after the rerank, in words; ``None`` without a rerank."""
    was_reranked = "rerank" in result.mode.split("+") and hit.rank <= result.ranked
    if hit.explanation is None or not was_reranked:
        return None
    change = hit.explanation.rank_change
    before = wording.ordinal(hit.rank + change)
    if change == 0:
        return f"{before} before and after the rerank"
    return f"{before} before the rerank, {wording.ordinal(hit.rank)} after"


def _clause_label(name: str) -> str:
    if name.startswith(ALTERNATIVE):
        return f"words as {name.removeprefix(ALTERNATIVE)}"
    return _CLAUSE_LABELS.get(name, name.replace(":", ": ", 1))


def _clauses(scores: Mapping[str, float]) -> tuple[ClauseRow, ...]:
    """Return the clauses by descending score; a text clause that adds no score is last."""
    texts = [name for name in scores if is_text_clause(name)]
    best = max(texts, key=lambda name: scores[name], default=None)
    rows = [
        ClauseRow(_clause_label(name), score, name == best or name not in texts)
        for name, score in scores.items()
    ]
    return tuple(sorted(rows, key=lambda row: (not row.counts, -row.score)))
