"""Hits in another order than that of relevance, and hits of filters alone: bodies, pure.

They are sorted under the relevance cut, or the cheapest "cordless drill" would be a screw. The
list ends where the relevant products end, and no window is reranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gram_es.retrieval.facets import relevance_cut
from gram_es.retrieval.queries import Body, Clauses, filters_of, match_query, ranked_body
from gram_es.retrieval.request import GROUP, SearchRequest

_BY: Final[dict[str, dict[str, Any]]] = {
    "price_asc": {"price": {"order": "asc", "missing": "_last"}},
    "price_desc": {"price": {"order": "desc", "missing": "_last"}},
    # an index that an older gram-es made has no such field
    "newest": {"feed.added": {"order": "desc", "missing": "_last", "unmapped_type": "date"}},
}


def sorted_page_body(clauses: Clauses, request: SearchRequest, *, timeout_ms: int) -> Body:
    """Return the retrieval of one page of a request that is not in the order of relevance.

    Equals are ordered by score, then by id, so that pages meet without gap or repeat.
    """
    ranked = ranked_body(clauses, request, timeout_ms=timeout_ms)
    return {
        **ranked,
        "query": hits_query(clauses, request),
        "sort": [_BY[request.order], *ranked["sort"]],
        "from": request.offset,
        "size": request.size,
    }


def hits_query(clauses: Clauses, request: SearchRequest) -> Body:
    """Return the query for all that ``request`` may show, on whichever page."""
    filters = filters_of(request)
    if request.browses:
        return {"bool": {"filter": filters}}
    if request.order == "relevance":
        return match_query(clauses, filters)
    return match_query(clauses, [relevance_cut(clauses), *filters])


def variants_body(clauses: Clauses, request: SearchRequest, groups: Sequence[str]) -> Body:
    """Return the request that counts the hits of each group."""
    query = {"bool": {"filter": [hits_query(clauses, request), {"terms": {GROUP: list(groups)}}]}}
    counted = {"groups": {"terms": {"field": GROUP, "size": max(1, len(groups))}}}
    return {"query": query, "size": 0, "track_total_hits": False, "aggs": counted}
