"""The endpoint ``/instantsearch``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, jsonify

from gram_es.retrieval.request import Fault, RequestError, SearchRequest
from query_api.http.admission import admit_searches
from query_api.http.context import current_searcher, run_search
from query_api.instantsearch.query import Query, read_queries
from query_api.instantsearch.response import response_json
from query_api.instantsearch.search_request import search_request
from query_api.instantsearch.sources import find_sources

MAX_CONDITIONS: Final = 500  # of a request, each of which each facet with a choice repeats

blueprint = Blueprint("instantsearch", __name__)


@blueprint.post("/instantsearch")
def search() -> Response:
    """Return the results of all queries in the body, in their order."""
    index = current_searcher().index
    queries = read_queries()
    requests = _requests(queries, index)
    sources = find_sources(queries, requests)
    searches = sorted({each.number for each in sources})
    _check_conditions([requests[number] for number in searches])
    admit_searches(len(searches))
    results = {number: run_search(requests[number]) for number in searches}
    return jsonify(
        results=[
            response_json(query, results[source.number], dropped=source.dropped)
            for query, source in zip(queries, sources, strict=True)
        ]
    )


def _check_conditions(requests: Sequence[SearchRequest]) -> None:
    """Raise :class:`RequestError` if all searches together have too many conditions."""
    count = sum(_conditions(request) for request in requests)
    if count > MAX_CONDITIONS:
        reason = f"have {count} conditions in their searches together; at most {MAX_CONDITIONS}"
        raise RequestError((Fault("requests", reason),))


def _conditions(request: SearchRequest) -> int:
    return sum(map(len, (*request.choices.values(), *request.scope)))


def _requests(queries: list[Query], index: str) -> list[SearchRequest]:
    requests: list[SearchRequest] = []
    faults: list[Fault] = []
    for number, query in enumerate(queries):
        try:
            requests.append(search_request(query, index))
        except RequestError as error:
            names = ((f"requests.{number}.{fault.name}", fault.reason) for fault in error.faults)
            faults += [Fault(name, reason) for name, reason in names]
    if faults:
        raise RequestError(tuple(faults))
    return requests
