"""The time budget of one search, and the shares of the budget after which stages are omitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Final

DECODED_BY: Final = 0.4
"""The share of the budget after which a search continues without the model's codes."""
RETRIEVED_BY: Final = 0.8
"""The share of the budget after which Elasticsearch returns the hits that it has found so far."""
RERANKED_BY: Final = 0.9
"""The share of the budget after which no rerank begins, because the page must still be fetched."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A budget in milliseconds that runs from ``began`` (seconds of the monotonic clock).

    The default budget is unlimited.
    """

    budget_ms: float = inf
    began: float = field(default_factory=monotonic)

    @property
    def limited(self) -> bool:
        """Return whether the budget can run out."""
        return self.budget_ms < inf

    def left_ms(self, share: float = 1.0) -> float:
        """Return the milliseconds until ``share`` of the budget is spent; negative afterwards."""
        return share * self.budget_ms - (monotonic() - self.began) * 1_000


UNLIMITED: Final = Deadline()
