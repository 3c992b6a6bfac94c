"""The events around the model, for metrics."""

from __future__ import annotations

from typing import Literal

NoAnswerReason = Literal["failed", "late", "circuit_open"]
"""Why the model gave no answer: it raised, it was too slow, or its circuit breaker is open."""


class Observer:
    """Receives the events and ignores them; subclasses count them.

    Many threads call its methods: they must neither raise nor wait.
    """

    def codes_looked_up(self, *, cached: bool) -> None:
        """Receive a lookup of a query's codes, and whether they were in the cache."""

    def batch_decoded(self, queries: int) -> None:
        """Receive the number of queries in a batch that the model has decoded."""

    def model_unanswered(self, reason: NoAnswerReason) -> None:
        """Receive the reason why a search continues without the model."""

    def circuit_breaker_changed(self, *, is_open: bool) -> None:
        """Receive the new state of the model's circuit breaker."""
