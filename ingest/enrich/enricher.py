"""Read what was written to a shop's index, and write the codes of the changed products into it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterUnavailableError
from gram_es.index.lifecycle import writable_index
from gram_es.index.shop.shop_index import ShopIndex
from gram_es.migration.fill_slot import SlotFiller, WriteReport
from ingest.enrich.cursor import Cursor, CursorStore, shard_ends

_PAGE = 256
_PAGES_A_SAVE = 20
_ROUNDS = 20
_MAX_FAILED = 10_000  # their ids are stored with the cursor

Hit = Mapping[str, Any]


@dataclass
class EnrichCounts:
    """The documents that were read and written; ``rejected`` has the reasons by id.

    ``conflicts`` counts documents that changed while they were enriched; they are read again.
    """

    read: int = 0
    written: int = 0
    conflicts: int = 0
    rejected: dict[str, str] = field(default_factory=dict)


class Enricher:
    """Enriches the documents of a shop's index that were written since it last read the index.

    :param index: the read alias of gram-es for the index.
    :param allow_versions: write although documents have versions that their writers gave them.
    :param max_per_s: the most documents to read a second; ``None`` sets no limit.
    """

    def __init__(
        self,
        client: Elasticsearch,
        index: str,
        shop: ShopIndex,
        filler: SlotFiller,
        cursors: CursorStore,
        *,
        allow_versions: bool = False,
        max_per_s: float | None = None,
    ) -> None:
        self._client = client
        self._index = index
        self._shop = shop
        self._filler = filler
        self._cursors = cursors
        self._allow_versions = allow_versions
        self._max_per_s = max_per_s
        self._cursor = cursors.load()
        self.counts = EnrichCounts()

    def catch_up(
        self,
        stop: threading.Event | None = None,
        on_progress: Callable[[int], object] = lambda _: None,
    ) -> bool:
        """Enrich all documents written until now; return whether there were any.

        What was done is kept if the call is interrupted.

        :param stop: ends the call after the current page when it is set.
        :param on_progress: called after each page with the number of its documents.
        :raises CatalogueIndexError: if the alias points to another index now, if documents have
            versions of their writers, or if too many documents are rejected.
        :raises ClusterError: if the documents may not be read or written.
        :raises ClusterUnavailableError: if Elasticsearch stays overloaded or does not answer.
        """
        stop = stop or threading.Event()
        behind = self._behind()
        if not behind:
            return False
        self._check_alias()
        self._refresh()
        for shard, end in behind.items():
            if stop.is_set():
                break
            self._read_shard(shard, end, stop, on_progress)
        self._cursors.save(self._cursor)
        return True

    def read_all_again(self) -> None:
        """Read all documents at the next :meth:`catch_up`, also those that were read before."""
        self._cursor = Cursor()

    def _behind(self) -> dict[int, int]:
        """Return the last sequence number to read of each shard that has unread writes."""
        ends = shard_ends(self._client, self._shop.index)
        for shard, end in ends.items():
            earlier = self._cursor.histories.get(shard, end.history)
            if end.last < self._cursor.of(shard) or end.history != earlier:
                self._cursor.forget(shard)  # a snapshot was restored
            self._cursor.histories[shard] = end.history
        checkpoints = {shard: end.checkpoint for shard, end in ends.items()}
        return {n: end for n, end in checkpoints.items() if end > self._cursor.of(n)}

    def catch_up_wholly(
        self, stop: threading.Event, on_progress: Callable[[int], object] = lambda _: None
    ) -> None:
        """Call :meth:`retry_failed`, and :meth:`catch_up` at most twenty times, until all is read.

        What was written can then be searched.
        """
        written = self.counts.written
        self.retry_failed(stop, on_progress)
        for _ in range(_ROUNDS):
            if not self.catch_up(stop, on_progress) or stop.is_set():
                break
        if self.counts.written > written:
            self._refresh()

    def retry_failed(
        self, stop: threading.Event, on_progress: Callable[[int], object] = lambda _: None
    ) -> None:
        """Enrich the documents again that the model or the cluster rejected earlier.

        :raises CatalogueIndexError: as :meth:`catch_up`; so is the next one.
        :raises ClusterError: if the documents may not be read or written.
        """
        failed = sorted(self._cursor.failed)
        if not failed:
            return
        self._check_alias()
        self._refresh()
        for first in range(0, len(failed), _PAGE):
            if stop.is_set():
                break
            ids = failed[first : first + _PAGE]
            page = self._search(query={"ids": {"values": ids}}, size=2 * _PAGE)
            self._note_failures(ids, self._enrich(page))
            on_progress(len(page))
        self._cursors.save(self._cursor)

    def _refresh(self) -> None:
        """Make all writes to the index searchable.

        :raises ClusterUnavailableError: if a shard does not answer, whose writes a search misses.
        """
        with cluster_errors(f"refresh {self._shop.index}"):
            shards = self._client.indices.refresh(index=self._shop.index)["_shards"]
        if shards["failed"]:
            raise ClusterUnavailableError(
                f"cannot refresh {self._shop.index}: {shards['failed']} of {shards['total']} shard"
                " copies failed; see GET _cluster/health, and run the command again"
            )

    def _check_alias(self) -> None:
        live = writable_index(self._client, self._index)
        if live.index != self._shop.index:
            raise CatalogueIndexError(
                f"{self._index} points to {live.index} now, no longer to {self._shop.index}; run"
                " the command again"
            )

    def _read_shard(
        self, shard: int, end: int, stop: threading.Event, on_progress: Callable[[int], object]
    ) -> None:
        for number, page in enumerate(self._pages(shard, end), 1):
            started = time.monotonic()
            report = self._enrich(page)
            self._cursor.note_own(shard, report.seq_nos)
            self._note_failures([hit["_id"] for hit in page], report)
            self._cursor.advance(shard, page[-1]["_seq_no"])
            on_progress(len(page))
            if number % _PAGES_A_SAVE == 0:
                self._cursors.save(self._cursor)
            if self._max_per_s:
                stop.wait(max(0.0, len(page) / self._max_per_s - (time.monotonic() - started)))
            if stop.is_set():
                return
        self._cursor.advance(shard, end)

    def _pages(self, shard: int, end: int) -> Iterator[Sequence[Hit]]:
        """Yield the documents of a shard whose last write was read by nobody, the oldest first."""
        last = self._cursor.of(shard)
        while True:
            hits = self._search(
                preference=f"_shards:{shard}",
                query={"range": {"_seq_no": {"gt": last, "lte": end}}},
                sort=[{"_seq_no": "asc"}],
                size=_PAGE,
            )
            if not hits:
                return
            yield hits
            last = hits[-1]["_seq_no"]

    def _search(self, **request: Any) -> Sequence[Hit]:
        """Return documents of the shop's index, not of one to which its alias has moved."""
        with cluster_errors(f"read the documents of {self._shop.index}"):
            hits: Sequence[Hit] = self._client.search(
                index=self._shop.index,
                source={"excludes": self._filler.source_excludes},
                seq_no_primary_term=True,
                version=True,
                track_total_hits=False,
                allow_partial_search_results=False,
                **request,
            )["hits"]["hits"]
        return hits

    def _enrich(self, page: Sequence[Hit]) -> WriteReport:
        if not self._allow_versions:
            check_versions(self._shop.index, page)
        report = self._filler.fill_documents(page)
        if report.conflicting_ids:
            self._check_alias()  # writes go through it: in another index all of them conflict
        self.counts.read += len(page)
        self.counts.written += report.written
        self.counts.conflicts += len(report.conflicting_ids)
        self.counts.rejected |= report.rejected
        return report

    def _note_failures(self, ids: Sequence[str], report: WriteReport) -> None:
        """Record which of the documents ``ids`` have failed, to enrich them again later."""
        failed = self._cursor.failed
        failed.difference_update(ids)
        failed.update(report.failed_ids)
        if len(failed) > _MAX_FAILED:
            self._cursors.save(self._cursor)
            product_id, reason = next(iter(report.rejected.items()))
            raise CatalogueIndexError(
                f"more than {_MAX_FAILED:,} documents of {self._shop.index} are rejected, the last"
                f" ones such as {product_id}: {reason}; correct the cause and run the command again"
            )


def check_versions(index: str, hits: Sequence[Hit]) -> None:
    """Check that no document has a version that its writer gave it.

    A version that Elasticsearch counts is at most the number of writes to the shard.

    :raises CatalogueIndexError: if there is one.
    """
    for hit in hits:
        if hit["_version"] > hit["_seq_no"] + 1:
            raise CatalogueIndexError(
                f"{index} cannot be enriched: the version {hit['_version']} of {hit['_id']} was"
                " given by its writer (version_type external), and writing codes would raise it,"
                " so that your next write could be rejected as older; write without versions, or"
                " add --allow-versions if no writer gives them any more or leaves gaps between them"
            )
