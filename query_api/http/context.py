"""The searcher and the options of the application, and the context of the current request."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final, cast

from elasticsearch import Elasticsearch
from flask import Flask, current_app, g

from gram_es.retrieval.context import SearchContext, bounded_client
from gram_es.retrieval.model_switch import LiveSearcher
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import SearchResult
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.http import metrics
from query_api.query_log import QueryLog

WAITING_EACH = 2  # waiting requests for each one in progress: two more turns are soon over


@dataclass(frozen=True, slots=True)
class Options:
    """The limits of one process, and what it reports.

    ``deadline_ms`` is a request's budget. ``at_once`` requests are processed and ``waiting`` more
    may wait. ``rate`` limits the requests a minute of one address, ``None`` for no limit.
    ``open_metrics`` gives ``/metrics`` to other machines too, and ``log_queries`` writes the
    text of queries into the log.
    """

    deadline_ms: float = inf
    at_once: int = 8
    waiting: int = 16
    rate: int | None = None
    open_metrics: bool = False
    log_queries: bool = False

    @classmethod
    def of(cls, settings: Settings, *, at_once: int) -> Options:
        """Return the options of the settings."""
        return cls(
            deadline_ms=settings.deadline_ms,
            at_once=at_once,
            waiting=WAITING_EACH * at_once,
            rate=settings.rate or None,
            open_metrics=settings.open_metrics,
            log_queries=settings.log_queries,
        )


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
