"""Convert search results to the responses of Algolia's search API (no I/O)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gram_es.retrieval.recall.facets import Facets, FacetValue
from gram_es.retrieval.request import ATTRIBUTES, CATEGORY_PATH, MAX_DEPTH, PATH_SEPARATOR, PRICE
from gram_es.retrieval.result import Hit, SearchResult
from query_api import wording
from query_api.api.serializers import product_json
from query_api.instantsearch.attributes import level_of
from query_api.instantsearch.highlights import highlights
from query_api.instantsearch.query import Query


def response_json(
    query: Query, result: SearchResult, *, dropped: str | None = None
) -> dict[str, Any]:
    """Return the response to ``query``, whose search has ``result``.

    ``hits`` are the relevant hits, and ``lessClose`` are those that follow them.

    :param dropped: the field that ``result`` filters by, but ``query`` does not; such a query has
        no hits.
    """
    size = query.hits_per_page
    listed = result.listed
    if dropped is not None and result.facets is not None:
        listed = result.facets.totals_without[dropped]
    facets = _facets_json(result.facets, query)
    is_exhaustive = _is_exhaustive(result.facets, facets, query)
    hits, less_close = (result.hits, result.less_close) if size else ((), ())
    return {
        "index": query.index_name,
        "query": query.query,
        "params": "",
        "hits": [_hit_json(hit, query) for hit in hits],
        "lessClose": [_hit_json(hit, query) for hit in less_close],
        "nbHits": listed,
        "page": query.page,
        "nbPages": page_count(listed, size),
        "hitsPerPage": size,
        "facets": facets,
        "facets_stats": _stats_json(result.facets, query),
        "exhaustiveNbHits": True,
        "exhaustiveFacetsCount": is_exhaustive,
        "exhaustive": {"facetsCount": is_exhaustive, "nbHits": True},
        "processingTimeMS": round(result.took_ms.get("total", 0.0)),
        "requestId": result.request_id,
        "corrected": result.corrected,
        "message": wording.message(result),
        "degraded": list(result.degraded),
    }


def page_count(listed: int, size: int) -> int:
    """Return the number of pages of ``size`` hits, but only of those that can be reached."""
    return min(-(-listed // size), MAX_DEPTH // size) if size else 0


def _hit_json(hit: Hit, query: Query) -> dict[str, Any]:
    record = product_json(hit.product)
    retrieved = {name.partition(".")[0] for name in query.attributes_to_retrieve}
    return {
        **{name: value for name, value in record.items() if {name, "*"} & retrieved},
        "objectID": hit.id,
        **highlights(hit, record, query),
    }


def _facets_json(facets: Facets | None, query: Query) -> dict[str, dict[str, int]]:
    """Return the counts of the facets that the query asks for; those of prices have no values."""
    if facets is None:
        return {}
    usual = ("brand", "category", "availability", PRICE) if "*" in query.facets else ()
    names = [*usual, *(name for name in query.facets if name != "*")]
    counts = {name: _counts(_values(facets, name), query) for name in dict.fromkeys(names)}
    if "*" in query.facets:
        for name, values in facets.attributes.items():
            counts.setdefault(f"{ATTRIBUTES}{name}", _counts(values, query))
    return counts


def _is_exhaustive(
    facets: Facets | None, counts: Mapping[str, Mapping[str, int]], query: Query
) -> bool:
    """Return whether each facet has as many of its values as the query asks for."""
    return facets is None or not any(
        _field(name) in facets.truncated and len(values) < query.max_values_per_facet
        for name, values in counts.items()
    )


def _field(name: str) -> str:
    return name if level_of(name) is None else CATEGORY_PATH


def _values(facets: Facets, name: str) -> Iterable[FacetValue]:
    level = level_of(name)
    if level is not None:
        paths = facets.category_path
        return [each for each in paths if each.value.count(PATH_SEPARATOR) == level]
    if name.startswith(ATTRIBUTES):
        return facets.attributes.get(name.removeprefix(ATTRIBUTES), ())
    plain = {"brand": facets.brand, "category": facets.category}
    return {**plain, "availability": facets.availability}.get(name, ())


def _counts(values: Iterable[FacetValue], query: Query) -> dict[str, int]:
    counts = {each.value: each.count for each in values if each.count}
    return dict(list(counts.items())[: query.max_values_per_facet])


def _stats_json(facets: Facets | None, query: Query) -> dict[str, dict[str, float]]:
    extent = facets.price_extent if facets else None
    if extent is None or not {"*", PRICE} & set(query.facets):
        return {}
    stats = {"min": extent.lowest, "max": extent.highest, "avg": extent.average, "sum": extent.sum}
    return {PRICE: stats}
