"""The worker's part of deletes: products that a full feed no longer lists leave the index."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from gram_es.errors import ClusterUnavailableError
from ingest.runs.outcomes import Fate
from ingest.worker.decisions import decide_unlisted
from ingest.worker.pipeline import Origin
from ingest.worker.product_store import Catalogue

_ROUNDS = 6
_FIRST_PAUSE_S = 0.5  # doubles with each round: 15 s in all


@dataclass(frozen=True)
class Deletion:
    """What became of each product, by its id; ``reasons`` are those of Elasticsearch's refusals."""

    fates: Mapping[str, Fate]
    reasons: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def all_kept(cls, ids: Collection[str]) -> Deletion:
        """Return the outcome of a batch that a newer run has outdated."""
        return cls(dict.fromkeys(ids, Fate.KEPT))

    @classmethod
    def all_undeleted(cls, ids: Collection[str], reason: str) -> Deletion:
        """Return the outcome of a batch that could not be worked on as a whole."""
        return cls(dict.fromkeys(ids, Fate.UNDELETED), dict.fromkeys(ids, reason))

    def tally(self) -> Counter[Fate]:
        """Return how many products met which fate."""
        return Counter(self.fates.values())

    def notes(self) -> dict[str, Any]:
        """Return the ids under their fate, with the reason where there is one."""
        notes: dict[str, Any] = {}
        for product_id, fate in self.fates.items():
            note: dict[str, Any] = {"product": {"id": product_id}}
            if product_id in self.reasons:
                note["reason"] = self.reasons[product_id]
            notes.setdefault(fate.value, []).append(note)
        return notes


def delete_unlisted(
    catalogue: Catalogue,
    ids: Collection[str],
    origin: Origin,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Deletion:
    """Delete the products that still are as ``origin``'s run found them: its source's, and older.

    Running it twice is the same as once. A product that somebody writes at the same time is looked
    at again.

    :raises ClusterUnavailableError: if Elasticsearch asks to be left alone beyond all patience.
    """
    fates: dict[str, Fate] = {}
    reasons: dict[str, str] = {}
    pending = list(ids)
    for attempt in range(_ROUNDS):
        if attempt:
            pause(_FIRST_PAUSE_S * 2 ** (attempt - 1))
        known = catalogue.read(pending)
        for product_id in pending:
            fates[product_id] = decide_unlisted(
                known.get(product_id), source=origin.source, run=origin.run
            )
        doomed = [i for i in pending if i in known and fates[i] is Fate.DELETED]
        pending, busy = [], ""
        for written in catalogue.write(catalogue.delete(i, known[i]) for i in doomed):
            if written.is_conflict or written.may_be_retried:
                pending.append(written.product_id)
                busy = written.error if written.may_be_retried else busy
            elif written.error:
                fates[written.product_id] = Fate.UNDELETED
                reasons[written.product_id] = written.error
        if not pending:
            break
    if busy:
        raise ClusterUnavailableError(
            f"cannot delete {len(pending)} products ({', '.join(pending[:5])}, ...):"
            f" Elasticsearch asks to be left alone ({busy})"
        )
    return Deletion({**fates, **dict.fromkeys(pending, Fate.KEPT)}, reasons)
