"""The producer over a real ledger."""

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
from ingest.producer.enqueue import produce
from ingest.runs import resend as following
from ingest.runs.batch_store import Ledger
from ingest.runs.outcomes import Fate
from ingest.runs.resend import Follower
from ingest.runs.run_store import Run, Runs
from ingest.worker.pipeline import Outcome

ROWS = [Row(number, number, Product(f"k-{number}", "Kettle")) for number in range(1, 11)]
AHEAD = 3


@dataclass
class Worker:
    """A worker that takes up a batch when the test says so."""

    ledger: Ledger
    run: int
    sent: list[int] = field(default_factory=list)

    def work(self, number: int) -> None:
        taken = self.ledger.take(self.run, number)
        assert taken is not None
        self.ledger.finish(taken, Outcome({number: Fate.NEW}, ()))

    def rows_read(self, rows: int) -> None: ...

    def rows_done(self, rows: int) -> None: ...

    def stalled(self, seconds: float) -> None: ...


@pytest.fixture
def run(client: Elasticsearch, installed: Settings) -> Run:
    wanted = Run(0, "shop.xml", "products-1", "hash", 1, "model", datetime.now(UTC))
    return Runs(client, installed.index).begin(wanted)


@pytest.fixture
def worker(client: Elasticsearch, installed: Settings, run: Run) -> Worker:
    return Worker(Ledger(client, installed.index, lease_s=60, worker="host:1"), run.number)


@pytest.fixture
def follower(worker: Worker, run: Run, monkeypatch: pytest.MonkeyPatch) -> Follower:
    monkeypatch.setattr(following, "_POLL_S", 0.02)
    return Follower(worker.ledger, run.number, worker.sent.append, worker, lease_s=60)


def test_it_is_never_more_batches_ahead_than_it_may_be(
    worker: Worker, follower: Follower, run: Run
) -> None:
    parts = {"ledger": worker.ledger, "follower": follower, "watcher": worker}
    producer = threading.Thread(
        target=partial(produce, ROWS, run, **parts, batches_ahead=AHEAD), daemon=True
    )
    producer.start()

    for done in range(len(ROWS)):
        most = min(done + AHEAD, len(ROWS))
        limit = time.monotonic() + 60
        while len(worker.sent) < most:
            assert time.monotonic() < limit
            time.sleep(0.02)
        time.sleep(0.1)  # in which it could run ahead
        assert worker.sent == list(range(1, most + 1))
        worker.work(done + 1)
    producer.join(timeout=60)

    assert not producer.is_alive()


def test_a_full_disk_is_waited_for(
    client: Elasticsearch, worker: Worker, follower: Follower, run: Run
) -> None:
    block = "index.blocks.read_only_allow_delete"
    client.indices.put_settings(index=LEDGER, settings={block: True})
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            client.indices.put_settings(index=LEDGER, settings={block: None})

    try:
        read = produce(
            ROWS[:1],
            run,
            ledger=worker.ledger,
            follower=follower,
            watcher=worker,
            batches_ahead=AHEAD,
            pause=pause,
        )
    finally:
        client.indices.put_settings(index=LEDGER, settings={block: None})

    assert (read.rows, pauses) == (1, [1.0, 2.0])
