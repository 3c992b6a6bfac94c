"""Admit requests: a rate limit for each address, then a bounded queue.

A request that has waited too long no longer has enough of its budget left for its search. If all
requests were queued under overload, all of them would be late. So a request that finds the queue
full is rejected at once, before any work begins.
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
from gram_es.retrieval.deadline import Deadline
from query_api.http.options import Options

MAX_CONCURRENT_INSPECTIONS: Final = 2
MAX_WAITING_INSPECTIONS: Final = 2
_INSPECTION_DEADLINE_MS: Final = 10_000.0
_QUEUE_SHARE: Final = 0.25  # of a request's budget; the rest is for the search itself
_MAX_QUEUE_S: Final = 60.0
_IS_INSPECTION: Final = "is_inspection"
_IS_ALWAYS_ADMITTED: Final = "is_always_admitted"

View = TypeVar("View", bound=Callable[..., Any])


class OverloadedError(GramError):
    """A request was rejected because of too many others.

    ``reason`` is ``full`` (the queue), ``late`` (in the queue) or ``rate`` (of one address). The
    client should retry after ``retry_after_s`` seconds.
    """

    retryable = True

    def __init__(self, reason: str, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[type[OverloadedError], tuple[str, str, int]]:
        return (type(self), (self.reason, str(self), self.retry_after_s))


def register(app: Flask, options: Options) -> None:
    """Give every request of ``app`` a deadline, and make it pass the rate limit and the queue."""
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
    """Mark an endpoint that may read the whole index and that few people use.

    It gets a deadline of at least ten seconds and a queue of its own, so that it does not delay
    shoppers' searches.
    """
    setattr(view, _IS_INSPECTION, True)
    return view


def always_admitted(view: View) -> View:
    """Mark an endpoint that answers under overload too, because it reports the service's state."""
    setattr(view, _IS_ALWAYS_ADMITTED, True)
    return view


class Gate:
    """A bounded queue; safe for many threads.

    ``max_concurrent`` requests are in progress and ``max_waiting`` more wait.
    """

    def __init__(self, *, max_concurrent: int, max_waiting: int) -> None:
        self._admitted = threading.Semaphore(max_concurrent + max_waiting)
        self._in_progress = threading.Semaphore(max_concurrent)

    def enter(self, *, timeout_s: float) -> None:
        """Wait until the caller may begin; call :meth:`leave` afterwards.

        :raises OverloadedError: if the queue is full, or after ``timeout_s`` in the queue.
        """
        if not self._admitted.acquire(blocking=False):
            raise OverloadedError("full", "too many requests are waiting; retry in a moment")
        if not self._in_progress.acquire(timeout=max(0.0, timeout_s)):
            self._admitted.release()
            raise OverloadedError(
                "late", "the request waited too long in the queue; retry in a moment"
            )

    def leave(self) -> None:
        """Let the next request begin."""
        self._in_progress.release()
        self._admitted.release()


class RateLimit:
    """At most ``max_requests`` of one address in any minute, counted by each process."""

    def __init__(self, max_requests: int) -> None:
        self._limit = RateLimitItemPerMinute(max_requests)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, address: str) -> None:
        """Count a request of ``address``.

        :raises OverloadedError: if it exceeds the limit; a rejected request is not counted.
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
