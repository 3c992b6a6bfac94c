"""What the page of one search shows, worked out before the template writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.facets import Facets
from gram_es.retrieval.request import SORTS, WINDOW, SearchRequest
from gram_es.retrieval.result import SearchResult
from query_api import links, wording
from query_api.chips import Chip, Switched, chips, switched_off
from query_api.filters import Choice, FacetView, active_filters, facet_views
from query_api.paging import Pager, pager
from query_api.rows import Row, row

_SORT_NAMES: Final = {
    "relevance": "Relevance",
    "price_asc": "Price, lowest first",
    "price_desc": "Price, highest first",
    "newest": "Newest",
}
_STAGE_NAMES: Final = {
    "decode": "codes",
    "elasticsearch": "Elasticsearch",
    "rerank": "rerank",
    "fetch": "products",
}


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The whole page; ``near`` says so where no product counts and those shown are merely near.

    ``tally`` says how many products match, ``beyond`` what else the list holds. ``recovered`` says
    what was dropped. ``form`` holds what the price form keeps of the search.
    """

    request: SearchRequest
    result: SearchResult
    codes: tuple[Chip, ...]
    off: tuple[Switched, ...]
    weight: float
    facets: tuple[FacetView, ...]
    active: tuple[Choice, ...]
    heading: str
    tally: str
    beyond: str | None
    sorts: tuple[Choice, ...]
    recovered: tuple[str, ...]
    form: tuple[tuple[str, str], ...]
    missing: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    pager: Pager
    stages: tuple[tuple[str, str], ...]
    took: str
    near: str | None
    unfiltered: str
    json: str


def results_view(result: SearchResult) -> ResultsView:
    """Return what the page of ``result`` shows."""
    request = result.request
    active = active_filters(request)
    listed = (result.total if result.groups is None else result.groups) or 0
    weights = [code.weight for code in result.codes]
    return ResultsView(
        request=request,
        result=result,
        codes=chips(result.codes, heaviest=max(weights, default=1.0), request=request),
        off=switched_off(request),
        weight=sum(weights),
        facets=facet_views(request, result.facets or Facets(), result.hits),
        active=active,
        heading=result.text or ", ".join(choice.label for choice in active),
        tally=_tally(result),
        beyond=_beyond(result, listed),
        sorts=_sorts(request),
        recovered=wording.recovered(result.dropped, request),
        form=tuple(pair for pair in links.pairs(request) if pair[0] not in ("price", "from")),
        missing=tuple(links.pairs(request)),
        rows=tuple(row(hit, result) for hit in result.hits),
        pager=pager(request, listed=listed, last=max(listed, result.ranked)),
        stages=_stages(result),
        took=wording.milliseconds(result.took_ms["total"]),
        near=_near(result),
        unfiltered=links.unfiltered_url(request),
        json=links.json_url(request),
    )


def _sorts(request: SearchRequest) -> tuple[Choice, ...]:
    """Return the orders to choose from; without a text there is no relevance."""
    return tuple(
        Choice(_SORT_NAMES[sort], None, sort == request.order, links.sort_url(request, sort))
        for sort in SORTS
        if not (request.browses and sort == "relevance")
    )


def _tally(result: SearchResult) -> str:
    """Return how many products count; of a text's those are close to it, not all that is listed."""
    count = result.total or 0
    if count and result.request.browses:
        return wording.products(count)
    if count:
        return f"{count:,} close match{'' if count == 1 else 'es'}"
    return "Near matches" if result.hits else "No products"


def _beyond(result: SearchResult, listed: int) -> str | None:
    """Return what a list by relevance holds beside what counts; other orders leave that out."""
    if result.request.browses or not result.hits:
        return None
    if result.request.order != "relevance":
        return "the near ones left out"
    if result.ranked <= listed:
        return None
    more = " or more" if result.ranked >= WINDOW else ""
    return f"{result.ranked:,}{more} results with the near ones"


def _near(result: SearchResult) -> str | None:
    if result.total != 0 or not result.hits:
        return None
    return "Nothing has most of these words or their codes. These are the nearest products."


def _stages(result: SearchResult) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_STAGE_NAMES[stage], wording.milliseconds(ms))
        for stage, ms in result.took_ms.items()
        if stage in _STAGE_NAMES
    )
