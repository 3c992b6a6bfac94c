"""A worker's bench while Elasticsearch refuses, is cut off, is late or is full."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import ClusterUnavailableError
from gram_es.index.lifecycle import install
from gram_es.index.names import DEAD, LEDGER, write_alias
from gram_es.index.state_store import next_run_number
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.batch import Batch
from ingest.runs.batch_store import Ledger
from ingest.worker.batch_job import Workbench
from ingest.worker.pipeline import Origin

PRODUCTS = [Product(f"k-{number}", f"Stove kettle {number} litre") for number in range(1, 7)]
ROWS = tuple(Row(number, number, product) for number, product in enumerate(PRODUCTS, 1))

LIVE = r"GET /test-[^/]+/_mapping"
TAKE = r"POST /gram-es-ledger/_update/"
READ = r"POST /test-[^/]+/_mget"
BULK = r" /_bulk\?"
LETTERS = r"POST /gram-es-dead/_count"
CLOSE = r"PUT /gram-es-ledger/_doc/\d+-\d+"
ALL = (LIVE, TAKE, READ, BULK, LETTERS, CLOSE)
TIMEOUT_S = 1.0
TRIES = 4  # of the client, before an error comes to us


@dataclass
class Work:
    """A batch in the ledger, and a bench that works on it through the proxy."""

    client: Elasticsearch
    settings: Settings
    bench: Workbench
    run: int

    def until_done(self) -> int:
        """Ask for the batch again as often as Celery would, and return how often that was."""
        for times in range(1, 60):
            try:
                self.bench.enrich(self.run, 1)
            except ClusterUnavailableError:
                continue
            return times
        raise AssertionError("the batch does not come to its end")

    @property
    def batch(self) -> dict[str, Any]:
        return dict(self.client.get(index=LEDGER, id=f"{self.run}-1")["_source"])

    def held(self) -> list[dict[str, Any]]:
        ids = [product.id for product in PRODUCTS]
        found = self.client.mget(index=write_alias(self.settings.index), ids=ids)["docs"]
        return [document["_source"] for document in found if document["found"]]


@pytest.fixture
def work(
    client: Elasticsearch,
    cluster_settings: Settings,
    gram: Gram,
    gram_dir: Path,
    proxy: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Work:
    for module in ("pipeline", "deleting"):
        monkeypatch.setattr(f"ingest.{module}._FIRST_PAUSE_S", 0.01)
    install(
        client,
        cluster_settings,
        slot=gram.slot,
        fingerprint=gram.fingerprint,
        family="tiny",
    )
    through = {"elasticsearch_url": proxy.url, "elasticsearch_timeout_s": TIMEOUT_S}
    run = next_run_number(client)
    ledger = Ledger(client, cluster_settings.index, lease_s=60)
    ledger.add(Origin("shop.xml", run), Batch(1, ROWS))
    bench = Workbench(cluster_settings.model_copy(update=through), [gram_dir])
    bench.load()
    return Work(client, cluster_settings, bench, run)


@pytest.fixture
def assert_all_is_right(work: Work, gram: Gram, assert_codes_of: Any) -> Callable[[], None]:
    """Checks documents and ledger against what they are if nothing goes wrong."""

    def check() -> None:
        held = work.held()
        assert [document["title"] for document in held] == [product.title for product in PRODUCTS]
        assert_codes_of(gram, PRODUCTS, [document["gram"] for document in held])
        batch = work.batch
        assert (batch["state"], batch["counts"]["new"], batch["counts"]["rows"]) == ("done", 6, 6)
        assert batch["attempts"] == 1  # no worker has died
        work.client.indices.refresh(index=DEAD)
        letters = {"term": {"index": work.settings.index}}
        assert work.client.count(index=DEAD, query=letters)["count"] == 0

    return check


@pytest.mark.parametrize("kind", ["429", "503", "cut", "cut_after", "late"])
def test_whatever_request_it_strikes_nothing_is_lost_and_nobody_is_blamed(
    work: Work, proxy: Any, faults: Any, assert_all_is_right: Callable[[], None], kind: str
) -> None:
    fault, times = {
        "429": (faults.refuse(429), TRIES),
        "503": (faults.refuse(503), TRIES),
        "cut": (faults.cut, TRIES),
        "cut_after": (faults.cut_after, TRIES),
        "late": (faults.answer_late(2 * TIMEOUT_S), 1),
    }[kind]
    for pattern in ALL:
        proxy.inject(pattern, fault, times=times)

    work.until_done()

    assert proxy.unspent == []
    assert_all_is_right()


def test_an_answer_that_is_lost_once_costs_no_second_delivery(
    work: Work, proxy: Any, faults: Any, assert_all_is_right: Callable[[], None]
) -> None:
    for pattern in ALL:
        proxy.inject(pattern, faults.cut_after)

    assert work.until_done() == 1
    assert_all_is_right()


def test_an_item_that_a_bulk_rejects_is_written_by_the_next(
    work: Work, proxy: Any, faults: Any, assert_all_is_right: Callable[[], None]
) -> None:
    proxy.inject(BULK, faults.reject_item("k-3"), times=2)

    assert work.until_done() == 1
    assert proxy.unspent == []
    assert_all_is_right()


def test_products_that_cannot_be_read_yet_are_waited_for(
    work: Work, proxy: Any, assert_all_is_right: Callable[[], None]
) -> None:
    def no_shard_yet(request: Any) -> Any:
        error = b'{"type": "no_shard_available_action_exception", "reason": "No shard available"}'
        item = b'{"_index": "i", "_id": "k-1", "error": %s}' % error
        answer = request.forward()
        return replace(answer, body=b'{"docs": [%s]}' % item)

    proxy.inject(READ, no_shard_yet, times=3)

    work.until_done()

    assert proxy.unspent == []
    assert_all_is_right()


@pytest.mark.parametrize("since", ["the start", "the bulk"])
def test_a_full_disk_is_waited_for(
    work: Work, proxy: Any, assert_all_is_right: Callable[[], None], since: str
) -> None:
    full = partial(block, work.client, (write_alias(work.settings.index), LEDGER, DEAD))

    def fill_and_forward(request: Any) -> Any:
        full(True)
        return request.forward()

    try:
        if since == "the start":
            full(True)
        else:
            proxy.inject(BULK, fill_and_forward)
        for _ in range(7):  # more often than workers may die over a batch
            with pytest.raises(ClusterUnavailableError):
                work.bench.enrich(work.run, 1)
    finally:
        full(False)

    assert work.until_done() == 1
    assert_all_is_right()


def block(client: Elasticsearch, indices: Sequence[str], is_on: bool) -> None:
    """Do as Elasticsearch does at the flood stage of the disk, and when there is room again."""
    setting = {"index.blocks.read_only_allow_delete": True if is_on else None}
    client.indices.put_settings(index=",".join(indices), settings=setting)
