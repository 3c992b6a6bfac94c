"""How long one search may take, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Final

DECODED_BY: Final = 0.4
"""The share of a budget after which the model's codes are no longer waited for."""
RETRIEVED_BY: Final = 0.8
"""The share after which Elasticsearch answers with what it has."""
RERANKED_BY: Final = 0.9
"""The share after which a rerank is not begun: the products must still be fetched."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A budget of milliseconds, spent since ``began`` (seconds of the monotonic clock).

    The default is no limit at all.
    """

    budget_ms: float = inf
    began: float = field(default_factory=monotonic)

    @property
    def limited(self) -> bool:
        """Tell whether time can run out."""
        return self.budget_ms < inf

    def left_ms(self, share: float = 1.0) -> float:
        """Return the milliseconds until that share of the budget is spent, below 0 afterwards."""
        return share * self.budget_ms - (monotonic() - self.began) * 1_000


UNLIMITED: Final = Deadline()
