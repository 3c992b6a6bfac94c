"""What the page of one search shows, computed before the template renders it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.recall.facets import Facets
from gram_es.retrieval.request import SORTS, SearchRequest
from gram_es.retrieval.result import SearchResult
from query_api import wording
from query_api.pages import urls
from query_api.pages.views.filters import Choice, FacetView, active_filters, facet_views
from query_api.pages.views.hit import Chip, ExcludedCode, Row, chips, excluded_codes, row
from query_api.pages.views.pager import Pager, pager

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
    """The whole page; ``near`` is a notice where no hit is relevant.

    ``tally`` is how many products match, ``beyond`` what else is listed, ``relaxed`` what was
    dropped, each in words. ``form`` are the parameters that the price form sends along.
    """

    request: SearchRequest
    result: SearchResult
    codes: tuple[Chip, ...]
    excluded: tuple[ExcludedCode, ...]
    weight: float
    facets: tuple[FacetView, ...]
    active: tuple[Choice, ...]
    heading: str
    tally: str
    beyond: str | None
    sorts: tuple[Choice, ...]
    relaxed: tuple[str, ...]
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
    weights = [code.weight for code in result.codes]
    return ResultsView(
        request=request,
        result=result,
        codes=chips(result.codes, heaviest=max(weights, default=1.0), request=request),
        excluded=excluded_codes(request),
        weight=sum(weights),
        facets=facet_views(request, result.facets or Facets(), result.hits),
        active=active,
        heading=result.text or ", ".join(choice.label for choice in active),
        tally=wording.tally(result),
        beyond=wording.beyond(result),
        sorts=_sorts(request),
        relaxed=wording.relaxed(result.dropped, request),
        form=tuple(pair for pair in urls.pairs(request) if pair[0] not in ("price", "from")),
        missing=tuple(urls.pairs(request)),
        rows=tuple(row(hit, result) for hit in result.hits),
        pager=pager(request, listed=result.listed, last=max(result.listed, result.ranked)),
        stages=_stages(result),
        took=wording.milliseconds(result.took_ms["total"]),
        near=_near(result),
        unfiltered=urls.unfiltered_url(request),
        json=urls.json_url(request),
    )


def _sorts(request: SearchRequest) -> tuple[Choice, ...]:
    """Return the orders to choose from; without a text there is no relevance."""
    return tuple(
        Choice(_SORT_NAMES[sort], None, sort == request.order, urls.sort_url(request, sort))
        for sort in SORTS
        if not (request.browses and sort == "relevance")
    )


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
