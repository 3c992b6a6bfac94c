"""Build the bodies of searches that are sorted by price or age (no I/O).

Searches without a text, which are sorted by age by default, are built here too. Only relevant
products are hits; otherwise the cheapest hit for "cordless drill" would be a screw. These searches
are not reranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gram_es.retrieval.recall.bodies import Body
from gram_es.retrieval.recall.plan import QueryPlan, hits_query, ranked_body
from gram_es.retrieval.request import GROUP

_SORT_FIELDS: Final[dict[str, dict[str, Any]]] = {
    "price_asc": {"price": {"order": "asc", "missing": "_last"}},
    "price_desc": {"price": {"order": "desc", "missing": "_last"}},
    # an index of an older gram-es has no such field
    "newest": {"feed.added": {"order": "desc", "missing": "_last", "unmapped_type": "date"}},
}


def sorted_page_body(plan: QueryPlan, *, timeout_ms: int) -> Body:
    """Return the body for one page of a request that is not sorted by relevance.

    Products with equal values are sorted by score, then by id, so that pages neither overlap nor
    omit hits.
    """
    request = plan.request
    ranked = ranked_body(plan, timeout_ms=timeout_ms)
    return {
        **ranked,
        "sort": [_SORT_FIELDS[request.order], *ranked["sort"]],
        "from": request.offset,
        "size": request.size,
    }


def variants_body(plan: QueryPlan, groups: Sequence[str]) -> Body:
    """Return the body that counts the hits in each of the ``groups`` of variants."""
    query = {"bool": {"filter": [hits_query(plan), {"terms": {GROUP: list(groups)}}]}}
    aggregations = {"groups": {"terms": {"field": GROUP, "size": len(groups)}}}
    return {"query": query, "size": 0, "track_total_hits": False, "aggs": aggregations}
