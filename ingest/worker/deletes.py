"""The worker's part of deletes: delete products that a full feed no longer lists."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from gram_es.errors import ClusterUnavailableError
from ingest.runs.outcomes import Origin, Outcome
from ingest.worker.decisions import decide_unlisted
from ingest.worker.product_store import ProductStore

_MAX_ROUNDS = 6
_FIRST_RETRY_DELAY_S = 0.5  # doubles with each round: 15 s in all


@dataclass(frozen=True)
class DeletionResult:
    """The result of a batch of deletes: the outcome of each product, by id.

    ``reasons`` gives, by product id, the reason why a deletion failed.
    """

    outcomes: Mapping[str, Outcome]
    reasons: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def all_retained(cls, ids: Collection[str]) -> DeletionResult:
        """Return the result of a batch that deletes nothing, because a newer run replaces it."""
        return cls(dict.fromkeys(ids, Outcome.RETAINED))

    @classmethod
    def all_delete_failed(cls, ids: Collection[str], reason: str) -> DeletionResult:
        """Return the result of a batch that failed as a whole."""
        return cls(dict.fromkeys(ids, Outcome.DELETE_FAILED), dict.fromkeys(ids, reason))

    def tally(self) -> Counter[Outcome]:
        """Return the number of products per outcome."""
        return Counter(self.outcomes.values())

    def notes(self) -> dict[str, Any]:
        """Return, by outcome, the ids of the products and the reasons of failed deletions."""
        notes: dict[str, Any] = {}
        for product_id, outcome in self.outcomes.items():
            note: dict[str, Any] = {"product": {"id": product_id}}
            if product_id in self.reasons:
                note["reason"] = self.reasons[product_id]
            notes.setdefault(outcome.value, []).append(note)
        return notes


def delete_unlisted(
    product_store: ProductStore,
    ids: Collection[str],
    origin: Origin,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> DeletionResult:
    """Delete the products that were last written by the source of ``origin``, in an older run.

    The other products are retained. Deleting twice has the same effect as once. If another writer
    changes a product at the same time, the product is read again, and the decision is repeated.

    :raises ClusterUnavailableError: if Elasticsearch stays overloaded through all rounds.
    """
    outcomes: dict[str, Outcome] = {}
    reasons: dict[str, str] = {}
    pending = list(ids)
    for attempt in range(_MAX_ROUNDS):
        if attempt:
            pause(_FIRST_RETRY_DELAY_S * 2 ** (attempt - 1))
        stored = product_store.read(pending)
        for product_id in pending:
            outcomes[product_id] = decide_unlisted(
                stored.get(product_id), source=origin.source, run=origin.run
            )
        to_delete = [i for i in pending if i in stored and outcomes[i] is Outcome.DELETED]
        pending, last_rejection = [], ""
        for result in product_store.write(product_store.delete(i, stored[i]) for i in to_delete):
            if result.is_conflict or result.is_retryable:
                pending.append(result.product_id)
                last_rejection = result.error if result.is_retryable else last_rejection
            elif result.error:
                outcomes[result.product_id] = Outcome.DELETE_FAILED
                reasons[result.product_id] = result.error
        if not pending:
            break
    if last_rejection:
        raise ClusterUnavailableError(
            f"cannot delete {len(pending)} products ({', '.join(pending[:5])}, ...):"
            f" Elasticsearch is overloaded or takes no writes ({last_rejection})"
        )
    return DeletionResult({**outcomes, **dict.fromkeys(pending, Outcome.RETAINED)}, reasons)
