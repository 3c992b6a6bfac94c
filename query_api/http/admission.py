"""Refuse early what could only be answered late: a bounded queue before any work begins.

A request that waits longer than it may has used up the budget that its search would need, so that
under overload all would be late. Those that find the queue full are told to come back instead.
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
from query_api.http.context import Options


class OverloadedError(GramError):
    """There is more to do than can be done in time; ``after_s`` is when to ask again."""

    retryable = True

    def __init__(self, why: str, message: str, after_s: int = 1) -> None:
        super().__init__(message)
        self.why = why
        self.after_s = after_s

    def __reduce__(self) -> tuple[type[OverloadedError], tuple[str, str, int]]:
        return (type(self), (self.why, str(self), self.after_s))


class Gate:
    """Lets ``at_once`` in, makes ``waiting`` more wait, and refuses the rest."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._places = threading.Semaphore(at_once + waiting)
        self._desks = threading.Semaphore(at_once)

    def enter(self, *, longest_s: float) -> None:
        """Return when it is the caller's turn; :meth:`leave` must follow.

        :raises OverloadedError: if too many wait already, or after ``longest_s``.
        """
        if not self._places.acquire(blocking=False):
            raise OverloadedError("full", "too many requests wait already; try again in a moment")
        if not self._desks.acquire(timeout=max(0.0, longest_s)):
            self._places.release()
            raise OverloadedError("late", "there was no turn in time; try again in a moment")

    def leave(self) -> None:
        """Let the next one in."""
        self._desks.release()
        self._places.release()


_ADMITTED_BY: Final = 0.25  # the share of a request's budget that it may spend waiting
_LONGEST_S: Final = 60.0
_INSPECTION: Final = "is_inspection"
_ALWAYS_ADMITTED: Final = "is_always_admitted"
_INSPECTED_WITHIN_MS: Final = 10_000.0
INSPECTIONS_AT_ONCE: Final = 2
INSPECTIONS_WAITING: Final = 2

View = TypeVar("View", bound=Callable[..., Any])


def inspection_endpoint(view: View) -> View:
    """Give the endpoint a longer deadline and a queue apart from the searches of shoppers.

    For what reads the whole index, on behalf of few people, who may wait.
    """
    setattr(view, _INSPECTION, True)
    return view


def always_admitted(view: View) -> View:
    """Let every request for the endpoint through: it shows the state of an overloaded service."""
    setattr(view, _ALWAYS_ADMITTED, True)
    return view


def register(app: Flask, options: Options) -> None:
    """Give every request of ``app`` its deadline and its turn."""
    gate = Gate(at_once=options.at_once, waiting=options.waiting)
    inspections = Gate(at_once=INSPECTIONS_AT_ONCE, waiting=INSPECTIONS_WAITING)
    rate = Rate(options.rate) if options.rate else None

    @app.before_request
    def _enter() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        inspects = getattr(view, _INSPECTION, False)
        least_ms = _INSPECTED_WITHIN_MS if inspects else 0.0
        g.deadline = Deadline(max(options.deadline_ms, least_ms))
        if request.blueprint is None or getattr(view, _ALWAYS_ADMITTED, False):
            return
        if rate is not None:
            rate.admit(request.remote_addr or "")
        entered = inspections if inspects else gate
        entered.enter(longest_s=min(_LONGEST_S, g.deadline.left_ms(_ADMITTED_BY) / 1_000))
        g.entered = entered

    @app.teardown_request
    def _leave(_: BaseException | None) -> None:
        entered: Gate | None = g.pop("entered", None)
        if entered is not None:
            entered.leave()


class Rate:
    """At most ``a_minute`` requests of an address in any minute, counted by each process."""

    def __init__(self, a_minute: int) -> None:
        self._most = RateLimitItemPerMinute(a_minute)
        self._seen = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, address: str) -> None:
        """Count a request of ``address``.

        :raises OverloadedError: if it is one too many; it is not counted then.
        """
        if not self._seen.hit(self._most, address):
            after_s = max(1.0, self._seen.get_window_stats(self._most, address).reset_time - time())
            raise OverloadedError(
                "rate",
                f"{self._most.amount} requests a minute were made; try again in a moment",
                after_s=ceil(after_s),
            )
