"""The batches of the ledger: the rows of queued batches and the counts of finished ones.

A batch document has the id ``<run>-<batch>``. It contains the rows until the batch is done, so that
any worker can process them again. Then it is overwritten: it contains the counts, and of the rows
only those that are not in the index. The totals of a run are sums over its batches, so no counter
is ever incremented. Ids of products that a full feed no longer lists form batches too, numbered
after those of the rows.

A worker leases a batch before it processes it: until the lease expires, no other worker
processes the batch.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import LEDGER
from ingest.feeds import Row
from ingest.runs.batch import Batch, read_row, write_rejected, write_row
from ingest.runs.outcomes import Origin, Outcome, OutcomeCounts

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 7  # 2 of the whole batch, 2 for each of two rows that kill a worker, 1 to finish
_WHOLE_DELIVERIES = 2
QUEUED, LEASED, DONE = "queued", "leased", "done"
_STATE_FIELDS = ("batch", "state", "attempts", "lease_until")
_FINAL_FIELDS = (
    *("kind", "run", "read_in_run", "batch", "index", "source"),
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
class BatchState:
    """The state of a batch, how often a worker has leased it, and the end of its last lease."""

    number: int
    state: str
    deliveries: int
    lease_until: str | None = None


class BatchResult(Protocol):
    """The interface of the result of a batch."""

    def tally(self) -> Mapping[Outcome, int]:
        """Return the number of rows or products per outcome."""

    def notes(self) -> dict[str, Any]:
        """Return what the ledger stores besides the counts."""


class BatchStore:
    """Reads and writes the batches of one index's runs in the ledger.

    :param lease_s: the seconds after which a lease expires unless the worker renews it.
    :param worker: the name of this worker; by default :func:`worker_name`.
    """

    def __init__(
        self, client: Elasticsearch, index: str, *, lease_s: float, worker: str | None = None
    ) -> None:
        self._client = client
        self._index = index
        self._lease_duration = timedelta(seconds=lease_s)
        self._worker = worker or worker_name()

    def add(self, origin: Origin, batch: Batch) -> str:
        """Write a batch unless the ledger has it already, and return its state.

        A batch whose rows are all rejected is done immediately.
        """
        document = {
            "kind": "batch",
            "run": origin.run,
            "read_in_run": batch.read_in_run or origin.run,
            "batch": batch.number,
            "index": self._index,
            "source": origin.source,
            "updates_position": origin.updates_position,
            "state": QUEUED if batch.rows or batch.unlisted else DONE,
            "attempts": 0,
            "queued_at": _now(),
            "rejected": [write_rejected(row) for row in batch.rejected],
        }
        if batch.rows:
            document["rows"] = [write_row(row) for row in batch.rows]
        elif batch.unlisted:
            document["unlisted"] = list(batch.unlisted)
        else:
            document["counts"] = OutcomeCounts(rejected=len(batch.rejected)).to_json()
            document["finished_at"] = _now()
        batch_id = _id(origin.run, batch.number)
        with cluster_errors(f"write the batch {batch_id} to the ledger"):
            try:
                self._client.create(index=LEDGER, id=batch_id, document=document)
            except ConflictError:
                return str(self._get(batch_id, "state")["_source"]["state"])
        return str(document["state"])

    def delete_batches_from(self, run: int, number: int) -> None:
        """Delete the batches of a run from ``number`` on, which must not have been sent."""
        client = self._client.options(ignore_status=404)
        with cluster_errors(f"delete the batches from {_id(run, number)} on from the ledger"):
            while client.delete(index=LEDGER, id=_id(run, number))["result"] == "deleted":
                number += 1

    def lease(self, run: int, number: int) -> LeasedBatch | None:
        """Lease a batch to this worker and return it, or ``None`` if there is nothing to do.

        There is nothing to do if the batch is done, if another worker has the lease, or if the
        ledger does not have the batch.
        """
        with cluster_errors(f"lease batch {number} of run {run} in the ledger"):
            try:
                response = self._client.get(index=LEDGER, id=_id(run, number))
            except NotFoundError:
                logger.warning("batch %d-%d is not in the ledger of this cluster", run, number)
                return None
            document = response["_source"]
            if document["state"] == DONE or _is_leased(document):
                return None
            in_progress = document.get("rows_in_progress", ())
            lease_fields: dict[str, Any] = {
                "state": LEASED,
                "suspects": [*document.get("suspects", ()), *in_progress],
                "rows_in_progress": [],
                "attempts": document["attempts"] + 1,
                "worker": self._worker,
                "started_at": _now(),
                "lease_until": self._lease_end(),
            }
            version = self._write_lease(response.body, lease_fields)
            if version is None:
                return None  # another worker was faster
        read_in_run = document["read_in_run"]
        return LeasedBatch(
            run=run,
            number=number,
            origin=Origin(document["source"], read_in_run, document["updates_position"]),
            rows=tuple(read_row(row) for row in document.get("rows", ())),
            unlisted=tuple(document.get("unlisted", ())),
            deliveries=lease_fields["attempts"],
            document={**document, **lease_fields},
            seq_no=version["_seq_no"],
            primary_term=version["_primary_term"],
        )

    def _write_lease(
        self, read: Mapping[str, Any], lease_fields: dict[str, Any]
    ) -> Mapping[str, Any] | None:
        """Write a lease; return the new version, or ``None`` if another writer was faster."""
        try:
            response = self._update(read["_id"], lease_fields, version=read)
        except ConflictError:
            # The response may have been lost, and the client's own retry then conflicts with the
            # first write: the lease is ours if these fields are.
            names = ("worker", "lease_until")
            response = self._get(read["_id"], *names)
            if response["_source"] != {name: lease_fields[name] for name in names}:
                return None
        return response

    def record_row_in_progress(self, batch: LeasedBatch, row: int) -> None:
        """Record which row of a suspicious batch is processed next."""
        batch_id = _id(batch.run, batch.number)
        with cluster_errors(f"record in the ledger that row {row} of {batch_id} is processed"):
            self._client.update(
                index=LEDGER, id=batch_id, doc={"rows_in_progress": [row]}, retry_on_conflict=3
            )

    def renew_lease(self, batch: LeasedBatch) -> None:
        """Renew the lease of a batch if this worker still has it."""
        batch_id = _id(batch.run, batch.number)
        with cluster_errors(f"renew the lease of {batch_id}"):
            self._change_leased(batch_id, lambda _: {"lease_until": self._lease_end()})

    def release(self, run: int, number: int) -> None:
        """Return a batch to the queue if this worker still has its lease.

        The lease then does not count as an attempt.
        """
        batch_id = _id(run, number)
        with cluster_errors(f"release {batch_id}"):
            self._change_leased(
                batch_id,
                lambda document: {
                    "state": QUEUED,
                    "attempts": document["attempts"] - 1,
                    "lease_until": None,
                    "rows_in_progress": [],
                },
            )

    def _change_leased(
        self, batch_id: str, change: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> None:
        """Update a batch if this worker has its lease; after a concurrent write, change nothing."""
        response = self._get(batch_id, "state", "worker", "attempts")
        document = response["_source"]
        if (document["state"], document.get("worker")) != (LEASED, self._worker):
            return
        self._update(batch_id, change(document), version=response, ignore_conflict=True)

    def _get(self, batch_id: str, *fields: str) -> Mapping[str, Any]:
        response = self._client.get(index=LEDGER, id=batch_id, source_includes=list(fields))
        return dict(response)

    def _update(
        self,
        batch_id: str,
        fields: dict[str, Any],
        *,
        version: Mapping[str, Any],
        ignore_conflict: bool = False,
    ) -> Mapping[str, Any]:
        """Update a batch unless it has changed since the document ``version`` was read.

        :raises ConflictError: if the batch has changed and ``ignore_conflict`` is false.
        """
        client = self._client.options(ignore_status=409) if ignore_conflict else self._client
        response = client.update(
            index=LEDGER,
            id=batch_id,
            doc=fields,
            if_seq_no=version["_seq_no"],
            if_primary_term=version["_primary_term"],
        )
        return dict(response)

    def _lease_end(self) -> str:
        return (datetime.now(UTC) + self._lease_duration).isoformat()

    def finish(self, batch: LeasedBatch, result: BatchResult) -> OutcomeCounts:
        """Overwrite a batch with its result, and return the counts of this result.

        If two workers processed the batch, the ledger keeps the result of the first to finish.
        """
        document = _final_document(batch, result)
        batch_id = _id(batch.run, batch.number)
        seq_no, primary_term = batch.seq_no, batch.primary_term
        with cluster_errors(f"close {batch_id} in the ledger"):
            while True:
                try:
                    self._client.index(
                        index=LEDGER,
                        id=batch_id,
                        document=document,
                        if_seq_no=seq_no,
                        if_primary_term=primary_term,
                    )
                except ConflictError:
                    response = self._get(batch_id, "state")
                    if response["_source"]["state"] == DONE:
                        break
                    # The lease was renewed; or it expired and another worker leased the batch,
                    # but this one finished it first.
                    seq_no, primary_term = response["_seq_no"], response["_primary_term"]
                else:
                    break
        return OutcomeCounts(**{outcome: document["counts"][outcome] for outcome in Outcome})

    def states(self, run: int, numbers: Collection[int]) -> list[BatchState]:
        """Return the states of these batches; omit a batch that the ledger does not have."""
        query = {"bool": {"filter": [{"term": {"run": run}}, {"terms": {"batch": list(numbers)}}]}}
        with cluster_errors(f"read the batches of run {run} from the ledger"):
            self._client.indices.refresh(index=LEDGER)
            response = self._client.search(
                index=LEDGER,
                query=query,
                size=len(numbers),
                source=False,
                docvalue_fields=[{"field": name} for name in _STATE_FIELDS],
            )
        return [_batch_state(hit["fields"]) for hit in response["hits"]["hits"]]

    def open_batches(self) -> list[tuple[int, int]]:
        """Return run and number of the 1,000 oldest batches that are not done, the oldest first.

        A batch that was queued more than a week ago counts as lost and is omitted.
        """
        conditions = [
            {"term": {"index": self._index}},
            {"terms": {"state": [QUEUED, LEASED]}},
            {"range": {"queued_at": {"gte": "now-7d"}}},
        ]
        with cluster_errors("read the open batches from the ledger"):
            response = self._client.search(
                index=LEDGER,
                query={"bool": {"filter": conditions}},
                sort=[{"run": "asc"}, {"batch": "asc"}],
                size=1_000,
                source=False,
            )
        return [(hit["sort"][0], hit["sort"][1]) for hit in response["hits"]["hits"]]


def worker_name() -> str:
    """Return the name of this process as a worker: its host and its process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _final_document(batch: LeasedBatch, result: BatchResult) -> dict[str, Any]:
    """Return the document of a finished batch; of the rows it has only the rejected and failed."""
    outcomes = {**result.tally(), Outcome.REJECTED: len(batch.document["rejected"])}
    return {
        **{name: batch.document[name] for name in _FINAL_FIELDS},
        "state": DONE,
        "finished_at": _now(),
        "counts": OutcomeCounts.of(outcomes).to_json(),
        **result.notes(),
    }


def _batch_state(fields: Mapping[str, Any]) -> BatchState:
    return BatchState(
        number=fields["batch"][0],
        state=fields["state"][0],
        deliveries=fields["attempts"][0],
        lease_until=next(iter(fields.get("lease_until", ())), None),
    )


def _is_leased(document: Mapping[str, Any]) -> bool:
    until = document.get("lease_until")
    if document["state"] != LEASED or until is None:
        return False
    return datetime.fromisoformat(until) > datetime.now(UTC)


def _id(run: int, number: int) -> str:
    return f"{run}-{number}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
