"""What the service counts, for Prometheus; sums of all its processes, whichever is asked.

With several processes ``PROMETHEUS_MULTIPROC_DIR`` must be set before this module is imported.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import Final

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

from gram_es.retrieval.observing import Observer, Silence
from gram_es.retrieval.result import SearchResult

DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_REQUESTS: Final = Counter(
    "gram_es_requests", "Requests by endpoint and status", ["endpoint", "status"]
)
_REFUSED: Final = Counter("gram_es_refused", "Requests that were answered with 429", ["why"])
_SEARCHES: Final = Counter(
    "gram_es_searches", "Searches by the stages that ran", ["mode", "degraded"]
)
_STAGES: Final = Histogram(
    "gram_es_stage_seconds", "Time of each stage of a search", ["stage"], buckets=_SECONDS
)
_KEPT: Final = Counter("gram_es_query_codes", "Queries whose codes were kept, or not", ["kept"])
_BATCHES: Final = Histogram(
    "gram_es_decode_batch", "Queries decoded together", buckets=(1, 2, 3, 4, 6, 8)
)
_UNANSWERED: Final = Counter(
    "gram_es_model_unanswered", "Searches that went on without the model", ["why"]
)
_LOGGED: Final = Counter("gram_es_logged_queries", "Searches for the log of queries", ["kept"])
_RESTING: Final = Gauge(
    "gram_es_model_resting",
    "Processes that leave the model alone",
    multiprocess_mode="livesum",
)


class Counting(Observer):
    """Counts what happens around the model."""

    def looked_up(self, *, hit: bool) -> None:
        """Count it."""
        _KEPT.labels("yes" if hit else "no").inc()

    def decoded(self, queries: int) -> None:
        """Count it."""
        _BATCHES.observe(queries)

    def unanswered(self, why: Silence) -> None:
        """Count it."""
        _UNANSWERED.labels(why).inc()

    def resting(self, resting: bool) -> None:
        """Show it."""
        _RESTING.set(resting)


def register(app: Flask) -> None:
    """Count the answers of ``app``."""
    app.after_request(_count)


def count_search(result: SearchResult) -> None:
    """Count a search by its mode, and how long each of its stages took."""
    _SEARCHES.labels(result.mode, "yes" if result.degraded else "no").inc()
    for stage, ms in result.took_ms.items():
        _STAGES.labels(stage).observe(ms / 1_000)


def count_refusal(why: str) -> None:
    """Count a request that is answered with 429."""
    _REFUSED.labels(why).inc()


def count_logged(written: int, *, dropped: int) -> None:
    """Count searches that were written into the log of queries, and those that were not."""
    _LOGGED.labels("yes").inc(written)
    _LOGGED.labels("no").inc(dropped)


def exposition() -> Response:
    """Return everything that was counted, in Prometheus' text format."""
    registry: CollectorRegistry = REGISTRY
    if DIRECTORY in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def asked_from_here() -> bool:
    """Tell whether this machine itself asks, and not through a proxy on behalf of others."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    return request.remote_addr is not None and ip_address(request.remote_addr).is_loopback


def _count(response: Response) -> Response:
    _REQUESTS.labels(request.endpoint or "none", str(response.status_code)).inc()
    return response
