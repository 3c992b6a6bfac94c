"""Admit or reject requests: a rate limit for each client, then a bounded queue.

Searches, inspections, changes of overrides and probes have queues of their own: the requests of one
kind cannot keep those of another kind from being answered. A request is complete, with its body,
before it enters a queue.

Waiting in the queue uses up a request's time budget. If all requests were queued under overload,
none would have enough time left for its search. A request that arrives while the queue is full is
therefore rejected at once, before any work on it begins.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from time import time
from typing import Any, Final, TypeVar, cast

from flask import Flask, current_app, g, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from gram_es.errors import GramError
from gram_es.retrieval.context import Deadline
from query_api.http.addresses import client_network
from query_api.http.options import Options


@dataclass(frozen=True, slots=True)
class _Queue:
    """The size of a queue; its requests have a time budget of at least ``min_deadline_ms``."""

    max_concurrent: int
    max_waiting: int
    min_deadline_ms: float = 0.0


_QUEUES: Final = {
    "inspections": _Queue(2, 2, min_deadline_ms=10_000.0),
    "changes": _Queue(4, 8, min_deadline_ms=10_000.0),
    "probes": _Queue(2, 2),
}
OTHER_THREADS: Final = sum(queue.max_concurrent + queue.max_waiting for queue in _QUEUES.values())
"""The threads that a process needs for the requests that are no searches."""

_QUEUE_SHARE: Final = 0.25  # of the time budget may be spent waiting; the rest is for the search
_MAX_QUEUE_S: Final = 60.0
_QUEUE_NAME: Final = "queue_name"
_SEARCHES: Final = "searches"
_NOT_QUEUED: Final = "not queued"
_RATE_LIMIT: Final = "gram-es-rate-limit"
_NOT_RATE_LIMITED: Final = ("probes", _NOT_QUEUED)

View = TypeVar("View", bound=Callable[..., Any])


class OverloadedError(GramError):
    """The service rejected a request because it received too many requests.

    ``reason`` is ``full`` if the queue was full, ``late`` if the request waited too long in the
    queue, ``rate`` if the client exceeded the rate limit, and ``attempts`` if it sent too many
    wrong tokens. The client should retry after ``retry_after_s`` seconds.
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
    queues = {_SEARCHES: _Queue(options.max_concurrent, options.max_waiting), **_QUEUES}
    gates = {name: Gate(queue.max_concurrent, queue.max_waiting) for name, queue in queues.items()}
    limit = options.max_requests_per_minute
    rate_limit = RateLimit(limit) if limit else None
    app.extensions[_RATE_LIMIT] = rate_limit

    @app.before_request
    def _enter() -> None:
        name = _queue_name()
        g.deadline = _deadline(queues, name, options.deadline_ms)
        if rate_limit is not None and name not in _NOT_RATE_LIMITED:
            rate_limit.admit(request.remote_addr or "")
        gate = gates.get(name)
        if gate is not None:
            gate.enter(timeout_s=min(_MAX_QUEUE_S, g.deadline.left_ms(_QUEUE_SHARE) / 1_000))
            g.gate = gate

    @app.teardown_request
    def _leave(_: BaseException | None) -> None:
        gate: Gate | None = g.pop("gate", None)
        if gate is not None:
            gate.leave()


def admit_searches(searches: int) -> None:
    """Count each search of the current request as a request; the first one is counted already.

    :raises OverloadedError: if the searches exceed the rate limit.
    """
    rate_limit = cast(RateLimit | None, current_app.extensions[_RATE_LIMIT])
    if rate_limit is not None and searches > 1:
        rate_limit.admit_more(request.remote_addr or "", searches - 1)


def _queue_name() -> str:
    """Return the name of the queue of the current request's endpoint."""
    # a static file, no endpoint, or a browser's question whether a page may send a request
    if request.blueprint is None or request.method == "OPTIONS":
        return _NOT_QUEUED
    view = current_app.view_functions.get(request.endpoint or "")
    return str(getattr(view, _QUEUE_NAME, _SEARCHES))


def _deadline(queues: Mapping[str, _Queue], name: str, deadline_ms: float) -> Deadline:
    min_ms = queues[name].min_deadline_ms if name in queues else 0.0
    return Deadline(max(deadline_ms, min_ms))


def inspection_endpoint(view: View) -> View:
    """Mark an endpoint as an inspection: few people use it, but it may read the whole index.

    Inspections have a deadline of at least ten seconds. They have a queue of their own, so that
    they do not delay shoppers' searches.
    """
    setattr(view, _QUEUE_NAME, "inspections")
    return view


def change_endpoint(view: View) -> View:
    """Mark an endpoint that reads or changes overrides, which takes a token.

    Whoever has no token can thus take no place from a search.
    """
    setattr(view, _QUEUE_NAME, "changes")
    return view


def probe_endpoint(view: View) -> View:
    """Mark an endpoint that reports the service's state: it is exempt from the rate limit.

    Probes answer also while the searches' queue is full.
    """
    setattr(view, _QUEUE_NAME, "probes")
    return view


def always_admitted(view: View) -> View:
    """Mark an endpoint that is exempt from the rate limit and the queues; it must not wait."""
    setattr(view, _QUEUE_NAME, _NOT_QUEUED)
    return view


class Gate:
    """A bounded queue in front of a limited number of concurrent requests; thread-safe.

    At most ``max_concurrent`` requests are in progress, and at most ``max_waiting`` more wait.
    """

    def __init__(self, max_concurrent: int, max_waiting: int) -> None:
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
    """A limit of ``max_requests`` for each client within any minute.

    A client is an IPv4 address, or all addresses of an IPv6 network that a provider assigns to one
    customer. Each process counts only the requests that it receives itself.
    """

    def __init__(self, max_requests: int) -> None:
        self._limit = RateLimitItemPerMinute(max_requests)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, address: str) -> None:
        """Count a request from ``address``.

        :raises OverloadedError: if it exceeds the limit; it is then not counted.
        """
        self._count(address, 1)

    def admit_more(self, address: str, requests: int) -> None:
        """Count further requests from ``address``; the limit admits one that is all of it.

        :raises OverloadedError: as :meth:`admit`.
        """
        more = min(requests, self._limit.amount - 1)
        if more:
            self._count(address, more)

    def _count(self, address: str, requests: int) -> None:
        client = client_network(address)
        if not self._limiter.hit(self._limit, client, cost=requests):
            reset_at = self._limiter.get_window_stats(self._limit, client).reset_time
            retry_after_s = ceil(max(1.0, reset_at - time()))
            raise OverloadedError(
                "rate",
                f"this address made {self._limit.amount} requests within a minute; "
                f"retry in {retry_after_s} s",
                retry_after_s,
            )
