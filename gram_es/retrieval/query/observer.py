"""The events around the model, for whoever counts them."""

from __future__ import annotations

from typing import Literal

NoAnswerReason = Literal["failed", "late", "circuit_open"]
"""Why the model gave no answer: it raised, it took too long, or its circuit breaker is open."""


class Observer:
    """Ignores every event; subclasses count. Many threads call it: it must not raise or wait."""

    def codes_looked_up(self, *, cached: bool) -> None:
        """Receive the lookup of a query's codes in the cache."""

    def batch_decoded(self, queries: int) -> None:
        """Receive the number of queries that went through the model together."""

    def model_unanswered(self, reason: NoAnswerReason) -> None:
        """Receive why a search goes on without the model."""

    def circuit_breaker_changed(self, *, is_open: bool) -> None:
        """Receive that the circuit breaker of the model opened or closed."""
