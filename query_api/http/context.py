"""The objects that all requests share: options, searcher, query log, outbox of queries."""

from __future__ import annotations

from typing import Final, cast

from elasticsearch import Elasticsearch
from flask import Flask, current_app, g

from gram_es.retrieval.context import SearchContext, bounded_client
from gram_es.retrieval.model_switch import ModelSwitch
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import SearchResult
from gram_es.retrieval.searcher import Searcher
from query_api.http import metrics
from query_api.http.options import Options
from query_api.query_log import QueryLog
from query_api.query_outbox import QueryOutbox

_SEARCHER: Final = "gram-es-searcher"
_OPTIONS: Final = "gram-es-options"
_QUERY_LOG: Final = "gram-es-query-log"
_QUERY_OUTBOX: Final = "gram-es-query-outbox"


def register(
    app: Flask,
    searcher: ModelSwitch | Searcher,
    options: Options,
    query_log: QueryLog | None = None,
    query_outbox: QueryOutbox | None = None,
) -> None:
    """Store the searcher, the options, the query log and the outbox in ``app``."""
    app.extensions |= {
        _SEARCHER: searcher,
        _OPTIONS: options,
        _QUERY_LOG: query_log,
        _QUERY_OUTBOX: query_outbox,
    }


def current_options() -> Options:
    """Return the options of the application."""
    return cast(Options, current_app.extensions[_OPTIONS])


def current_searcher() -> Searcher:
    """Return the searcher of the live model.

    Searches use the codes of the live model. The live model may change at any time; a request
    should call this function once and keep the searcher.
    """
    searcher = cast(ModelSwitch | Searcher, current_app.extensions[_SEARCHER])
    return searcher.current() if isinstance(searcher, ModelSwitch) else searcher


def request_client(searcher: Searcher) -> Elasticsearch:
    """Return a client with the current request's id; it times out at the request's deadline.

    :raises ShopIndexError: if the index is a shop's own, whose documents are not read here.
    """
    searcher.index_reader.view(g.deadline).check_searchable()
    return bounded_client(searcher.client, g.request_id, g.deadline)


def new_search_context(searcher: Searcher) -> SearchContext:
    """Return a search context with the id and the deadline of the current request.

    :raises ShopIndexError: if the index is a shop's own, which gram-es does not search by itself.
    """
    context = searcher.new_context(g.request_id, g.deadline)
    context.view.check_searchable()
    return context


def run_search(search_request: SearchRequest) -> SearchResult:
    """Return the result of a search that ends by the current request's deadline.

    The search is recorded in the metrics, the query log and the request's log record. Its query may
    be sent to a worker with a language model. A search for counts alone belongs to another search,
    and is neither in the query log nor sent.
    """
    searcher = current_searcher()
    result = searcher.search(search_request, request_id=g.request_id, deadline=g.deadline)
    metrics.count_search(result)
    _log(result)
    if search_request.counts_only:
        return result
    query_log = cast(QueryLog | None, current_app.extensions[_QUERY_LOG])
    if query_log is not None:
        query_log.add(result)
    query_outbox = cast(QueryOutbox | None, current_app.extensions[_QUERY_OUTBOX])
    if query_outbox is not None:
        query_outbox.offer(result)
    return result


def _log(result: SearchResult) -> None:
    """Add a search to the log record of the request, which lists its searches if it has several."""
    stages_ms = {stage: round(ms, 1) for stage, ms in result.took_ms.items()}
    fields = {"mode": result.mode, "degraded": result.degraded, "stages_ms": stages_ms}
    if current_options().log_queries:
        fields["query"] = result.text
    searches = [*g.get("logged_searches", ()), fields]
    g.logged_searches = searches
    g.log_fields = fields if len(searches) == 1 else {"searches": searches}
