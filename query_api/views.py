"""What the page of one search shows, worked out before the template writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.facets import Facets
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import SearchResult
from query_api import links, wording
from query_api.chips import Chip, chips
from query_api.filters import Choice, FacetView, active_filters, facet_views
from query_api.paging import Pager, pager
from query_api.rows import Row, row

_STAGE_NAMES: Final = {
    "decode": "codes",
    "elasticsearch": "Elasticsearch",
    "rerank": "rerank",
    "fetch": "products",
}


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The whole page; ``beyond`` says so where it holds other products than those that count."""

    request: SearchRequest
    result: SearchResult
    codes: tuple[Chip, ...]
    weight: float
    facets: tuple[FacetView, ...]
    active: tuple[Choice, ...]
    rows: tuple[Row, ...]
    pager: Pager
    stages: tuple[tuple[str, str], ...]
    took: str
    beyond: str | None
    unfiltered: str
    json: str


def results_view(request: SearchRequest, result: SearchResult) -> ResultsView:
    """Return what the page of ``result`` shows."""
    weights = [code.weight for code in result.codes]
    return ResultsView(
        request=request,
        result=result,
        codes=chips(result.codes, heaviest=max(weights, default=1.0)),
        weight=sum(weights),
        facets=facet_views(request, result.facets or Facets(), result.hits),
        active=active_filters(request),
        rows=tuple(row(hit, result) for hit in result.hits),
        pager=pager(request, max(result.total or 0, request.offset + len(result.hits))),
        stages=_stages(result),
        took=wording.milliseconds(result.took_ms["total"]),
        beyond=_beyond(request, result),
        unfiltered=links.unfiltered_url(request),
        json=links.json_url(request),
    )


def _beyond(request: SearchRequest, result: SearchResult) -> str | None:
    if result.total is None or not result.hits or request.offset < result.total:
        return None
    if result.total == 0:
        return "Nothing has most of these words or their codes. These are the nearest products."
    return "The products that match end before this page. These are the nearest others."


def _stages(result: SearchResult) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_STAGE_NAMES[stage], wording.milliseconds(ms))
        for stage, ms in result.took_ms.items()
        if stage in _STAGE_NAMES
    )
