"""The runs of the ledger: one document per run; a run's totals are sums over its batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import FeedError
from gram_es.index.names import LEDGER, write_alias
from gram_es.index.state_store import last_run_of_products, next_run_number
from ingest.runs.batch_document import LEASED, QUEUED
from ingest.runs.ledger_errors import ledger_errors
from ingest.runs.outcomes import Outcome, OutcomeCounts

READING, READ, DONE = "reading", "read", "done"


@dataclass(frozen=True)
class Run:
    """One ingest of one feed.

    :param source: the name of the feed.
    :param target: the concrete index to which the rows are written.
    :param feed_hash: a hash of the feed's content. Together with ``batch_size`` it determines how
        the feed is split into batches.
    :param model: the fingerprint of the live model when the run began.
    :param overlaps: whether another run of the index might still write rows when this run began.
    :param partial: whether the feed lists only some products of its source.
    :param products_before: the number of products of the source when the run began.
    :param withheld_deletes: the number of products that are not deleted, although the feed no
        longer lists them, because they exceed the limit on deletes; 0 if no delete is withheld.
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
    products_before: int = 0
    withheld_deletes: int = 0

    @property
    def lists_all_products(self) -> bool:
        """Whether the feed is full and was read to the end; then unlisted products are deleted."""
        return not self.partial and self.fault is None

    @property
    def has_all_batches(self) -> bool:
        """Whether the ledger has all batches of the run, including the batches of deletes."""
        return self.state != READING and not self.withheld_deletes

    def is_same_work(self, other: Run) -> bool:
        """Return whether both runs have the same feed, batches, index and model."""
        fields = ("source", "target", "feed_hash", "batch_size", "model", "partial")
        return all(getattr(self, name) == getattr(other, name) for name in fields)


@dataclass(frozen=True)
class RunTotals:
    """The totals of a run so far: sums over its batches.

    ``batches_stored`` is the number of batches that the ledger contains, done or not.
    """

    counts: OutcomeCounts
    batches_stored: int
    batches_done: int
    last_finished_at: datetime | None


class RunStore:
    """Reads and writes the runs of one index in the ledger."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index

    def begin(self, requested: Run) -> Run:
        """Begin the requested run and return it with its number, or return a run to resume.

        The last run of the source is resumed if it is unfinished and has the same feed, index and
        model. A new run is written before the search for other runs. So if two runs begin at the
        same time, the search of at least one run finds the other. Its number is greater than that
        of every run in the products, even if the ledger was lost or the products were restored:
        a row of a smaller number would be superseded.
        """
        last = self.last_of(requested.source)
        if last is not None and last.is_same_work(requested) and not self._is_done(last):
            return last
        last_of_products = last_run_of_products(self._client, self._index)
        number = next_run_number(self._client, above=last_of_products)
        run = replace(requested, number=number, overlaps=True)
        self.save(run)
        if self._overlaps_another_run(run.number):
            return run
        run = replace(run, overlaps=False)
        self.save(run)
        return run

    def _is_done(self, run: Run) -> bool:
        return self.close_if_done(run).state == DONE

    def _overlaps_another_run(self, number: int) -> bool:
        """Return whether a run other than ``number`` may still write rows.

        If a run has been reading its feed for more than a day, it counts as dead. A batch that was
        queued more than a week ago counts as lost.
        """
        unfinished = [
            {"terms": {"state": [QUEUED, LEASED]}},
            {"range": {"queued_at": {"gte": "now-7d"}}},
        ]
        reading = [{"term": {"state": READING}}, {"range": {"started_at": {"gte": "now-1d"}}}]
        overlapping = {
            "should": [{"bool": {"filter": unfinished}}, {"bool": {"filter": reading}}],
            "minimum_should_match": 1,
            "must_not": {"term": {"run": number}},
        }
        return bool(self._search({"bool": overlapping}, size=1))

    def save(self, run: Run) -> None:
        """Write a run."""
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
            "products_before": run.products_before,
            "withheld_deletes": run.withheld_deletes,
            "batches": run.batches,
            "rows_read": run.rows,
            "started_at": run.started_at.isoformat(),
            "finished_at": run.finished_at.isoformat() if run.finished_at else None,
            "error": run.fault,
        }
        with ledger_errors(f"write run {run.number} to the ledger"):
            self._client.index(index=LEDGER, id=str(run.number), document=document)

    def last(self, limit: int) -> list[Run]:
        """Return the last ``limit`` runs, newest first."""
        return self._find(limit)

    def last_of(self, source: str) -> Run | None:
        """Return the last run of a source."""
        return next(iter(self._find(1, {"term": {"source": source}})), None)

    def _find(self, limit: int, *conditions: Mapping[str, Any]) -> list[Run]:
        query = {"bool": {"filter": [{"term": {"kind": "run"}}, *conditions]}}
        hits = self._search(query, size=limit, sort=[{"run": "desc"}])
        return [_read_run(hit["_source"]) for hit in hits]

    def find(self, number: int | None = None) -> Run | None:
        """Return run ``number`` or, without a number, the last run; ``None`` if there is no run.

        :raises FeedError: if no run has this number.
        """
        if number is None:
            return next(iter(self.last(1)), None)
        run = self.read(number)
        if run is None:
            raise FeedError(f"there is no run {number}; gram-es ingest status shows the last one")
        return run

    def read(self, number: int) -> Run | None:
        """Return run ``number``, or ``None`` if the ledger does not contain it."""
        with cluster_errors(f"read run {number} from the ledger"):
            try:
                response = self._client.get(index=LEDGER, id=str(number))
            except NotFoundError:
                return None
        return _read_run(response["_source"])

    def is_outdated(self, source: str, number: int) -> bool:
        """Return whether a newer run has read, or is reading, a full feed of the source."""
        return any(not run.partial for run in self._newer(source, number))

    def is_replaced(self, source: str, number: int) -> bool:
        """Return whether a newer run has listed all products of the source.

        Products that the newer run does not list are deleted, or the ledger has their deletes.
        """
        return any(
            run.lists_all_products and run.has_all_batches for run in self._newer(source, number)
        )

    def _newer(self, source: str, number: int) -> list[Run]:
        return self._find(1_000, {"term": {"source": source}}, {"range": {"run": {"gt": number}}})

    def close_if_done(self, run: Run) -> Run:
        """Return the run, marked as done if its feed is read and every batch is done."""
        if run.state != READ:
            return run
        totals = self.totals(run.number)
        if totals.batches_done < run.batches:
            return run
        return replace(run, state=DONE, finished_at=totals.last_finished_at)

    def totals(self, number: int) -> RunTotals:
        """Return the sums over the finished batches of a run."""
        sums = {outcome.value: {"sum": {"field": f"counts.{outcome.value}"}} for outcome in Outcome}
        done = {"filter": {"term": {"state": "done"}}}
        with ledger_errors(f"add up run {number} in the ledger"):
            self._client.indices.refresh(index=LEDGER)
            response = self._client.search(
                index=LEDGER,
                query=_batches(number),
                size=0,
                track_total_hits=True,
                aggs={**sums, "done": done, "last": {"max": {"field": "finished_at"}}},
            )
        aggregations = response["aggregations"]
        last = aggregations["last"]["value"]  # milliseconds
        return RunTotals(
            counts=OutcomeCounts.of(
                {outcome: int(aggregations[outcome.value]["value"]) for outcome in Outcome}
            ),
            batches_stored=response["hits"]["total"]["value"],
            batches_done=aggregations["done"]["doc_count"],
            last_finished_at=datetime.fromtimestamp(last / 1000, UTC) if last else None,
        )

    def unknown_newer_runs(self, number: int) -> tuple[int, ...]:
        """Return the numbers of the runs after ``number`` that only products contain, in order.

        If there are any, the ledger was lost, or the products were restored from a snapshot.
        """
        query = {"range": {"feed.run": {"gt": number}}}
        runs = {"terms": {"field": "feed.run", "size": 1_000, "order": {"_key": "asc"}}}
        with cluster_errors("read the runs of the products"):
            response = self._client.search(
                index=write_alias(self._index),
                query=query,
                size=0,
                aggs={"runs": runs},
                ignore_unavailable=True,
            )
        buckets = response.get("aggregations", {}).get("runs", {}).get("buckets", [])
        of_products = [int(bucket["key"]) for bucket in buckets]
        known = {run.number for run in self._find(1_000, {"terms": {"run": of_products}})}
        return tuple(run for run in of_products if run not in known)

    def rows_not_indexed(
        self, number: int, outcome: Outcome, limit: int
    ) -> list[Mapping[str, Any]]:
        """Return the first ``limit`` rows of a run with this outcome, as stored in the ledger."""
        with_rows = {"range": {f"counts.{outcome.value}": {"gt": 0}}}
        query = _batches(number, with_rows)
        hits = self._search(query, size=min(limit, 1_000), sort=[{"batch": "asc"}])
        return [row for hit in hits for row in hit["_source"][outcome.value]][:limit]

    def _search(
        self, query: Mapping[str, Any], *, size: int, sort: Sequence[dict[str, str]] = ()
    ) -> list[Mapping[str, Any]]:
        in_index = {"bool": {"filter": [query, {"term": {"index": self._index}}]}}
        with ledger_errors("read the ledger"):
            self._client.indices.refresh(index=LEDGER)
            response = self._client.search(index=LEDGER, query=in_index, size=size, sort=list(sort))
        hits: list[Mapping[str, Any]] = response["hits"]["hits"]
        return hits


def _batches(number: int, *conditions: Mapping[str, Any]) -> dict[str, Any]:
    kind = [{"term": {"kind": "batch"}}, {"term": {"run": number}}]
    return {"bool": {"filter": [*kind, *conditions]}}


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
        products_before=source.get("products_before", 0),
        withheld_deletes=source.get("withheld_deletes", 0),
    )
