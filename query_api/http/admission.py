"""Admit or reject requests: a rate limit for each client address, then a bounded queue.

Waiting in the queue uses up a request's time budget. If all requests were queued under overload,
none would have enough time left for its search. A request that arrives while the queue is full is
therefore rejected at once, before any work on it begins.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import ceil
from time import time
from typing import Any, Final, TypeVar

from flask import Flask, current_app, g, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from gram_es.errors import GramError
from gram_es.retrieval.context import Deadline
from query_api.http.options import Options

MAX_CONCURRENT_INSPECTIONS: Final = 2
MAX_WAITING_INSPECTIONS: Final = 2
_INSPECTION_DEADLINE_MS: Final = 10_000.0
_QUEUE_SHARE: Final = 0.25  # of the time budget may be spent waiting; the rest is for the search
_MAX_QUEUE_S: Final = 60.0
_IS_INSPECTION: Final = "is_inspection"
_IS_ALWAYS_ADMITTED: Final = "is_always_admitted"

View = TypeVar("View", bound=Callable[..., Any])


class OverloadedError(GramError):
    """The service rejected a request because it received too many requests.

    ``reason`` is ``full`` if the queue was full, ``late`` if the request waited too long in the
    queue, and ``rate`` if the client's address exceeded the rate limit. The client should retry
    after ``retry_after_s`` seconds.
    """

    retryable = True

    def __init__(self, reason: str, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[type[OverloadedError], tuple[str, str, int]]:
        return (type(self), (self.reason, str(self), self.retry_after_s))


def register(app: Flask, options: Options) -> None:
    """Give each request of ``app`` a deadline, and apply the rate limit and the queue to it."""
    searches = Gate(max_concurrent=options.max_concurrent, max_waiting=options.max_waiting)
    inspections = Gate(
        max_concurrent=MAX_CONCURRENT_INSPECTIONS, max_waiting=MAX_WAITING_INSPECTIONS
    )
    limit = options.max_requests_per_minute
    rate_limit = RateLimit(limit) if limit else None

    @app.before_request
    def _enter() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        is_inspection = getattr(view, _IS_INSPECTION, False)
        min_ms = _INSPECTION_DEADLINE_MS if is_inspection else 0.0
        g.deadline = Deadline(max(options.deadline_ms, min_ms))
        if request.blueprint is None or getattr(view, _IS_ALWAYS_ADMITTED, False):
            return
        if rate_limit is not None:
            rate_limit.admit(request.remote_addr or "")
        gate = inspections if is_inspection else searches
        gate.enter(timeout_s=min(_MAX_QUEUE_S, g.deadline.left_ms(_QUEUE_SHARE) / 1_000))
        g.gate = gate

    @app.teardown_request
    def _leave(_: BaseException | None) -> None:
        gate: Gate | None = g.pop("gate", None)
        if gate is not None:
            gate.leave()


def inspection_endpoint(view: View) -> View:
    """Mark an endpoint as an inspection: few people use it, but it may read the whole index.

    Inspections have a deadline of at least ten seconds. They have a queue of their own, so that
    they do not delay shoppers' searches.
    """
    setattr(view, _IS_INSPECTION, True)
    return view


def always_admitted(view: View) -> View:
    """Mark an endpoint that is exempt from the rate limit and the queue.

    Endpoints that report the service's state must answer even under overload.
    """
    setattr(view, _IS_ALWAYS_ADMITTED, True)
    return view


class Gate:
    """A bounded queue in front of a limited number of concurrent requests; thread-safe.

    At most ``max_concurrent`` requests are in progress, and at most ``max_waiting`` more wait.
    """

    def __init__(self, *, max_concurrent: int, max_waiting: int) -> None:
        self._admitted = threading.Semaphore(max_concurrent + max_waiting)
        self._in_progress = threading.Semaphore(max_concurrent)

    def enter(self, *, timeout_s: float) -> None:
        """Wait until the caller's request may begin; call :meth:`leave` when it has ended.

        :raises OverloadedError: if the queue is full, or if the request cannot begin within
            ``timeout_s`` seconds. Do not call :meth:`leave` then.
        """
        if not self._admitted.acquire(blocking=False):
            raise OverloadedError("full", "too many requests are waiting; retry in a moment")
        if not self._in_progress.acquire(timeout=max(0.0, timeout_s)):
            self._admitted.release()
            raise OverloadedError(
                "late", "the request waited too long in the queue; retry in a moment"
            )

    def leave(self) -> None:
        """End a request that has begun, so that a waiting request can begin."""
        self._in_progress.release()
        self._admitted.release()


class RateLimit:
    """A limit of ``max_requests`` for each client address within any minute.

    Each process counts only the requests that it receives itself.
    """

    def __init__(self, max_requests: int) -> None:
        self._limit = RateLimitItemPerMinute(max_requests)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, address: str) -> None:
        """Count a request from ``address``.

        :raises OverloadedError: if the request exceeds the limit; it is then not counted.
        """
        if not self._limiter.hit(self._limit, address):
            reset_at = self._limiter.get_window_stats(self._limit, address).reset_time
            retry_after_s = ceil(max(1.0, reset_at - time()))
            raise OverloadedError(
                "rate",
                f"this address made {self._limit.amount} requests within a minute; "
                f"retry in {retry_after_s} s",
                retry_after_s,
            )
