"""The life of a run in the process that enqueues it: begin, send and follow batches, close."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.alias_swap import continues
from gram_es.index.lifecycle import live_index, writable_index
from gram_es.settings import Settings
from ingest.broker.celery_app import check_broker, send_batch
from ingest.producer.deletes import SourceProducts
from ingest.progress_bar import ProgressBar
from ingest.runs.batch_store import BatchStore
from ingest.runs.resend import Resender
from ingest.runs.run_store import Run, RunStore


class Runner:
    """Begins the runs of one index, sends their batches to the workers, and closes them."""

    def __init__(self, client: Elasticsearch, app: Celery, settings: Settings) -> None:
        self._client = client
        self._app = app
        self._settings = settings
        self.runs = RunStore(client, settings.index)
        self.ledger = BatchStore(client, settings.index, lease_s=settings.lease_s)

    def begin(self, source: str, feed_hash: str, *, partial: bool) -> Run:
        """Begin a run that writes to the live index, or resume an interrupted run of the same feed.

        :raises BrokerError: if the broker does not answer.
        :raises CatalogueIndexError: if the index is not installed or has no slot for a model.
        """
        check_broker(self._app)
        live = writable_index(self._client, self._settings.index)
        live.check_is_own("set GRAM_ES_INDEX to another alias, or enrich it with gram-es enrich")
        if live.live_slot is None:
            raise CatalogueIndexError(
                f"{live.index} has no slot for a model's codes; create one with"
                " gram-es index install --model DIR"
            )
        requested = Run(
            number=0,
            source=source,
            target=live.index,
            feed_hash=feed_hash,
            batch_size=self._settings.batch_size,
            model=live.slots[live.live_slot].fingerprint,
            started_at=datetime.now(UTC),
            partial=partial,
            products_before=SourceProducts(self._client, self._settings.index, source).count(),
        )
        return self.runs.begin(requested)

    @contextmanager
    def follow(self, run: Run) -> Iterator[tuple[Resender, ProgressBar]]:
        """Yield a resender of the run's batches, and a bar that shows their progress."""
        with ProgressBar() as bar:
            send = partial(send_batch, self._app, run.number)
            lease_s = self._settings.lease_s
            yield Resender(self.ledger, run.number, send, bar, lease_s=lease_s), bar

    def send(self, resender: Resender, rows: Mapping[int, int]) -> None:
        """Send batches that the ledger contains, and pause while too many batches are not done.

        :param rows: the number of rows of each batch, by the batch's number.
        """
        for number, size in rows.items():
            resender.add(number, size)
            resender.wait(at_most=self._settings.max_queued_batches - 1)

    def close(self, run: Run) -> Run:
        """Close a run whose batches are done, make its rows searchable, and return it.

        :raises CatalogueIndexError: if the alias was moved to an index that does not have all rows.
        """
        done = self.runs.close_if_done(run)
        self.runs.save(done)
        with cluster_errors(f"make the rows of run {run.number} searchable"):
            self._client.indices.refresh(index=self._settings.index)
        self._check_target(run)
        return done

    def _check_target(self, run: Run) -> None:
        """Check that the live index is the one in which the run began, or has all its writes.

        A migration or a rollback copies the writes to the index that it makes live.

        :raises CatalogueIndexError: if another index is live.
        """
        live = live_index(self._client, self._settings.index)
        if not continues(self._client, live, run.target):
            raise CatalogueIndexError(
                f"the alias {self._settings.index} was moved from {run.target} to {live.index} "
                f"during run {run.number}, but not by gram-es index migrate or rollback: some rows "
                f"are only in {run.target}; ingest the same feed again to write them to "
                f"{live.index}, or move the alias back first"
            )
