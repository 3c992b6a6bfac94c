"""The searcher and the options of the application, and the context of the current request."""

from __future__ import annotations

from typing import Final, cast

from elasticsearch import Elasticsearch
from flask import Flask, current_app, g

from gram_es.retrieval.context import SearchContext, bounded_client
from gram_es.retrieval.model_switch import LiveSearcher
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import SearchResult
from gram_es.retrieval.searcher import Searcher
from query_api.http import metrics
from query_api.http.options import Options
from query_api.query_log import QueryLog

_SEARCHER: Final = "gram-es-searcher"
_OPTIONS: Final = "gram-es-options"
_QUERY_LOG: Final = "gram-es-query-log"


def keep(
    app: Flask,
    searcher: LiveSearcher | Searcher,
    options: Options,
    query_log: QueryLog | None = None,
) -> None:
    """Store what every request of ``app`` needs."""
    app.extensions |= {_SEARCHER: searcher, _OPTIONS: options, _QUERY_LOG: query_log}


def current_options() -> Options:
    """Return the options of the service."""
    return cast(Options, current_app.extensions[_OPTIONS])


def carry_out(asked: SearchRequest) -> SearchResult:
    """Return the result of ``asked`` in the time that the current request has left."""
    result = current_searcher().search(asked, request_id=g.request_id, deadline=g.deadline)
    metrics.count_search(result)
    stages_ms = {stage: round(ms, 1) for stage, ms in result.took_ms.items()}
    g.log_fields = {"mode": result.mode, "degraded": result.degraded, "stages_ms": stages_ms}
    if current_options().log_queries:
        g.log_fields["query"] = result.text
    query_log = cast(QueryLog | None, current_app.extensions[_QUERY_LOG])
    if query_log is not None:
        query_log.note(result)
    return result


def context_of(searcher: Searcher) -> SearchContext:
    """Return the context of a search by ``searcher`` for the current request."""
    return searcher.new_context(g.request_id, g.deadline)


def current_client() -> Elasticsearch:
    """Return a client that waits no longer than the current request has time left."""
    return bounded_client(current_searcher().client, g.request_id, g.deadline)


def current_searcher() -> Searcher:
    """Return the searcher of now; call it once a request, for a later one may differ."""
    searcher = cast(LiveSearcher | Searcher, current_app.extensions[_SEARCHER])
    return searcher.current() if isinstance(searcher, LiveSearcher) else searcher
