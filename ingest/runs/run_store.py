"""The ledger's runs: one document each, and totals that are sums over its batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import FeedError
from gram_es.index.names import LEDGER
from gram_es.index.state_store import next_run_number
from ingest.runs.batch_store import QUEUED, TAKEN
from ingest.runs.outcomes import Counts, Fate

READING, READ, DONE = "reading", "read", "done"


@dataclass(frozen=True)
class Run:
    """One ingest of one feed.

    ``target`` is the concrete index; ``batch_size`` and ``feed_hash`` say how its batches were
    cut; ``overlaps``, that an older run was under way when it began. A ``partial`` feed does not
    list all of its source's products, of which ``stocked`` were in the index before. ``held`` is
    how many it no longer lists, if they are too many to be deleted unasked.
    """

    number: int
    source: str
    target: str
    feed_hash: str
    batch_size: int
    model: str
    started_at: datetime
    state: str = READING
    rows: int = 0
    batches: int = 0
    fault: str | None = None
    finished_at: datetime | None = None
    overlaps: bool = False
    partial: bool = False
    stocked: int = 0
    held: int = 0

    @property
    def lists_all(self) -> bool:
        """What its feed does not list is to be deleted: it is full, and was read to its end."""
        return not self.partial and self.fault is None

    @property
    def is_planned(self) -> bool:
        """All its batches stand in the ledger, those of its deletes too."""
        return self.state != READING and not self.held

    def is_same_work(self, other: Run) -> bool:
        """Tell whether both cut the same feed alike, for the same index and the same model."""
        alike = ("source", "target", "feed_hash", "batch_size", "model", "partial")
        return all(getattr(self, name) == getattr(other, name) for name in alike)


@dataclass(frozen=True)
class Totals:
    """What a run has come to: sums over its batches."""

    counts: Counts
    batches_done: int
    last_finished_at: datetime | None


class Runs:
    """The runs of one index."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index

    def begin(self, wanted: Run) -> Run:
        """Begin a run, or go on with its source's last if that is the same work and was cut short.

        It is written down before others are looked for: of two that begin at once one sees the
        other.
        """
        last = self.last_of(wanted.source)
        if last is not None and last.is_same_work(wanted) and self.closed(last).state != DONE:
            return last
        run = replace(wanted, number=next_run_number(self._client), overlaps=True)
        self.save(run)
        if self._is_another_under_way(run.number):
            return run
        run = replace(run, overlaps=False)
        self.save(run)
        return run

    def _is_another_under_way(self, number: int) -> bool:
        """Tell whether rows of another run may still come in.

        A run that began to read its feed a day ago has died; a batch that was written down a week
        ago was never sent, or its message was lost.
        """
        open_batches = [
            {"terms": {"state": [QUEUED, TAKEN]}},
            {"range": {"queued_at": {"gte": "now-7d"}}},
        ]
        waits = {"bool": {"filter": open_batches}}
        reads = [{"term": {"state": READING}}, {"range": {"started_at": {"gte": "now-1d"}}}]
        either = {
            "should": [waits, {"bool": {"filter": reads}}],
            "minimum_should_match": 1,
            "must_not": {"term": {"run": number}},
        }
        return bool(self._search({"bool": either}, size=1))

    def save(self, run: Run) -> None:
        """Write a run down."""
        document = {
            "kind": "run",
            "run": run.number,
            "index": self._index,
            "state": run.state,
            "source": run.source,
            "target": run.target,
            "feed_hash": run.feed_hash,
            "batch_size": run.batch_size,
            "model": run.model,
            "overlaps": run.overlaps,
            "partial": run.partial,
            "stocked": run.stocked,
            "held": run.held,
            "batches": run.batches,
            "rows_read": run.rows,
            "started_at": run.started_at.isoformat(),
            "finished_at": run.finished_at.isoformat() if run.finished_at else None,
            "error": run.fault,
        }
        with cluster_errors(f"write run {run.number} to the ledger"):
            self._client.index(index=LEDGER, id=str(run.number), document=document)

    def last(self, limit: int) -> list[Run]:
        """Return so many runs, the last one first."""
        return self._find(limit)

    def last_of(self, source: str) -> Run | None:
        """Return the last run of a source."""
        return next(iter(self._find(1, {"term": {"source": source}})), None)

    def _find(self, limit: int, *conditions: Mapping[str, Any]) -> list[Run]:
        query = {"bool": {"filter": [{"term": {"kind": "run"}}, *conditions]}}
        hits = self._search(query, size=limit, sort=[{"run": "desc"}])
        return [_read_run(hit["_source"]) for hit in hits]

    def find(self, number: int | None = None) -> Run | None:
        """Return a run, or the last one.

        :raises FeedError: if there is no run of that number.
        """
        if number is None:
            return next(iter(self.last(1)), None)
        with cluster_errors(f"read run {number} from the ledger"):
            try:
                found = self._client.get(index=LEDGER, id=str(number))
            except NotFoundError:
                raise FeedError(
                    f"there is no run {number}; gram-es ingest status shows the last one"
                ) from None
        return _read_run(found["_source"])

    def is_outdated(self, source: str, number: int) -> bool:
        """Tell whether a newer run has read, or reads, the source's products in full."""
        return any(not run.partial for run in self._newer(source, number))

    def is_replaced(self, source: str, number: int) -> bool:
        """Tell whether a newer run has listed all of the source's products, and deletes others."""
        return any(run.lists_all and run.is_planned for run in self._newer(source, number))

    def _newer(self, source: str, number: int) -> list[Run]:
        return self._find(1_000, {"term": {"source": source}}, {"range": {"run": {"gt": number}}})

    def closed(self, run: Run) -> Run:
        """Return the run as done if the whole feed was read and each batch is done."""
        if run.state != READ:
            return run
        totals = self.totals(run.number)
        if totals.batches_done < run.batches:
            return run
        return replace(run, state=DONE, finished_at=totals.last_finished_at)

    def totals(self, number: int) -> Totals:
        """Return the sums over a run's batches as of now."""
        sums = {fate.value: {"sum": {"field": f"counts.{fate.value}"}} for fate in Fate}
        with cluster_errors(f"add up run {number} in the ledger"):
            self._client.indices.refresh(index=LEDGER)
            answer = self._client.search(
                index=LEDGER,
                query=_batches(number, {"term": {"state": "done"}}),
                size=0,
                track_total_hits=True,
                aggs={**sums, "last": {"max": {"field": "finished_at"}}},
            )
        found = answer["aggregations"]
        last = found["last"]["value"]
        return Totals(
            counts=Counts.of({fate: int(found[fate.value]["value"]) for fate in Fate}),
            batches_done=answer["hits"]["total"]["value"],
            last_finished_at=datetime.fromtimestamp(last / 1000, UTC) if last else None,
        )

    def rows_not_indexed(self, number: int, fate: Fate, limit: int) -> list[Mapping[str, Any]]:
        """Return the first refused or failed rows of a run as the ledger keeps them."""
        some = {"range": {f"counts.{fate.value}": {"gt": 0}}}
        hits = self._search(_batches(number, some), size=min(limit, 1_000), sort=[{"batch": "asc"}])
        return [row for hit in hits for row in hit["_source"][fate.value]][:limit]

    def _search(
        self, query: Mapping[str, Any], *, size: int, sort: Sequence[dict[str, str]] = ()
    ) -> list[Mapping[str, Any]]:
        of_index = {"bool": {"filter": [query, {"term": {"index": self._index}}]}}
        with cluster_errors("read the ledger"):
            self._client.indices.refresh(index=LEDGER)
            answer = self._client.search(index=LEDGER, query=of_index, size=size, sort=list(sort))
        hits: list[Mapping[str, Any]] = answer["hits"]["hits"]
        return hits


def _batches(number: int, condition: Mapping[str, Any]) -> dict[str, Any]:
    kind = [{"term": {"kind": "batch"}}, {"term": {"run": number}}]
    return {"bool": {"filter": [*kind, condition]}}


def _read_run(source: Mapping[str, Any]) -> Run:
    finished = source.get("finished_at")
    return Run(
        number=source["run"],
        source=source["source"],
        target=source["target"],
        feed_hash=source["feed_hash"],
        batch_size=source["batch_size"],
        model=source["model"],
        started_at=datetime.fromisoformat(source["started_at"]),
        state=source["state"],
        rows=source["rows_read"],
        batches=source["batches"],
        fault=source.get("error"),
        finished_at=datetime.fromisoformat(finished) if finished else None,
        overlaps=source["overlaps"],
        partial=source.get("partial", False),
        stocked=source.get("stocked", 0),
        held=source.get("held", 0),
    )
