"""The producer's part of deletes: which products of a source its full feed no longer lists."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice

import numpy as np
import numpy.typing as npt
from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import write_alias
from gram_es.index.scan import scan
from ingest.feeds import FileFault, RefusedRow, Row
from ingest.runs.batch import Batch
from ingest.runs.batch_store import Ledger
from ingest.runs.run_store import Run
from ingest.worker.pipeline import Origin

_BETWEEN_WORDS = re.compile(r"[\s\"'<>,;|{}\[\]]+")


class Listed:
    """The ids that a feed lists, as hashes of this process.

    Two ids of one hash make a product stay that should go; none goes that should stay.
    """

    def __init__(self) -> None:
        self._hashes = array("q")

    def noting(
        self, feed: Iterable[Row | RefusedRow | FileFault]
    ) -> Iterator[Row | RefusedRow | FileFault]:
        """Yield the feed as it is, and note what it lists."""
        for found in feed:
            if isinstance(found, Row):
                self._hashes.append(hash(found.product.id))
            elif isinstance(found, RefusedRow) and found.is_for_sale:
                self._hashes.extend(map(hash, _possible_ids(found)))
            yield found

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Return those of ``ids`` that the feed, read to its end, does not list, in order."""
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        first = np.searchsorted(self._sorted, hashes, side="left")
        past = np.searchsorted(self._sorted, hashes, side="right")
        return [ids[int(place)] for place in np.flatnonzero(first == past)]

    @cached_property
    def _sorted(self) -> npt.NDArray[np.int64]:
        return np.sort(np.frombuffer(self._hashes, np.int64))


def _possible_ids(row: RefusedRow) -> Iterator[str]:
    """Yield a refused row's id; every word of its text where nothing tells it."""
    yield from row.possible_ids
    if row.possible_ids:
        return
    for word in _BETWEEN_WORDS.split(row.excerpt):
        yield word
        yield word.strip(":=")


_PAGE = 10_000
_IDS_A_BATCH = 1_000


class Stock:
    """The products in an index that a source has brought."""

    def __init__(self, client: Elasticsearch, index: str, source: str) -> None:
        self._client = client
        self._alias = write_alias(index)
        self._query = {"term": {"feed.source": source}}

    def count(self) -> int:
        """Return how many there are now."""
        with cluster_errors(f"count the products behind {self._alias}"):
            self._client.indices.refresh(index=self._alias)
            return int(self._client.count(index=self._alias, query=self._query)["count"])

    def unlisted(self, listed: Listed) -> Iterator[str]:
        """Yield the ids of those that a feed does not list; nothing is held but a page."""
        with cluster_errors(f"refresh {self._alias}"):
            self._client.indices.refresh(index=self._alias)
        pages = scan(self._client, self._alias, self._query, page_size=_PAGE, source=False)
        for page in pages:
            yield from listed.missing([hit["_id"] for hit in page])


def plan_deletes(
    run: Run, listed: Listed, stock: Stock, ledger: Ledger, *, most: float | None
) -> Run:
    """Write the products that a run's feed does not list to the ledger, and return the run.

    They are batches behind the run's own, none of them sent. If they are more than the share
    ``most`` of what was stocked, nothing is written, and the run tells how many are held; ``None``
    lets any number through.
    """
    unlisted = sum(1 for _ in stock.unlisted(listed))
    if most is not None and unlisted > most * run.stocked:
        return replace(run, held=unlisted)
    ledger.drop_from(run.number, run.batches + 1)  # of a plan that was cut short
    batches = run.batches
    if unlisted:
        ids = stock.unlisted(listed)
        while some := tuple(islice(ids, _IDS_A_BATCH)):
            batches += 1
            ledger.add(Origin(run.source, run.number), Batch(batches, unlisted=some))
    return replace(run, batches=batches, held=0)
