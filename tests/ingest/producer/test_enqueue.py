"""Enqueueing a feed over a real ledger."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import LEDGER
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.producer.enqueue import enqueue_feed
from ingest.runs import resend
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import IndexingResult, Outcome
from ingest.runs.resend import Resender
from ingest.runs.run_store import Run, RunStore

ROWS = [Row(number, number, Product(f"k-{number}", "Kettle")) for number in range(1, 11)]
AHEAD = 3


@dataclass
class Worker:
    """A worker that processes batches when the test calls it; it also listens to the progress."""

    ledger: BatchStore
    run: int
    sent: list[int] = field(default_factory=list)

    def work(self, number: int) -> None:
        batch = self.ledger.lease(self.run, number)
        assert batch is not None
        self.ledger.finish(batch, IndexingResult({number: Outcome.CREATED}, ()))

    def rows_read(self, rows: int) -> None: ...

    def rows_done(self, rows: int) -> None: ...

    def stalled(self, seconds: float) -> None: ...


@pytest.fixture
def run(client: Elasticsearch, installed: Settings) -> Run:
    requested = Run(0, "shop.xml", "products-1", "hash", 1, "model", datetime.now(UTC))
    return RunStore(client, installed.index).begin(requested)


@pytest.fixture
def worker(client: Elasticsearch, installed: Settings, run: Run) -> Worker:
    return Worker(BatchStore(client, installed.index, lease_s=60, worker="host:1"), run.number)


@pytest.fixture
def resender(worker: Worker, run: Run, monkeypatch: pytest.MonkeyPatch) -> Resender:
    monkeypatch.setattr(resend, "_POLL_S", 0.02)
    return Resender(worker.ledger, run.number, worker.sent.append, worker, lease_s=60)


def test_the_producer_is_never_further_ahead_than_the_limit(
    worker: Worker, resender: Resender, run: Run
) -> None:
    parts = {"ledger": worker.ledger, "resender": resender, "listener": worker}
    producer = threading.Thread(
        target=partial(enqueue_feed, ROWS, run, **parts, max_queued_batches=AHEAD), daemon=True
    )
    producer.start()

    for finished in range(len(ROWS)):
        expected = min(finished + AHEAD, len(ROWS))
        limit = time.monotonic() + 60
        while len(worker.sent) < expected:
            assert time.monotonic() < limit
            time.sleep(0.02)
        time.sleep(0.1)  # time enough to run ahead
        assert worker.sent == list(range(1, expected + 1))
        worker.work(finished + 1)
    producer.join(timeout=60)

    assert not producer.is_alive()


def test_the_producer_waits_while_the_disk_is_full(
    client: Elasticsearch, worker: Worker, resender: Resender, run: Run
) -> None:
    block = "index.blocks.read_only_allow_delete"
    client.indices.put_settings(index=LEDGER, settings={block: True})
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            client.indices.put_settings(index=LEDGER, settings={block: None})

    try:
        read = enqueue_feed(
            ROWS[:1],
            run,
            ledger=worker.ledger,
            resender=resender,
            listener=worker,
            max_queued_batches=AHEAD,
            pause=pause,
        )
    finally:
        client.indices.put_settings(index=LEDGER, settings={block: None})

    assert (read.rows, pauses) == (1, [1.0, 2.0])
