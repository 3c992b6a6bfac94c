"""Dead letters: rows that failed, each stored until its product is indexed or replayed.

Each product of an index has at most one letter; the letter's id is a hash of index and product.
The letter stores the row, where the row was read (``source``, ``run``, ``row``), the run in which
it last failed, and the number of runs in which it failed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import RETRYABLE_STATUSES, cluster_errors
from gram_es.errors import ClusterError, ClusterUnavailableError
from gram_es.index.bulk import bulk_in_halves
from gram_es.index.names import DEAD
from gram_es.index.scan import scan
from ingest.feeds import Row
from ingest.runs.batch import read_row, write_row
from ingest.runs.batch_document import LeasedBatch
from ingest.runs.outcomes import FailedRow, IndexingResult

_PAGE = 200  # each letter contains a whole row
_MAX_REASON_CHARS = 600
_NOT_FOUND = 404
_FIRST_ERROR = 400


@dataclass(frozen=True)
class DeadLetter:
    """A row that failed.

    ``run`` is the run that read the row from the feed ``source``. ``attempts`` is the number of
    runs in which the row failed.
    """

    source: str
    run: int
    row: Row
    attempts: int


class DeadLetters:
    """The dead letters of one index."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index

    def update(self, batch: LeasedBatch, result: IndexingResult) -> None:
        """Write a letter for each failed row of a batch, and delete the letters of its other rows.

        Updating twice has the same effect as once. If a product has the letter of a newer
        row, this letter is kept.

        :raises ClusterUnavailableError: if Elasticsearch is overloaded, or its disk is full.
        :raises ClusterError: if it rejects letters; the other letters are written.
        """
        failed_by_row = {failed.row.number: failed for failed in result.failed}
        if not failed_by_row and not self._any_letters():
            return
        letters_by_product = self._read([row.product.id for row in batch.rows])
        actions = []
        for row in batch.rows:
            existing = letters_by_product.get(row.product.id)
            position = (batch.origin.run, row.number)
            if existing and (existing["run"], existing["row"]) > position:
                continue
            if row.number in failed_by_row:
                actions.append(self._write(batch, failed_by_row[row.number], existing))
            elif existing is not None:
                actions.append(self._delete(row.product.id))
        self._send(actions)

    def _any_letters(self) -> bool:
        """Return whether the index has any letter; if it has none, no letter need be read."""
        query = {"term": {"index": self._index}}
        with cluster_errors("count the dead letters"):
            response = self._client.count(index=DEAD, query=query, ignore_unavailable=True)
        return bool(response["count"])

    def in_run(self, run: int | None = None) -> Iterator[DeadLetter]:
        """Yield the letters of rows that were read or last failed in ``run``; by default, all."""
        in_run = [{"term": {"run": run}}, {"term": {"failed_in": run}}]
        conditions = [] if run is None else [{"bool": {"should": in_run}}]
        for source in self._sources(*conditions):
            row = read_row(source["raw"])
            yield DeadLetter(source["source"], source["run"], row, source["attempts"])

    def delete_unlisted(
        self, source: str, find_unlisted: Callable[[Sequence[str]], Collection[str]]
    ) -> None:
        """Delete the letters of products that the full feed of a source does not list.

        :param find_unlisted: takes product ids and returns the ids that the feed does not list.
        """
        ids = [letter["product"] for letter in self._sources({"term": {"source": source}})]
        self._send([self._delete(product_id) for product_id in find_unlisted(ids)])

    def _sources(self, *conditions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        query = {"bool": {"filter": [{"term": {"index": self._index}}, *conditions]}}
        with cluster_errors("read the dead letters"):
            self._client.indices.refresh(index=DEAD)
        for page in scan(self._client, DEAD, query, page_size=_PAGE):
            yield from (hit["_source"] for hit in page)

    def _read(self, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
        with cluster_errors("read the dead letters"):
            response = self._client.mget(
                index=DEAD, ids=[self._id(i) for i in ids], source_excludes=["raw"]
            )
        letters = [letter["_source"] for letter in response["docs"] if letter.get("found")]
        return {letter["product"]: letter for letter in letters}

    def _write(
        self, batch: LeasedBatch, failed: FailedRow, existing: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        earlier = existing["attempts"] if existing else 0
        is_same_run = existing is not None and existing["failed_in"] == batch.run
        product_id = failed.row.product.id
        letter = {
            "index": self._index,
            "source": batch.origin.source,
            "run": batch.origin.run,
            "row": failed.row.number,
            "failed_in": batch.run,
            "attempts": earlier if is_same_run else earlier + 1,
            "product": product_id,
            "stage": failed.stage,
            "error": failed.reason,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "raw": write_row(failed.row),
        }
        return self._action("index", product_id, _source=letter)

    def _delete(self, product_id: str) -> dict[str, Any]:
        return self._action("delete", product_id)

    def _action(self, kind: str, product_id: str, **body: Any) -> dict[str, Any]:
        return {"_op_type": kind, "_index": DEAD, "_id": self._id(product_id), **body}

    def _send(self, actions: Collection[dict[str, Any]]) -> None:
        if not actions:
            return
        with cluster_errors("write the dead letters"):
            results = bulk_in_halves(self._client, actions, require_alias=False)
            rejected = [result for result in results if _is_rejected(result)]
            self._client.indices.refresh(index=DEAD)  # the next batch counts the letters
        if any(result["status"] in RETRYABLE_STATUSES for result in rejected):
            raise ClusterUnavailableError(_rejected_message(rejected))
        if rejected:
            raise ClusterError(_rejected_message(rejected))

    def _id(self, product_id: str) -> str:
        name = f"{self._index}\0{product_id}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(name).hexdigest()


def _is_rejected(result: Mapping[str, Any]) -> bool:
    """Return whether a letter was not written; to delete one that does not exist is no failure."""
    is_gone = result["status"] == _NOT_FOUND and result.get("result") == "not_found"
    return result["status"] >= _FIRST_ERROR and not is_gone


def _rejected_message(rejected: Sequence[Mapping[str, Any]]) -> str:
    error = rejected[0]["error"]
    reason = error.get("reason") if isinstance(error, Mapping) else error
    return f"cannot write {len(rejected)} dead letters ({str(reason)[:_MAX_REASON_CHARS]})"
