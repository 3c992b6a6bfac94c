"""Orphaned batches: the command ``ingest`` that sent them has exited, so workers resend them."""

from __future__ import annotations

from functools import partial

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.background import logged_errors
from gram_es.settings import Settings
from ingest.broker.celery_app import send_batch
from ingest.runs.batch_store import BatchStore
from ingest.runs.resend import Resender
from ingest.runs.run_store import READING, RunStore


class OrphanedBatches:
    """Follows the orphaned batches of an index while a worker runs, and resends overdue batches.

    While the command ``ingest`` reads the feed of a run, the command itself resends overdue batches
    of the run. In this time a batch is orphaned only if the source has a newer run. Once the feed
    is read, every open batch of the run counts as orphaned. So does every open batch of a run that
    the ledger has lost. Resending twice is harmless, so several
    workers may follow the same run.
    """

    def __init__(self, client: Elasticsearch, app: Celery, settings: Settings) -> None:
        self._ledger = BatchStore(client, settings.index, lease_s=settings.lease_s)
        self._runs = RunStore(client, settings.index)
        self._app = app
        self._lease_s = settings.lease_s
        self._resenders: dict[int, Resender] = {}

    def resend_overdue(self) -> None:
        """Resend the orphaned batches that a worker leased before it died, or that the broker lost.

        :raises ClusterUnavailableError: if Elasticsearch does not answer.
        :raises BrokerError: if the broker does not answer.
        """
        open_batches = self._ledger.open_batches()
        open_runs = {run for run, _ in open_batches}
        self._resenders = {
            run: self._resenders.get(run) or self._new_resender(run)
            for run in open_runs
            if self._is_orphaned(run)
        }
        for run, number in open_batches:
            if run in self._resenders:
                self._resenders[run].track(number)
        for run, resender in self._resenders.items():
            with logged_errors(f"cannot resend all batches of run {run}"):
                resender.poll()

    def _is_orphaned(self, number: int) -> bool:
        run = self._runs.read(number)
        if run is None or run.state != READING:
            return True
        last = self._runs.last_of(run.source)
        return last is not None and last.number > number

    def _new_resender(self, run: int) -> Resender:
        send = partial(send_batch, self._app, run)
        return Resender(self._ledger, run, send, _NoListener(), lease_s=self._lease_s)


class _NoListener:
    """A listener that ignores the progress."""

    def rows_read(self, rows: int) -> None: ...

    def rows_done(self, rows: int) -> None: ...

    def stalled(self, seconds: float) -> None: ...
