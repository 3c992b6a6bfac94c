"""The batches of the ledger: the rows of queued batches and the counts of finished ones.

A batch document has the id ``<run>-<batch>``. It contains the rows until the batch is done, so that
any worker can process them again. Then it is overwritten: it contains the counts, and of the rows
only those that are not in the index. The totals of a run are sums over its batches, so no counter
is ever incremented. Ids of products that a full feed no longer lists form batches too, numbered
after those of the rows.

A worker leases a batch before it processes it, and renews the lease while it works. No clock of a
worker decides when a lease ends: whoever follows the batch revokes the lease if its document has
not changed for the duration of the lease, by the follower's own monotonic clock.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Collection, Mapping
from typing import Any

from elasticsearch import ApiError, ConflictError, Elasticsearch, NotFoundError

from gram_es.cluster.client import TOO_LARGE
from gram_es.errors import GramError
from gram_es.index.names import LEDGER
from ingest.runs.batch import Batch
from ingest.runs.batch_document import (
    DONE,
    LEASED,
    QUEUED,
    STATE_FIELDS,
    BatchResult,
    BatchState,
    LeasedBatch,
    StoredBatch,
    batch_state,
    final_document,
    leased_batch,
    now,
    queued_document,
    without_failed_products,
)
from ingest.runs.ledger_errors import LostLedgerError, ledger_errors
from ingest.runs.outcomes import Origin, Outcome, OutcomeCounts

logger = logging.getLogger(__name__)

_ROW_TOO_LARGE = (
    "the row is larger than the server accepts in one request (HTTP 413); shorten it, or raise"
    " http.max_content_length of Elasticsearch and the limit of a proxy in front of it"
)


class LostLeaseError(GramError):
    """Another worker may process the batch: the lease was revoked, or the ledger lost the batch."""


class BatchStore:
    """Reads and writes the batches of one index's runs in the ledger.

    :param lease_s: the seconds after which a lease is revoked unless the worker renews it.
    :param worker: the name of this worker; by default :func:`worker_name`.
    """

    def __init__(
        self, client: Elasticsearch, index: str, *, lease_s: float, worker: str | None = None
    ) -> None:
        self._client = client
        self._index = index
        self._lease_s = lease_s
        self._worker = worker or worker_name()

    def add(self, origin: Origin, batch: Batch) -> StoredBatch:
        """Write a batch unless the ledger has it already, and return what the ledger has of it.

        If the server rejects the batch as too large, only its first half is written; a single row
        that is too large is rejected. The caller adds the other rows as the next batch. A batch
        whose rows are all rejected is done immediately.

        :raises LostLedgerError: if the ledger has a batch of this number with other rows.
        """
        document = queued_document(self._index, origin, batch)
        batch_id = _id(origin.run, batch.number)
        with ledger_errors(f"write the batch {batch_id} to the ledger"):
            try:
                self._client.create(index=LEDGER, id=batch_id, document=document)
            except ConflictError:
                return self._stored(batch_id, batch)
            except ApiError as error:
                if error.status_code != TOO_LARGE or not batch.rows:
                    raise
                if self._client.exists(index=LEDGER, id=batch_id):
                    return self._stored(batch_id, batch)
                return self.add(origin, _smaller(batch))
        return StoredBatch(batch.size, document["state"])

    def _stored(self, batch_id: str, batch: Batch) -> StoredBatch:
        stored = self._get(batch_id, "state", "size", "first_row")["_source"]
        if stored["first_row"] != batch.first_row or stored["size"] > batch.size:
            raise LostLedgerError(
                f"the batch {batch_id} in {LEDGER} has other rows than this feed: it begins with"
                f" row {stored['first_row']} and has {stored['size']} rows, not {batch.size} from"
                f" {batch.first_row} on; ingest the feed with another GRAM_ES_BATCH_SIZE, which"
                " begins a new run"
            )
        return StoredBatch(stored["size"], stored["state"])

    def delete_batches_from(self, run: int, number: int) -> None:
        """Delete the batches of a run from ``number`` on, which must not have been sent."""
        client = self._client.options(ignore_status=404)
        with ledger_errors(f"delete the batches from {_id(run, number)} on from the ledger"):
            while client.delete(index=LEDGER, id=_id(run, number)).get("result") == "deleted":
                number += 1

    def lease(self, run: int, number: int) -> LeasedBatch | None:
        """Lease a batch to this worker and return it, or ``None`` if there is nothing to do.

        There is nothing to do if the batch is done, if another worker has the lease, or if the
        ledger does not have the batch.
        """
        with ledger_errors(f"lease batch {number} of run {run} in the ledger"):
            try:
                response = self._client.get(index=LEDGER, id=_id(run, number))
            except NotFoundError:
                logger.warning("batch %d-%d is not in the ledger of this cluster", run, number)
                return None
            document = response["_source"]
            if document["state"] != QUEUED:
                return None
            in_progress = document.get("rows_in_progress", ())
            lease_fields: dict[str, Any] = {
                "state": LEASED,
                "suspects": [*document.get("suspects", ()), *in_progress],
                "rows_in_progress": [],
                "attempts": document["attempts"] + 1,
                "worker": self._worker,
                "lease_s": self._lease_s,
                "started_at": now(),
            }
            version = self._write_lease(response.body, lease_fields)
        if version is None:
            return None  # another worker was faster
        return leased_batch({**document, **lease_fields}, version)

    def _write_lease(
        self, read: Mapping[str, Any], lease_fields: dict[str, Any]
    ) -> Mapping[str, Any] | None:
        """Write a lease; return the new version, or ``None`` if another writer was faster."""
        response = self._update(read["_id"], lease_fields, version=_version(read))
        if response is None:
            # The response may have been lost, and the client's own retry then conflicts with the
            # first write: the lease is ours if these fields are.
            names = ("worker", "attempts", "started_at")
            response = self._get(read["_id"], *names)
            if response["_source"] != {name: lease_fields[name] for name in names}:
                return None
        return response

    def record_row_in_progress(self, batch: LeasedBatch, row: int) -> None:
        """Record which row of a suspicious batch is processed next.

        :raises LostLeaseError: if this worker no longer has the lease.
        """
        batch_id = _id(batch.run, batch.number)
        with ledger_errors(f"record in the ledger that row {row} of {batch_id} is processed"):
            deliveries = batch.deliveries
            while not self._change_leased(batch_id, deliveries, {"rows_in_progress": [row]}):
                if self._leased_here(batch_id, deliveries) is None:
                    raise LostLeaseError(f"batch {batch_id} is no longer leased to this worker")

    def renew_lease(self, batch: LeasedBatch) -> None:
        """Renew the lease of a batch if this worker still has it."""
        batch_id = _id(batch.run, batch.number)
        with ledger_errors(f"renew the lease of {batch_id}"):
            self._change_leased(batch_id, batch.deliveries, {"renewed_at": now()})

    def release(self, run: int, number: int) -> None:
        """Return a batch to the queue if this worker still has its lease.

        The lease then does not count as an attempt.
        """
        batch_id = _id(run, number)
        with ledger_errors(f"release {batch_id}"):
            response = self._leased_here(batch_id)
            if response is None:
                return
            attempts = response["_source"]["attempts"] - 1
            fields = {"state": QUEUED, "attempts": attempts, "rows_in_progress": []}
            self._update(batch_id, fields, version=_version(response))

    def revoke_lease(self, run: int, seen: BatchState) -> bool:
        """Return a batch to the queue if it has not changed since ``seen`` was read.

        :returns: whether the batch had not changed.
        """
        batch_id = _id(run, seen.number)
        seq_no, primary_term = seen.version
        version = {"if_seq_no": seq_no, "if_primary_term": primary_term}
        with ledger_errors(f"revoke the lease of {batch_id}"):
            try:
                return self._update(batch_id, {"state": QUEUED}, version=version) is not None
            except NotFoundError:
                return False

    def _change_leased(self, batch_id: str, deliveries: int, fields: dict[str, Any]) -> bool:
        """Update a batch if this worker has its lease; return whether it was updated.

        After a concurrent write nothing is changed.
        """
        response = self._leased_here(batch_id, deliveries)
        if response is None:
            return False
        return self._update(batch_id, fields, version=_version(response)) is not None

    def _leased_here(
        self, batch_id: str, deliveries: int | None = None
    ) -> Mapping[str, Any] | None:
        """Return a batch with its lease if this worker has the lease, or else ``None``.

        :param deliveries: the number of the lease; ``None`` stands for any.
        """
        try:
            response = self._get(batch_id, "state", "worker", "attempts")
        except NotFoundError:
            return None
        batch = response["_source"]
        if (batch["state"], batch.get("worker")) != (LEASED, self._worker):
            return None
        return response if deliveries in (None, batch["attempts"]) else None

    def _get(self, batch_id: str, *fields: str) -> Mapping[str, Any]:
        response = self._client.get(index=LEDGER, id=batch_id, source_includes=list(fields))
        return dict(response)

    def _update(
        self, batch_id: str, fields: dict[str, Any], *, version: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Update a batch; return ``None`` if it has changed since ``version`` was read."""
        try:
            response = self._client.update(
                index=LEDGER, id=batch_id, doc=fields, detect_noop=False, **version
            )
        except ConflictError:
            return None
        return dict(response)

    def finish(self, batch: LeasedBatch, result: BatchResult) -> OutcomeCounts:
        """Overwrite a batch with its result, and return the counts of this result.

        If two workers processed the batch, the ledger keeps the result of the first to finish. If
        the ledger has lost the batch meanwhile, the result is written all the same.
        """
        document = final_document(batch, result)
        with ledger_errors(f"close {_id(batch.run, batch.number)} in the ledger"):
            try:
                self._write_final(batch, document)
            except ApiError as error:
                if error.status_code != TOO_LARGE:
                    raise
                self._write_final(batch, without_failed_products(document))
        return OutcomeCounts(**{outcome: document["counts"][outcome] for outcome in Outcome})

    def _write_final(self, batch: LeasedBatch, document: Mapping[str, Any]) -> None:
        batch_id = _id(batch.run, batch.number)
        condition: dict[str, Any] = {
            "if_seq_no": batch.seq_no,
            "if_primary_term": batch.primary_term,
        }
        while True:
            try:
                self._client.index(index=LEDGER, id=batch_id, document=document, **condition)
            except ConflictError:
                try:
                    response = self._get(batch_id, "state")
                except NotFoundError:
                    condition = {"op_type": "create"}
                    continue
                if response["_source"]["state"] == DONE:
                    return
                # The lease was renewed; or it was revoked and another worker leased the batch, but
                # this one finished it first.
                condition = _version(response)
            else:
                return

    def states(self, run: int, numbers: Collection[int]) -> list[BatchState]:
        """Return the states of these batches; omit a batch that the ledger does not have."""
        query = {"bool": {"filter": [{"term": {"run": run}}, {"terms": {"batch": list(numbers)}}]}}
        with ledger_errors(f"read the batches of run {run} from the ledger"):
            self._client.indices.refresh(index=LEDGER)
            response = self._client.search(
                index=LEDGER,
                query=query,
                size=len(numbers),
                source=False,
                seq_no_primary_term=True,
                docvalue_fields=[{"field": name} for name in STATE_FIELDS],
            )
        return [batch_state(hit) for hit in response["hits"]["hits"]]

    def open_batches(self) -> list[tuple[int, int]]:
        """Return run and number of the 1,000 oldest batches that are not done, the oldest first.

        A batch that was queued more than a week ago counts as lost and is omitted.
        """
        conditions = [
            {"term": {"index": self._index}},
            {"terms": {"state": [QUEUED, LEASED]}},
            {"range": {"queued_at": {"gte": "now-7d"}}},
        ]
        with ledger_errors("read the open batches from the ledger"):
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


def _smaller(batch: Batch) -> Batch:
    """Return the first half of a batch, or a batch of one row with this row rejected."""
    if batch.size == 1:
        return batch.all_rejected(_ROW_TOO_LARGE)
    return batch.parted(batch.size // 2)[0]


def _version(response: Mapping[str, Any]) -> dict[str, Any]:
    return {"if_seq_no": response["_seq_no"], "if_primary_term": response["_primary_term"]}


def _id(run: int, number: int) -> str:
    return f"{run}-{number}"
