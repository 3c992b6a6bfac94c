"""The observer to which searches report the events of the query model, such as failures."""

from __future__ import annotations

from typing import Literal

NoAnswerReason = Literal["failed", "late", "circuit_open"]
"""Why the model gave no answer: it raised, it was too slow, or its circuit breaker is open."""


class Observer:
    """The base class of observers: it ignores every event of the query model.

    Subclasses count the events for metrics.

    Many threads call the methods, so the methods of a subclass must neither raise nor block.
    """

    def codes_looked_up(self, *, cached: bool) -> None:
        """Record a lookup of codes; ``cached`` is true if the codes were cached or precomputed."""

    def batch_answered(self, queries: int) -> None:
        """Record that the model has answered a batch; ``queries`` is the number of its queries."""

    def model_unanswered(self, reason: NoAnswerReason) -> None:
        """Record that a search continues without the model's answer, and the ``reason``."""

    def circuit_breaker_changed(self, *, is_open: bool) -> None:
        """Record the new state of the model's circuit breaker."""
