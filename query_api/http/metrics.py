"""Prometheus metrics of the service, summed over all its processes.

To sum over several processes, the environment variable ``PROMETHEUS_MULTIPROC_DIR`` must be set
before this module is imported.
"""

from __future__ import annotations

import os
from typing import Final, Literal

from flask import Flask, Response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from gram_es import telemetry
from gram_es.retrieval.query.observer import NoAnswerReason, Observer
from gram_es.retrieval.result import SearchResult

_MULTIPROCESS_DIR: Final = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_REQUESTS: Final = Counter(
    "gram_es_requests", "Requests by endpoint and status", ["endpoint", "status"]
)
_REJECTED: Final = Counter("gram_es_rejected_requests", "Requests rejected with 429", ["reason"])
_SEARCHES: Final = Counter(
    "gram_es_searches", "Searches by the stages that ran", ["mode", "degraded"]
)
_STAGES: Final = Histogram(
    "gram_es_stage_seconds", "Time of each stage of a search", ["stage"], buckets=_BUCKETS_S
)
_QUERY_CODES: Final = Counter(
    "gram_es_query_codes", "Queries by whether their codes were cached", ["cached"]
)
_BATCH_SIZE: Final = Histogram(
    "gram_es_model_batch_size", "Queries in each batch of the model", buckets=(1, 2, 3, 4, 6, 8)
)
_UNANSWERED: Final = Counter(
    "gram_es_model_unanswered", "Searches that continued without the model", ["reason"]
)
_LOGGED: Final = Counter(
    "gram_es_logged_queries", "Entries of the query log, written or dropped", ["written"]
)
_SENT: Final = Counter(
    "gram_es_sent_queries", "Queries for a language model, by what became of them", ["outcome"]
)
SendOutcome = Literal["sent", "repeated", "budget", "full", "failed"]
"""What became of a query for a language model: sent, or the reason why it was dropped."""
_CIRCUIT_BREAKER: Final = Gauge(
    "gram_es_circuit_breaker_open",
    "Processes whose circuit breaker for the model is open",
    multiprocess_mode="livesum",
)


class MetricsObserver(Observer):
    """Records the events of the model in the metrics."""

    def codes_looked_up(self, *, cached: bool) -> None:
        """Count a query; ``cached`` says whether its codes were in the cache."""
        _QUERY_CODES.labels("yes" if cached else "no").inc()

    def batch_answered(self, queries: int) -> None:
        """Record the number of queries in a batch."""
        _BATCH_SIZE.observe(queries)

    def model_unanswered(self, reason: NoAnswerReason) -> None:
        """Count a search that continues without the model, by ``reason``."""
        _UNANSWERED.labels(reason).inc()

    def circuit_breaker_changed(self, *, is_open: bool) -> None:
        """Record whether the model's circuit breaker is open in this process."""
        _CIRCUIT_BREAKER.set(is_open)


def register(app: Flask) -> None:
    """Count the responses of ``app`` by endpoint and status."""
    app.after_request(_count)


def count_search(result: SearchResult) -> None:
    """Count a search by its mode and record how long each of its stages took."""
    _SEARCHES.labels(result.mode, "yes" if result.degraded else "no").inc()
    for stage, ms in result.took_ms.items():
        _STAGES.labels(stage).observe(ms / 1_000)
    telemetry.count_search(result.mode, result.took_ms, degraded=bool(result.degraded))


def count_rejection(reason: str) -> None:
    """Count a request that is rejected with 429.

    :param reason: ``full``, ``late``, ``rate`` or ``attempts``, as in
        :class:`~query_api.http.admission.OverloadedError`.
    """
    _REJECTED.labels(reason).inc()


def count_log_entries(written: int, *, dropped: int) -> None:
    """Count the entries that the query log wrote, and those that it dropped."""
    _LOGGED.labels("yes").inc(written)
    _LOGGED.labels("no").inc(dropped)


def count_sent_queries(outcome: SendOutcome, queries: int = 1) -> None:
    """Count queries for a language model by what became of them."""
    _SENT.labels(outcome).inc(queries)


def metrics_response() -> Response:
    """Return all metrics in Prometheus' text format."""
    registry: CollectorRegistry = REGISTRY
    if _MULTIPROCESS_DIR in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _count(response: Response) -> Response:
    _REQUESTS.labels(request.endpoint or "none", str(response.status_code)).inc()
    return response
