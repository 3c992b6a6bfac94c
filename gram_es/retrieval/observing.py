"""What happens around the model, told to whoever counts it."""

from __future__ import annotations

from typing import Literal

Silence = Literal["failed", "late", "resting"]
"""Why the model gave no answer: it raised, it took too long, or it was left alone."""


class Observer:
    """Counts nothing; heirs do. Called from many threads, they must neither raise nor wait."""

    def looked_up(self, *, hit: bool) -> None:
        """Learn that a query's codes were looked for among those that are kept."""

    def decoded(self, queries: int) -> None:
        """Learn that so many queries went through the model together."""

    def unanswered(self, why: Silence) -> None:
        """Learn that a search goes on without the model."""

    def resting(self, resting: bool) -> None:
        """Learn that the model is left alone from now on, or no longer."""
