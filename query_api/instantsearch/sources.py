"""Find which searches answer the queries of one InstantSearch request (no I/O).

For each facet with a choice, InstantSearch sends the query once more without this choice, to count
the facet's values. The counts of a search ignore the facet's own choices anyway, so that the search
with all choices answers these queries, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gram_es.retrieval.request import PRICE, SearchRequest, remove_filter
from query_api.instantsearch.attributes import filtered_field
from query_api.instantsearch.query import Query


@dataclass(frozen=True, slots=True)
class Source:
    """The number of the query whose search answers a query.

    ``dropped`` is the field that this search filters by, but the query does not.
    """

    number: int
    dropped: str | None = None


def find_sources(queries: Sequence[Query], requests: Sequence[SearchRequest]) -> list[Source]:
    """Return the source of each query.

    :param requests: the search requests for ``queries``, in the same order.
    """
    sources: list[Source] = []
    for number, (query, request) in enumerate(zip(queries, requests, strict=True)):
        earlier = (
            source
            for other in range(number)
            if (source := _source(query, request, requests[other], other)) is not None
            and sources[other] == Source(other)
        )
        sources.append(next(earlier, Source(number)))
    return sources


def _source(
    query: Query, request: SearchRequest, other: SearchRequest, number: int
) -> Source | None:
    """Return the source if the search for ``other`` answers ``query``."""
    if request == other:
        return Source(number)
    if query.hits_per_page or not set(request.counted) <= set(other.counted):
        return None
    fields = {PRICE if name == PRICE else _field(name) for name in query.facets}
    dropped = next(iter(fields), None)
    if len(fields) != 1 or dropped not in other.filters:
        return None
    without = remove_filter(other, dropped)
    same = replace(
        without,
        size=request.size,
        offset=request.offset,
        counted=request.counted,
        counts_only=request.counts_only,
        relax=request.relax,
    )
    return Source(number, dropped) if same == request else None


def _field(name: str) -> str | None:
    return None if name == "*" else filtered_field(name)
