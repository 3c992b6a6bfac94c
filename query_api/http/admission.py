"""Refuse early what could only be answered late: a bounded queue before any work begins.

A request that waits longer than it may has used up the budget that its search would need, so that
under overload all would be late. Those that find the queue full are told to come back instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, current_app, g, request

from gram_es.retrieval.deadline import Deadline
from query_api.http.gate import Gate
from query_api.http.options import Options
from query_api.http.rates import Rate

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
