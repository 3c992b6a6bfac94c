"""The view of the page of search results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from gram_es.retrieval.recall.facets import Facets
from gram_es.retrieval.request import SORTS, SearchRequest
from gram_es.retrieval.result import SearchResult
from query_api import wording
from query_api.http.image_hosts import ImageHosts
from query_api.pages import urls
from query_api.pages.views.conditions import ConditionChip, condition_chips
from query_api.pages.views.filters import Choice, FacetView, active_filters, facet_views
from query_api.pages.views.hit import (
    Chip,
    ExcludedCode,
    HitRow,
    chips,
    excluded_codes,
    heaviest_weight,
    hit_row,
)
from query_api.pages.views.pager import Pager, pager

_SORT_NAMES: Final = {
    "relevance": "Relevance",
    "price_asc": "Price, lowest first",
    "price_desc": "Price, highest first",
    "newest": "Newest",
}
_STAGE_NAMES: Final = {
    "understand": "codes",
    "elasticsearch": "Elasticsearch",
    "rerank": "rerank",
    "fetch": "products",
}


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The contents of the page.

    ``total_weight`` is the sum of the weights of the query's codes. ``match_count`` says how many
    products match closely, and ``scope`` which ones. ``rows`` are these products, and
    ``less_close`` the rows of the others, which follow them on the page. ``relaxed`` are sentences
    that say which constraints the search dropped. ``notice`` is a sentence for the case that no
    product matches closely. ``price_form`` are the hidden parameters of the form for a price range.
    ``missing_form`` are the hidden parameters of the form that asks why a product is missing.
    ``stages`` are the stages of the search, each with its milliseconds; ``took`` is the total in
    milliseconds. ``no_results`` is a sentence for a page without hits. ``also_searched`` lists the
    other forms of the query that were searched, beside the corrected one. ``conditions`` are those
    that the words of the query state. ``as_typed`` is the URL of the search without spelling
    correction. ``unfiltered`` is the URL of the search without filters. ``json`` is the URL of this
    search, filters included, in the JSON API.
    """

    request: SearchRequest
    result: SearchResult
    codes: tuple[Chip, ...]
    excluded: tuple[ExcludedCode, ...]
    total_weight: float
    facets: tuple[FacetView, ...]
    active: tuple[Choice, ...]
    heading: str
    match_count: str
    scope: str
    sorts: tuple[Choice, ...]
    relaxed: tuple[str, ...]
    price_form: tuple[tuple[str, str], ...]
    missing_form: tuple[tuple[str, str], ...]
    rows: tuple[HitRow, ...]
    less_close: tuple[HitRow, ...]
    pager: Pager
    stages: tuple[tuple[str, str], ...]
    took: str
    notice: str | None
    unfiltered: str
    json: str
    no_results: str | None
    also_searched: str
    as_typed: str
    conditions: tuple[ConditionChip, ...]


def results_view(result: SearchResult, image_hosts: ImageHosts) -> ResultsView:
    """Return the contents of the page for ``result``."""
    request = result.request
    active = active_filters(request)
    return ResultsView(
        request=request,
        result=result,
        codes=chips(result.codes, heaviest=heaviest_weight(result.codes), request=request),
        excluded=excluded_codes(request),
        total_weight=sum(code.weight for code in result.codes),
        facets=facet_views(request, result.facets or Facets(), result.hits + result.less_close),
        active=active,
        heading=result.text or ", ".join(choice.label for choice in active),
        match_count=wording.match_count(result),
        scope=wording.scope(result),
        sorts=_sorts(request),
        relaxed=wording.relaxed(result.dropped, request),
        price_form=tuple(
            pair for pair in urls.parameters(request) if pair[0] not in ("price", "from")
        ),
        missing_form=tuple(urls.parameters(request)),
        rows=tuple(hit_row(hit, result, image_hosts) for hit in result.hits),
        less_close=tuple(hit_row(hit, result, image_hosts) for hit in result.less_close),
        pager=pager(request, listed=result.listed, last=max(result.listed, result.ranked)),
        stages=_stages(result),
        took=wording.milliseconds(result.took_ms["total"]),
        notice=wording.message(result) if result.less_close else None,
        unfiltered=urls.unfiltered_url(request),
        json=urls.json_url(request),
        no_results=wording.no_results(result),
        also_searched=", ".join(result.alternatives),
        as_typed=urls.as_typed_url(replace(request, text=result.text)),
        conditions=condition_chips(result),
    )


def _sorts(request: SearchRequest) -> tuple[Choice, ...]:
    """Return the orders that a shopper can choose; relevance needs a query."""
    return tuple(
        Choice(_SORT_NAMES[sort], None, sort == request.order, urls.sort_url(request, sort))
        for sort in SORTS
        if not (request.browses and sort == "relevance")
    )


def _stages(result: SearchResult) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_STAGE_NAMES[stage], wording.milliseconds(ms))
        for stage, ms in result.took_ms.items()
        if stage in _STAGE_NAMES
    )
