"""A batch as a worker leases it, its state, and its documents in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from ingest.feeds import Row
from ingest.runs.batch import Batch, read_row, write_rejected, write_row
from ingest.runs.outcomes import Origin, Outcome, OutcomeCounts

MAX_DELIVERIES = 7  # 2 of the whole batch, 2 for each of two rows that kill a worker, 1 to finish
_WHOLE_DELIVERIES = 2
QUEUED, LEASED, DONE = "queued", "leased", "done"
STATE_FIELDS = ("batch", "state", "attempts", "lease_s")
_FINAL_FIELDS = (
    *("kind", "run", "read_in_run", "batch", "first_row", "size", "index", "source"),
    *("attempts", "worker", "queued_at", "started_at", "rejected"),
)


@dataclass(frozen=True)
class LeasedBatch:
    """A batch that this worker has leased.

    ``origin`` is the feed and the run in which the rows were first read; if the rows are replayed,
    that run is older than ``run``. ``deliveries`` is how often the batch has been leased, this
    lease included.
    """

    run: int
    number: int
    origin: Origin
    rows: tuple[Row, ...]
    unlisted: tuple[str, ...]
    deliveries: int
    document: Mapping[str, Any]
    seq_no: int
    primary_term: int

    @property
    def is_suspicious(self) -> bool:
        """Whether the batch was leased repeatedly, but not finished: a row may kill workers."""
        return self.deliveries > _WHOLE_DELIVERIES

    @property
    def suspects(self) -> frozenset[int]:
        """The numbers of rows at which two or more workers died; one death may be a coincidence."""
        deaths = Counter(self.document.get("suspects", ()))
        return frozenset(row for row, count in deaths.items() if count > 1)

    @property
    def has_killed_workers(self) -> bool:
        """Whether the batch is not retried: it was leased too often without being finished."""
        return self.deliveries > MAX_DELIVERIES


@dataclass(frozen=True)
class StoredBatch:
    """What the ledger has of a batch: the number of its first rows, and its state."""

    size: int
    state: str


@dataclass(frozen=True)
class BatchState:
    """The state of a batch, and how often a worker has leased it.

    ``version`` is the sequence number and the primary term of the document; it changes whenever a
    worker leases the batch or renews its lease. ``lease_s`` is the duration of the last lease, or
    ``None`` if there is none.
    """

    number: int
    state: str
    deliveries: int
    version: tuple[int, int]
    lease_s: float | None = None


class BatchResult(Protocol):
    """The interface of the result of a batch."""

    def tally(self) -> Mapping[Outcome, int]:
        """Return the number of rows or products per outcome."""

    def notes(self) -> dict[str, Any]:
        """Return what the ledger stores besides the counts."""


def queued_document(index: str, origin: Origin, batch: Batch) -> dict[str, Any]:
    """Return the document of a batch to process; a batch of rejected rows alone is done."""
    document = {
        "kind": "batch",
        "run": origin.run,
        "read_in_run": batch.read_in_run or origin.run,
        "batch": batch.number,
        "first_row": batch.first_row,
        "size": batch.size,
        "index": index,
        "source": origin.source,
        "updates_position": origin.updates_position,
        "state": QUEUED if batch.rows or batch.unlisted else DONE,
        "attempts": 0,
        "queued_at": now(),
        "rejected": [write_rejected(row) for row in batch.rejected],
    }
    if batch.rows:
        document["rows"] = [write_row(row) for row in batch.rows]
    elif batch.unlisted:
        document["unlisted"] = list(batch.unlisted)
    else:
        document["counts"] = OutcomeCounts(rejected=len(batch.rejected)).to_json()
        document["finished_at"] = now()
    return document


def leased_batch(document: Mapping[str, Any], version: Mapping[str, Any]) -> LeasedBatch:
    """Return the batch of a document that was leased; ``version`` is the answer to the lease."""
    origin = Origin(document["source"], document["read_in_run"], document["updates_position"])
    return LeasedBatch(
        run=document["run"],
        number=document["batch"],
        origin=origin,
        rows=tuple(read_row(row) for row in document.get("rows", ())),
        unlisted=tuple(document.get("unlisted", ())),
        deliveries=document["attempts"],
        document=document,
        seq_no=version["_seq_no"],
        primary_term=version["_primary_term"],
    )


def final_document(batch: LeasedBatch, result: BatchResult) -> dict[str, Any]:
    """Return the document of a finished batch; of the rows it has only the rejected and failed."""
    outcomes = {**result.tally(), Outcome.REJECTED: len(batch.document["rejected"])}
    return {
        **{name: batch.document[name] for name in _FINAL_FIELDS},
        "state": DONE,
        "finished_at": now(),
        "counts": OutcomeCounts.of(outcomes).to_json(),
        **result.notes(),
    }


def without_failed_products(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a final document in which each failed row has no more of its product than the id."""
    failed = [
        {**row, "product": {"id": row["product"]["id"]}} for row in document.get("failed", ())
    ]
    return {**document, "failed": failed}


def batch_state(hit: Mapping[str, Any]) -> BatchState:
    """Return the state of a batch from a hit with :data:`STATE_FIELDS` and the version."""
    fields = hit["fields"]
    return BatchState(
        number=fields["batch"][0],
        state=fields["state"][0],
        deliveries=fields["attempts"][0],
        version=(hit["_seq_no"], hit["_primary_term"]),
        lease_s=next(iter(fields.get("lease_s", ())), None),
    )


def now() -> str:
    """Return the time of this host in ISO 8601, for people: no decision depends on it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
