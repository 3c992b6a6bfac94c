"""Dead letters: rows that failed, each kept until its product has come in, to be fed again.

There is one letter a product of an index, under an id that follows from both. It says where the
row stood (``source``, ``run``, ``row``), the run that it last failed in, how many runs it failed
in, and holds the row itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from gram_es.cluster.client import cluster_errors
from gram_es.index.bulk import MAX_CHUNK_BYTES
from gram_es.index.names import DEAD
from gram_es.index.scan import scan
from ingest.feeds import Row
from ingest.producer.deletes import Listed
from ingest.runs.batch import read_row, write_row
from ingest.runs.batch_store import TakenBatch
from ingest.worker.pipeline import FailedRow, Outcome

_PAGE = 200  # each holds a whole row


@dataclass(frozen=True)
class DeadLetter:
    """A row that failed, as it stood in ``run``'s feed; ``attempts`` are the runs it failed in."""

    source: str
    run: int
    row: Row
    attempts: int


class DeadLetters:
    """The dead letters of one index."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index

    def settle(self, batch: TakenBatch, outcome: Outcome) -> None:
        """Keep a letter for each row of a batch that failed, drop those of the rows that did not.

        Settling twice is the same as once. A newer row's letter stays.
        """
        failed = {one.row.number: one for one in outcome.failed}
        if not failed and not self._are_any():
            return
        known = self._read([row.product.id for row in batch.rows])
        actions = []
        for row in batch.rows:
            before = known.get(row.product.id)
            if before and (before["run"], before["row"]) > (batch.origin.run, row.number):
                continue
            if row.number in failed:
                actions.append(self._keep(batch, failed[row.number], before))
            elif before is not None:
                actions.append(self._drop(row.product.id))
        self._send(actions)

    def _are_any(self) -> bool:
        """Tell whether there is a letter: most nights there is none to look for."""
        query = {"term": {"index": self._index}}
        with cluster_errors("count the dead letters"):
            found = self._client.count(index=DEAD, query=query, ignore_unavailable=True)
        return bool(found["count"])

    def of_run(self, run: int | None = None) -> Iterator[DeadLetter]:
        """Yield the letters of rows that were read, or failed last, in a run; all without one."""
        either = [{"term": {"run": run}}, {"term": {"failed_in": run}}]
        wanted = [] if run is None else [{"bool": {"should": either}}]
        for source in self._sources(*wanted):
            row = read_row(source["raw"])
            yield DeadLetter(source["source"], source["run"], row, source["attempts"])

    def drop_unlisted(self, source: str, listed: Listed) -> None:
        """Drop the letters of products that a source's full feed does not list."""
        ids = [letter["product"] for letter in self._sources({"term": {"source": source}})]
        self._send([self._drop(product_id) for product_id in listed.missing(ids)])

    def _sources(self, *conditions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        query = {"bool": {"filter": [{"term": {"index": self._index}}, *conditions]}}
        with cluster_errors("read the dead letters"):
            self._client.indices.refresh(index=DEAD)
        for page in scan(self._client, DEAD, query, page_size=_PAGE):
            yield from (hit["_source"] for hit in page)

    def _read(self, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
        with cluster_errors("read the dead letters"):
            answer = self._client.mget(
                index=DEAD, ids=[self._id(i) for i in ids], source_excludes=["raw"]
            )
        found = [letter["_source"] for letter in answer["docs"] if letter.get("found")]
        return {source["product"]: source for source in found}

    def _keep(
        self, batch: TakenBatch, failed: FailedRow, before: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        earlier = before["attempts"] if before else 0
        is_known = before is not None and before["failed_in"] == batch.run
        product_id = failed.row.product.id
        letter = {
            "index": self._index,
            "source": batch.origin.source,
            "run": batch.origin.run,
            "row": failed.row.number,
            "failed_in": batch.run,
            "attempts": earlier if is_known else earlier + 1,
            "product": product_id,
            "stage": failed.stage,
            "error": failed.reason,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "raw": write_row(failed.row),
        }
        return {"_op_type": "index", "_id": self._id(product_id), "_source": letter}

    def _drop(self, product_id: str) -> dict[str, Any]:
        return {"_op_type": "delete", "_id": self._id(product_id)}

    def _send(self, actions: Collection[dict[str, Any]]) -> None:
        if not actions:
            return
        with cluster_errors("write the dead letters"):
            bulk(
                self._client,
                actions,
                index=DEAD,
                max_chunk_bytes=MAX_CHUNK_BYTES,
                ignore_status=404,
                refresh=True,  # what was written counts from now on
            )

    def _id(self, product_id: str) -> str:
        name = f"{self._index}\0{product_id}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(name).hexdigest()
