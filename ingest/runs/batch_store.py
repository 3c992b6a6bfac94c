"""The ledger's batches: what is queued, who works on it, and what became of its rows.

A batch document has the id ``<run>-<batch>``. It keeps its rows until it is done, so that any
worker can take it up again; then it is overwritten with counts and with the rows that are not in
the index. A run's totals are sums over its batches: nothing is ever incremented. Products that a
full feed no longer lists are batches too, behind those of the rows.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import LEDGER
from ingest.feeds import Row
from ingest.runs.batch import Batch, read_row, write_refused, write_row
from ingest.runs.outcomes import Counts, Fate
from ingest.worker.heartbeat import worker_name
from ingest.worker.pipeline import Origin

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 7  # two whole, and two for each of two rows that end workers, and the last
_WHOLE_DELIVERIES = 2
QUEUED, TAKEN, DONE = "queued", "taken", "done"
_STATE_FIELDS = ("batch", "state", "attempts", "lease_until")


@dataclass(frozen=True)
class TakenBatch:
    """A batch in the hands of this worker.

    ``origin`` is where its rows were read: in an earlier run than ``run``, if they are fed again.
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
        """It was taken up again and again without an end: a row of it may end workers."""
        return self.deliveries > _WHOLE_DELIVERIES

    @property
    def suspects(self) -> frozenset[int]:
        """The numbers of rows that workers were at when they ended, twice: once may be chance."""
        ended_at = Counter(self.document.get("suspects", ()))
        return frozenset(row for row, times in ended_at.items() if times > 1)

    @property
    def has_killed_workers(self) -> bool:
        """It was taken up so often without an end that it is not tried again."""
        return self.deliveries > MAX_DELIVERIES


@dataclass(frozen=True)
class BatchState:
    """How far a batch is, how often a worker has taken it up, and the end of the last lease."""

    number: int
    state: str
    deliveries: int
    lease_until: str | None = None


class BatchOutcome(Protocol):
    """What became of a batch."""

    def tally(self) -> Mapping[Fate, int]:
        """Return how many rows or products met which fate."""

    def notes(self) -> dict[str, Any]:
        """Return what the ledger keeps beside the counts."""


class Ledger:
    """The batches of one index's runs."""

    def __init__(
        self, client: Elasticsearch, index: str, *, lease_s: float, worker: str | None = None
    ) -> None:
        self._client = client
        self._index = index
        self._lease = timedelta(seconds=lease_s)
        self._worker = worker or worker_name()

    def add(self, origin: Origin, batch: Batch) -> str:
        """Write a batch down unless it stands there already, and return its state.

        One whose rows are all refused is done at once.
        """
        document = {
            "kind": "batch",
            "run": origin.run,
            "of_run": batch.of_run or origin.run,
            "batch": batch.number,
            "index": self._index,
            "source": origin.source,
            "stamps": origin.stamps,
            "state": QUEUED if batch.rows or batch.unlisted else DONE,
            "attempts": 0,
            "queued_at": _now(),
            "refused": [write_refused(row) for row in batch.refused],
        }
        if batch.rows:
            document["rows"] = [write_row(row) for row in batch.rows]
        elif batch.unlisted:
            document["unlisted"] = list(batch.unlisted)
        else:
            document["counts"] = Counts(refused=len(batch.refused)).to_json()
            document["finished_at"] = _now()
        name = _id(origin.run, batch.number)
        with cluster_errors(f"write the batch {name} to the ledger"):
            try:
                self._client.create(index=LEDGER, id=name, document=document)
            except ConflictError:
                found = self._client.get(index=LEDGER, id=name, source_includes=["state"])
                return str(found["_source"]["state"])
        return str(document["state"])

    def drop_from(self, run: int, number: int) -> None:
        """Remove the batches from this number on, of which none was sent."""
        client = self._client.options(ignore_status=404)
        with cluster_errors(f"remove the batches from {_id(run, number)} on from the ledger"):
            while client.delete(index=LEDGER, id=_id(run, number))["result"] == "deleted":
                number += 1

    def take(self, run: int, number: int) -> TakenBatch | None:
        """Take a batch under a lease; ``None`` if there is nothing left to do for this worker.

        That is when it is done, when another worker holds its lease, or when it is not there.
        """
        with cluster_errors(f"take batch {number} of run {run} from the ledger"):
            try:
                found = self._client.get(index=LEDGER, id=_id(run, number))
            except NotFoundError:
                logger.warning("batch %d-%d is not in the ledger of this cluster", run, number)
                return None
            document = found["_source"]
            if document["state"] == DONE or _is_held(document):
                return None
            taken: dict[str, Any] = {
                "state": TAKEN,
                "suspects": [*document.get("suspects", ()), *document.get("trying", ())],
                "trying": [],
                "attempts": document["attempts"] + 1,
                "worker": self._worker,
                "started_at": _now(),
                "lease_until": self._lease_end(),
            }
            answer = self._take(found.body, taken)
            if answer is None:
                return None  # another worker was faster
        return TakenBatch(
            run=run,
            number=number,
            origin=Origin(document["source"], document.get("of_run", run), document["stamps"]),
            rows=tuple(read_row(row) for row in document.get("rows", ())),
            unlisted=tuple(document.get("unlisted", ())),
            deliveries=taken["attempts"],
            document={**document, **taken},
            seq_no=answer["_seq_no"],
            primary_term=answer["_primary_term"],
        )

    def _take(self, found: Mapping[str, Any], taken: dict[str, Any]) -> Mapping[str, Any] | None:
        """Return Elasticsearch's answer, or ``None`` if another writer came between."""
        name, fields = found["_id"], ["worker", "lease_until"]
        try:
            answer = self._client.update(
                index=LEDGER,
                id=name,
                doc=taken,
                if_seq_no=found["_seq_no"],
                if_primary_term=found["_primary_term"],
            )
        except ConflictError:
            # The first answer may have been lost on its way: the client asks again by itself.
            answer = self._client.get(index=LEDGER, id=name, source_includes=fields)
            if answer["_source"] != {field: taken[field] for field in fields}:
                return None
        return dict(answer)

    def note_trying(self, batch: TakenBatch, row: int) -> None:
        """Note which row of a suspicious batch is tried now."""
        name = _id(batch.run, batch.number)
        with cluster_errors(f"note in the ledger that row {row} of {name} is tried"):
            self._client.update(index=LEDGER, id=name, doc={"trying": [row]}, retry_on_conflict=3)

    def prolong(self, batch: TakenBatch) -> None:
        """Hold a batch for another lease, if it still is this worker's."""
        name = _id(batch.run, batch.number)
        with cluster_errors(f"prolong the lease of {name}"):
            self._change_own(name, lambda _: {"lease_until": self._lease_end()})

    def release(self, run: int, number: int) -> None:
        """Give a batch back untried, if it still is this worker's: its trouble was not its own."""
        name = _id(run, number)
        with cluster_errors(f"give back {name}"):
            self._change_own(
                name,
                lambda document: {
                    "state": QUEUED,
                    "attempts": document["attempts"] - 1,
                    "lease_until": None,
                    "trying": [],
                },
            )

    def _change_own(self, name: str, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        fields = ["state", "worker", "attempts"]
        found = self._client.get(index=LEDGER, id=name, source_includes=fields)
        document = found["_source"]
        if (document["state"], document.get("worker")) != (TAKEN, self._worker):
            return
        self._client.options(ignore_status=409).update(
            index=LEDGER,
            id=name,
            doc=change(document),
            if_seq_no=found["_seq_no"],
            if_primary_term=found["_primary_term"],
        )

    def _lease_end(self) -> str:
        return (datetime.now(UTC) + self._lease).isoformat()

    def finish(self, batch: TakenBatch, outcome: BatchOutcome) -> Counts:
        """Overwrite a batch with what became of it; the first worker's word stands."""
        document = _done(batch, outcome)
        name = _id(batch.run, batch.number)
        seq_no, term = batch.seq_no, batch.primary_term
        with cluster_errors(f"close {name} in the ledger"):
            while True:
                try:
                    self._client.index(
                        index=LEDGER,
                        id=name,
                        document=document,
                        if_seq_no=seq_no,
                        if_primary_term=term,
                    )
                except ConflictError:
                    found = self._client.get(index=LEDGER, id=name, source_includes=["state"])
                    if found["_source"]["state"] == DONE:
                        break
                    # The lease was prolonged; or it ran out, another worker took the batch, but
                    # this one came to the end.
                    seq_no, term = found["_seq_no"], found["_primary_term"]
                else:
                    break
        return Counts(**{fate: document["counts"][fate] for fate in Fate})

    def states(self, run: int, numbers: Collection[int]) -> list[BatchState]:
        """Return how far these batches are, as of now."""
        query = {"bool": {"filter": [{"term": {"run": run}}, {"terms": {"batch": list(numbers)}}]}}
        with cluster_errors(f"read the batches of run {run} from the ledger"):
            self._client.indices.refresh(index=LEDGER)
            answer = self._client.search(
                index=LEDGER,
                query=query,
                size=len(numbers),
                source=False,
                docvalue_fields=[{"field": name} for name in _STATE_FIELDS],
            )
        return [_batch_state(hit["fields"]) for hit in answer["hits"]["hits"]]

    def open_batches(self) -> list[tuple[int, int]]:
        """Return run and number of batches that are not done, the oldest first, a thousand at most.

        What was written down more than a week ago is given up.
        """
        waiting = [
            {"term": {"index": self._index}},
            {"terms": {"state": [QUEUED, TAKEN]}},
            {"range": {"queued_at": {"gte": "now-7d"}}},
        ]
        with cluster_errors("read the open batches from the ledger"):
            answer = self._client.search(
                index=LEDGER,
                query={"bool": {"filter": waiting}},
                sort=[{"run": "asc"}, {"batch": "asc"}],
                size=1_000,
                source=False,
            )
        return [(hit["sort"][0], hit["sort"][1]) for hit in answer["hits"]["hits"]]


def _done(batch: TakenBatch, outcome: BatchOutcome) -> dict[str, Any]:
    """Return the document of a batch that is done: its rows are gone but for the failed ones."""
    kept = "kind run of_run batch index source attempts worker queued_at started_at refused"
    fates = {**outcome.tally(), Fate.REFUSED: len(batch.document["refused"])}
    return {
        **{name: batch.document[name] for name in kept.split()},
        "state": DONE,
        "finished_at": _now(),
        "counts": Counts.of(fates).to_json(),
        **outcome.notes(),
    }


def _batch_state(fields: Mapping[str, Any]) -> BatchState:
    return BatchState(
        number=fields["batch"][0],
        state=fields["state"][0],
        deliveries=fields["attempts"][0],
        lease_until=next(iter(fields.get("lease_until", ())), None),
    )


def _is_held(document: Mapping[str, Any]) -> bool:
    until = document.get("lease_until")
    if document["state"] != TAKEN or until is None:
        return False
    return datetime.fromisoformat(until) > datetime.now(UTC)


def _id(run: int, number: int) -> str:
    return f"{run}-{number}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
