"""The producer's part of deletes: which products of a source its full feed no longer lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import write_alias
from gram_es.index.scan import scan
from ingest.producer.listed_ids import Listed
from ingest.runs.batch import Batch
from ingest.runs.batch_store import Ledger
from ingest.runs.run_store import Run
from ingest.worker.pipeline import Origin

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
