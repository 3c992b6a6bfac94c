"""What the search page shows, worked out before the template writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gram_es.records import Product, WeightedCode
from gram_es.retrieval.facets import Facets, PriceRange
from gram_es.retrieval.request import MAX_DEPTH, SearchRequest
from gram_es.retrieval.result import Hit, SearchResult
from query_api import links, wording

_ATTRIBUTES: Final = 5
_ATTRIBUTE_CHARS: Final = 60
_CENT: Final = 0.01
_STEPS: Final = 10  # lengths of a weight's bar in the style sheet
_NEAR_PAGES: Final = 2
_STAGE_NAMES: Final = {
    "decode": "codes",
    "elasticsearch": "Elasticsearch",
    "rerank": "rerank",
    "fetch": "products",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A code: ``step`` of 1 to 10 draws its weight."""

    label: str
    percent: str
    step: int
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet, and the search that choosing it, or taking it back, leads to."""

    label: str
    count: int | None
    chosen: bool
    url: str


@dataclass(frozen=True, slots=True)
class FacetView:
    """One facet with a choice for each value."""

    name: str
    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page number; without ``url`` it is the page shown, without ``number`` a gap."""

    number: int | None
    url: str | None


@dataclass(frozen=True, slots=True)
class HitView:
    """One row of the list."""

    hit: Hit
    link: str | None
    price: str | None
    availability: tuple[str, str] | None
    letter: str
    tone: int
    attributes: tuple[tuple[str, str], ...]
    codes: tuple[Chip, ...]
    found_by: str
    came: str | None


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The whole page of one search."""

    request: SearchRequest
    result: SearchResult
    codes: tuple[Chip, ...]
    facets: tuple[FacetView, ...]
    active: tuple[Choice, ...]
    hits: tuple[HitView, ...]
    pages: tuple[PageLink, ...]
    first: str
    previous: str | None
    following: str | None
    stages: tuple[tuple[str, str], ...]
    took: str
    beyond: str | None
    unfiltered: str
    json: str


def results_view(request: SearchRequest, result: SearchResult) -> ResultsView:
    """Return what the page of ``result`` shows."""
    total = result.total or 0
    facets = _facets(request, result.facets or Facets())
    last = max(total, request.offset + len(result.hits))
    return ResultsView(
        request=request,
        result=result,
        codes=chips(result.codes),
        facets=facets,
        active=_active(request),
        hits=tuple(_hit(hit, result) for hit in result.hits),
        pages=_pages(request, last),
        first=links.page_url(request, 0),
        previous=_previous(request),
        following=_following(request, last),
        stages=_stages(result),
        took=wording.milliseconds(result.took_ms["total"]),
        beyond=_beyond(request, result),
        unfiltered=links.unfiltered_url(request),
        json=links.json_url(request),
    )


def chips(codes: tuple[WeightedCode, ...]) -> tuple[Chip, ...]:
    """Return the codes as chips, each leading to a search for its words."""
    heaviest = max((code.weight for code in codes), default=1.0)
    return tuple(
        Chip(
            label=code.label,
            percent=f"{code.weight * 100:.0f}",
            step=max(1, round(_STEPS * code.weight / heaviest)) if heaviest > 0 else 1,
            url=links.text_url(code.label),
        )
        for code in codes
    )


def _facets(request: SearchRequest, facets: Facets) -> tuple[FacetView, ...]:
    category = tuple(
        Choice(
            v.value, v.count, v.value in request.categories, links.category_url(request, v.value)
        )
        for v in facets.category
    )
    brand = tuple(
        Choice(v.value, v.count, v.value in request.brands, links.brand_url(request, v.value))
        for v in facets.brand
    )
    price = tuple(_price_choice(request, price) for price in facets.price)
    views = (
        FacetView("category", "Category", category),
        FacetView("brand", "Brand", brand),
        FacetView("price", "Price", price),
    )
    return tuple(view for view in views if view.choices)


def _price_choice(request: SearchRequest, price: PriceRange) -> Choice:
    return Choice(
        label=_price_label(price.low, None if price.high is None else price.high + _CENT),
        count=price.count,
        chosen=request.priced and (request.price_from, request.price_to) == (price.low, price.high),
        url=links.price_url(request, price.low, price.high),
    )


def _price_label(low: float | None, high: float | None) -> str:
    if low is None:
        return f"up to {wording.amount(high or 0.0)}"
    if high is None:
        return f"{wording.amount(low)} and more"
    return f"{wording.amount(low)} – {wording.amount(high)}"


def _beyond(request: SearchRequest, result: SearchResult) -> str | None:
    """Say so where the page lies beyond the products that are counted as relevant."""
    if result.total is None or not result.hits or request.offset < result.total:
        return None
    if result.total == 0:
        return "Nothing has most of these words or their codes. These are the nearest products."
    return "The products that match end before this page. These are the nearest others."


def _active(request: SearchRequest) -> tuple[Choice, ...]:
    """Return the filters that are set; each leads to the search without it."""
    brands = [Choice(b, None, True, links.brand_url(request, b)) for b in request.brands]
    categories = [Choice(c, None, True, links.category_url(request, c)) for c in request.categories]
    if not request.priced:
        return (*categories, *brands)
    low, high = request.price_from, request.price_to
    label = f"price {_price_label(low, high)}"
    return (*categories, *brands, Choice(label, None, True, links.price_url(request, low, high)))


def _hit(hit: Hit, result: SearchResult) -> HitView:
    product = hit.product
    letter, tone = wording.monogram(product)
    return HitView(
        hit=hit,
        link=wording.web_link(product),
        price=wording.price(product),
        availability=wording.availability(product),
        letter=letter,
        tone=tone,
        attributes=_attributes(product),
        codes=chips(hit.matched_codes),
        found_by=_found_by(hit),
        came=_came(hit) if result.mode.endswith("rerank") else None,
    )


def _attributes(product: Product) -> tuple[tuple[str, str], ...]:
    """Return the first few attributes; a long value is a description and is left out."""
    shown = ((name, ", ".join(values)) for name, values in product.attributes.items())
    short = [(n, v) for n, v in shown if v != "false" and len(n) + len(v) <= _ATTRIBUTE_CHARS]
    return tuple(short[:_ATTRIBUTES])


def _found_by(hit: Hit) -> str:
    """Say which clauses brought the product in."""
    if hit.why is None:
        return ""
    if hit.why.exact:
        return "identifier"
    by_words, by_codes = hit.why.text > 0, bool(hit.matched_codes)
    if by_words and by_codes:
        return "words and codes"
    return "codes alone" if by_codes else "words"


def _came(hit: Hit) -> str | None:
    """Say where the product stood before the rerank; ``None`` beyond the window."""
    if hit.why is None or hit.why.scorer is None:
        return None
    before = wording.ordinal(hit.rank + hit.why.moved)
    if hit.why.moved == 0:
        return f"{before} before the rerank too"
    return f"{before} before the rerank, {wording.ordinal(hit.rank)} after"


def _pages(request: SearchRequest, last: int) -> tuple[PageLink, ...]:
    """Return the first page, those around the current one, and the last, with gaps between."""
    size = request.size
    reachable = min(last, MAX_DEPTH - MAX_DEPTH % size)
    count = -(-reachable // size)
    if count < 2:
        return ()
    current = request.offset // size + 1
    near = range(current - _NEAR_PAGES, current + _NEAR_PAGES + 1)
    wanted = sorted({1, count, *(page for page in near if 1 <= page <= count)})
    pages: list[PageLink] = []
    for page in wanted:
        if pages and page - (pages[-1].number or 0) > 1:
            pages.append(PageLink(None, None))
        url = None if page == current else links.page_url(request, (page - 1) * size)
        pages.append(PageLink(page, url))
    return tuple(pages)


def _previous(request: SearchRequest) -> str | None:
    if not request.offset:
        return None
    return links.page_url(request, max(0, request.offset - request.size))


def _following(request: SearchRequest, last: int) -> str | None:
    after = request.offset + request.size
    if after >= last or after + request.size > MAX_DEPTH:
        return None
    return links.page_url(request, after)


def _stages(result: SearchResult) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_STAGE_NAMES[stage], wording.milliseconds(ms))
        for stage, ms in result.took_ms.items()
        if stage in _STAGE_NAMES
    )
