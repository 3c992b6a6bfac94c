"""The observer to which a search reports the events of the query model, for metrics."""

from __future__ import annotations

from typing import Literal

NoAnswerReason = Literal["failed", "late", "circuit_open"]
"""Why the model gave no answer: it raised, it was too slow, or its circuit breaker is open."""


class Observer:
    """Ignores all events of the query model; subclasses count them.

    Many threads call the methods, so the methods of a subclass must neither raise nor block.
    """

    def codes_looked_up(self, *, cached: bool) -> None:
        """Record a lookup of a query's codes, and whether they were cached or precomputed."""

    def batch_decoded(self, queries: int) -> None:
        """Record that the model has decoded a batch, and the number of its ``queries``."""

    def model_unanswered(self, reason: NoAnswerReason) -> None:
        """Record that a search continues without the model, and why."""

    def circuit_breaker_changed(self, *, is_open: bool) -> None:
        """Record the new state of the model's circuit breaker."""
