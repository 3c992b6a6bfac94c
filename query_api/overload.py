"""Refuse early what could only be answered late: a bounded queue before any work begins.

A request that waits longer than it may has used up the budget that its search would need, so that
under overload all would be late. Those that find the queue full are told to come back instead.
"""

from __future__ import annotations

import threading
from typing import Final

from flask import Flask, g, request

from gram_es.errors import GramError
from gram_es.retrieval.deadline import Deadline
from query_api.options import Options

_ADMITTED_BY: Final = 0.25  # the share of a request's budget that it may spend waiting
_LONGEST_S: Final = 60.0
_ALWAYS: Final = frozenset({None, "ops"})  # what shows the state of the service must get through


class OverloadedError(GramError):
    """There is more to do than can be done in time."""

    retryable = True

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why

    def __reduce__(self) -> tuple[type[OverloadedError], tuple[str, str]]:
        return (type(self), (self.why, str(self)))


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


def register(app: Flask, options: Options) -> None:
    """Give every request of ``app`` its deadline and its turn."""
    gate = Gate(at_once=options.at_once, waiting=options.waiting)

    @app.before_request
    def _enter() -> None:
        g.deadline = Deadline(options.deadline_ms)
        if request.blueprint not in _ALWAYS:
            gate.enter(longest_s=min(_LONGEST_S, g.deadline.left_ms(_ADMITTED_BY) / 1_000))
            g.admitted = True

    @app.teardown_request
    def _leave(_: BaseException | None) -> None:
        if g.pop("admitted", False):
            gate.leave()
