"""The producer's part of deletes: find the products of a source that its feed no longer lists."""

from __future__ import annotations

import logging
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
from ingest.feeds import FileFault, RejectedRow, Row
from ingest.runs.batch import Batch
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import Origin
from ingest.runs.run_store import Run

logger = logging.getLogger(__name__)

_PAGE = 10_000
_IDS_PER_BATCH = 1_000
_BETWEEN_WORDS = re.compile(r"[\s\"'<>,;|{}\[\]]+")


class ListedIds:
    """The ids that a feed lists, stored as hashes that are valid only in this process.

    If two ids have the same hash, a product that should be deleted may stay. A product that should
    stay is never deleted.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self.any_id_row = ""
        """The place of the first row that may be about any product, or empty."""

    def recording(
        self, feed: Iterable[Row | RejectedRow | FileFault]
    ) -> Iterator[Row | RejectedRow | FileFault]:
        """Yield the items of a feed unchanged, and record the ids of its rows.

        A rejected row counts as listing every id that it may have. If that may be any id, nothing
        is missing from the feed.
        """
        for item in feed:
            if isinstance(item, Row):
                self._hashes.append(hash(item.product.id))
            elif isinstance(item, RejectedRow) and item.is_for_sale:
                self._hashes.extend(map(hash, _possible_ids(item)))
                if item.may_have_any_id and not self.any_id_row:
                    self.any_id_row = f"row {item.number}, line {item.line}"
            yield item

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Return those of ``ids`` that the feed does not list, in order.

        Call it only after the whole feed was read through :meth:`recording`.
        """
        if self.any_id_row:
            return []
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        first = np.searchsorted(self._sorted, hashes, side="left")
        last = np.searchsorted(self._sorted, hashes, side="right")
        return [ids[int(position)] for position in np.flatnonzero(first == last)]

    @cached_property
    def _sorted(self) -> npt.NDArray[np.int64]:
        return np.sort(np.frombuffer(self._hashes, np.int64))


def _possible_ids(row: RejectedRow) -> Iterator[str]:
    """Yield the ids that a rejected row may have, or all words of its text if no id can be read."""
    yield from row.possible_ids
    if row.possible_ids:
        return
    for word in _BETWEEN_WORDS.split(row.excerpt):
        yield word
        yield word.strip(":=")


class SourceProducts:
    """The products in an index that were last written by one source, the name of a feed."""

    def __init__(self, client: Elasticsearch, index: str, source: str) -> None:
        self._client = client
        self._alias = write_alias(index)
        self._query = {"term": {"feed.source": source}}

    def count(self) -> int:
        """Return the current number of products."""
        with cluster_errors(f"count the products behind {self._alias}"):
            self._client.indices.refresh(index=self._alias)
            return int(self._client.count(index=self._alias, query=self._query)["count"])

    def unlisted(self, listed: ListedIds) -> Iterator[str]:
        """Yield the ids of the source's products that a feed does not list.

        Only one page of ids is in memory at a time.
        """
        with cluster_errors(f"refresh {self._alias}"):
            self._client.indices.refresh(index=self._alias)
        pages = scan(self._client, self._alias, self._query, page_size=_PAGE, source=False)
        for page in pages:
            yield from listed.missing([hit["_id"] for hit in page])


def plan_deletes(
    run: Run,
    listed: ListedIds,
    source_products: SourceProducts,
    ledger: BatchStore,
    *,
    max_share: float | None,
) -> Run:
    """Write batches that delete the products not listed in a run's feed, and return the run.

    The batches are written to the ledger, numbered after those of the rows; none is sent. If too
    many products would be deleted, no batch is written, and ``withheld_deletes`` of the returned
    run is the number of these products.

    :param max_share: the largest share that may be deleted of the products that the source had
        before the run, from 0 to 1; ``None`` sets no limit.
    """
    if listed.any_id_row:
        logger.warning(
            "no product is deleted, as %s may be about any of them; correct it and ingest again",
            listed.any_id_row,
        )
    unlisted = sum(1 for _ in source_products.unlisted(listed))
    if max_share is not None and unlisted > max_share * run.products_before:
        return replace(run, withheld_deletes=unlisted)
    ledger.delete_batches_from(run.number, run.batches + 1)  # left by an interrupted call
    batches = run.batches
    if unlisted:
        ids = source_products.unlisted(listed)
        while batch_ids := tuple(islice(ids, _IDS_PER_BATCH)):
            batches += 1
            ledger.add(Origin(run.source, run.number), Batch(batches, unlisted=batch_ids))
    return replace(run, batches=batches, withheld_deletes=0)
