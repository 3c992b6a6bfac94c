"""Refuse early what could only be answered late: a bounded queue before any work begins.

A request that waits longer than it may has used up the budget that its search would need, so that
under overload all would be late. Those that find the queue full are told to come back instead.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, g, request

from gram_es.retrieval.deadline import Deadline
from query_api.gate import Gate
from query_api.options import Options
from query_api.rates import Rate

_ADMITTED_BY: Final = 0.25  # the share of a request's budget that it may spend waiting
_LONGEST_S: Final = 60.0
_ALWAYS: Final = frozenset({None, "ops"})  # what shows the state of the service must get through
# What looks into the whole index, for few people, who may wait; shoppers do not wait for it.
_INSPECTING: Final = frozenset({"pages.missing", "search.missing"})
_INSPECTED_WITHIN_MS: Final = 10_000.0
INSPECTIONS_AT_ONCE: Final = 2
INSPECTIONS_WAITING: Final = 2


def register(app: Flask, options: Options) -> None:
    """Give every request of ``app`` its deadline and its turn."""
    gate = Gate(at_once=options.at_once, waiting=options.waiting)
    inspections = Gate(at_once=INSPECTIONS_AT_ONCE, waiting=INSPECTIONS_WAITING)
    rate = Rate(options.rate) if options.rate else None

    @app.before_request
    def _enter() -> None:
        inspects = request.blueprint == "inspecting" or request.endpoint in _INSPECTING
        least_ms = _INSPECTED_WITHIN_MS if inspects else 0.0
        g.deadline = Deadline(max(options.deadline_ms, least_ms))
        if request.blueprint in _ALWAYS:
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
