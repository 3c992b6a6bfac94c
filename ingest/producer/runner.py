"""A run from the side that queues it: begun, its batches sent and followed, closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import live_index
from gram_es.settings import Settings
from ingest.broker.celery_app import check_broker, send_batch
from ingest.producer.deletes import Stock
from ingest.progress_bar import ProgressBar
from ingest.runs.batch_store import Ledger
from ingest.runs.resend import Follower
from ingest.runs.run_store import Run, Runs


class Runner:
    """Brings the runs of one index under way."""

    def __init__(self, client: Elasticsearch, app: Celery, settings: Settings) -> None:
        self._client = client
        self._app = app
        self._settings = settings
        self.runs = Runs(client, settings.index)
        self.ledger = Ledger(client, settings.index, lease_s=settings.lease_s)

    def begin(self, source: str, feed_hash: str, *, partial: bool) -> Run:
        """Begin a run into the live index, or go on with the same one that was cut short.

        :raises BrokerError: if the broker does not answer.
        :raises CatalogueIndexError: if the index is not installed.
        """
        check_broker(self._app)
        live = live_index(self._client, self._settings.index)
        if live.live_slot is None:
            raise CatalogueIndexError(
                f"{live.index} has no slot for a model's codes; make one with"
                " gram-es index install --model DIR"
            )
        wanted = Run(
            number=0,
            source=source,
            target=live.index,
            feed_hash=feed_hash,
            batch_size=self._settings.batch_size,
            model=live.slots[live.live_slot].fingerprint,
            started_at=datetime.now(UTC),
            partial=partial,
            stocked=Stock(self._client, self._settings.index, source).count(),
        )
        return self.runs.begin(wanted)

    @contextmanager
    def follow(self, run: Run) -> Iterator[tuple[Follower, ProgressBar]]:
        """Give what sends and follows the run's batches, and a bar that shows them."""
        with ProgressBar() as bar:
            send = partial(send_batch, self._app, run.number)
            lease_s = self._settings.lease_s
            yield Follower(self.ledger, run.number, send, bar, lease_s=lease_s), bar

    def send(self, follower: Follower, rows: Mapping[int, int]) -> None:
        """Send batches that stand in the ledger, never far ahead; ``rows`` is how many each has."""
        for number, size in rows.items():
            follower.add(number, size)
            follower.wait(at_most=self._settings.batches_ahead - 1)

    def close(self, run: Run) -> Run:
        """Return the run as done, its rows searchable."""
        done = self.runs.closed(run)
        self.runs.save(done)
        with cluster_errors(f"make the rows of run {run.number} searchable"):
            self._client.indices.refresh(index=self._settings.index)
        return done
