"""Runs whose ``ingest`` has left: the workers send again what is overdue of them."""

from __future__ import annotations

from functools import partial

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.settings import Settings
from ingest.broker.celery_app import send_batch
from ingest.runs.batch_store import Ledger
from ingest.runs.resend import Follower
from ingest.runs.run_store import READING, Runs


class Unattended:
    """Follows the open batches of one index, for as long as a worker lives.

    A run whose feed is still being read is left alone, since the same ``ingest`` goes on with it,
    unless its source has a newer run. Sending twice does no harm, so several workers may follow the
    same run.
    """

    def __init__(self, client: Elasticsearch, app: Celery, settings: Settings) -> None:
        self._ledger = Ledger(client, settings.index, lease_s=settings.lease_s)
        self._runs = Runs(client, settings.index)
        self._app = app
        self._lease_s = settings.lease_s
        self._followers: dict[int, Follower] = {}

    def look(self) -> None:
        """Send again what a dead worker held, and what a broker has lost.

        :raises ClusterUnavailableError: if Elasticsearch stays away.
        :raises BrokerError: if the broker does.
        """
        found = self._ledger.open_batches()
        is_left = {run: self._is_left(run) for run in {run for run, _ in found}}
        self._followers = {
            run: self._followers.get(run) or self._follower(run)
            for run, left in is_left.items()
            if left
        }
        for run, number in found:
            if run in self._followers:
                self._followers[run].adopt(number)
        for follower in self._followers.values():
            follower.look()

    def _is_left(self, number: int) -> bool:
        run = self._runs.find(number)
        if run is None or run.state != READING:
            return run is not None
        last = self._runs.last_of(run.source)
        return last is not None and last.number > number

    def _follower(self, run: int) -> Follower:
        send = partial(send_batch, self._app, run)
        return Follower(self._ledger, run, send, _Silent(), lease_s=self._lease_s)


class _Silent:
    """A watcher who wants to know nothing."""

    def rows_read(self, rows: int) -> None: ...

    def rows_done(self, rows: int) -> None: ...

    def stalled(self, seconds: float) -> None: ...
