"""The job of a worker while Elasticsearch rejects, disconnects, is slow or has a full disk."""

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
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import Origin
from ingest.worker.batch_job import BatchJob

PRODUCTS = [Product(f"k-{number}", f"Stove kettle {number} litre") for number in range(1, 7)]
ROWS = tuple(Row(number, number, product) for number, product in enumerate(PRODUCTS, 1))

LIVE = r"GET /test-[^/]+/_mapping"
LEASE = r"POST /gram-es-ledger/_update/"
READ = r"POST /test-[^/]+/_mget"
BULK = r" /_bulk\?"
LETTERS = r"POST /gram-es-dead/_count"
CLOSE = r"PUT /gram-es-ledger/_doc/\d+-\d+"
ALL = (LIVE, LEASE, READ, BULK, LETTERS, CLOSE)
TIMEOUT_S = 1.0
CLIENT_ATTEMPTS = 4  # requests that the client sends before it raises


@dataclass
class Work:
    """A batch in the ledger, and a job that processes it through the proxy."""

    client: Elasticsearch
    settings: Settings
    job: BatchJob
    run: int

    def until_done(self) -> int:
        """Retry the batch as Celery does, and return the number of attempts."""
        for attempts in range(1, 60):
            try:
                self.job.enrich(self.run, 1)
            except ClusterUnavailableError:
                continue
            return attempts
        raise AssertionError("the batch is never done")

    @property
    def batch(self) -> dict[str, Any]:
        return dict(self.client.get(index=LEDGER, id=f"{self.run}-1")["_source"])

    def documents(self) -> list[dict[str, Any]]:
        ids = [product.id for product in PRODUCTS]
        documents = self.client.mget(index=write_alias(self.settings.index), ids=ids)["docs"]
        return [document["_source"] for document in documents if document["found"]]


@pytest.fixture
def work(
    client: Elasticsearch,
    cluster_settings: Settings,
    gram: Gram,
    gram_dir: Path,
    proxy: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Work:
    for module in ("pipeline", "deletes"):
        monkeypatch.setattr(f"ingest.worker.{module}._FIRST_RETRY_DELAY_S", 0.01)
    install(
        client,
        cluster_settings,
        slot=gram.slot,
        fingerprint=gram.fingerprint,
        family="base",
    )
    proxied = {"elasticsearch_url": proxy.url, "elasticsearch_timeout_s": TIMEOUT_S}
    run = next_run_number(client)
    ledger = BatchStore(client, cluster_settings.index, lease_s=60)
    ledger.add(Origin("shop.xml", run), Batch(1, ROWS))
    job = BatchJob(cluster_settings.model_copy(update=proxied), [gram_dir])
    job.load()
    return Work(client, cluster_settings, job, run)


@pytest.fixture
def assert_no_effect(work: Work, gram: Gram, assert_codes_of: Any) -> Callable[[], None]:
    """A function that checks that documents and ledger are as after a run without faults."""

    def check() -> None:
        documents = work.documents()
        assert [document["title"] for document in documents] == [
            product.title for product in PRODUCTS
        ]
        assert_codes_of(gram, PRODUCTS, [document["gram"] for document in documents])
        batch = work.batch
        assert (batch["state"], batch["counts"]["created"], batch["counts"]["rows"]) == (
            "done",
            6,
            6,
        )
        assert batch["attempts"] == 1  # no worker has died
        work.client.indices.refresh(index=DEAD)
        letters = {"term": {"index": work.settings.index}}
        assert work.client.count(index=DEAD, query=letters)["count"] == 0

    return check


@pytest.mark.parametrize("kind", ["429", "503", "cut", "cut_after", "late"])
def test_a_fault_of_any_request_loses_no_row_and_fails_none(
    work: Work, proxy: Any, faults: Any, assert_no_effect: Callable[[], None], kind: str
) -> None:
    fault, times = {
        "429": (faults.reject(429), CLIENT_ATTEMPTS),
        "503": (faults.reject(503), CLIENT_ATTEMPTS),
        "cut": (faults.cut, CLIENT_ATTEMPTS),
        "cut_after": (faults.cut_after, CLIENT_ATTEMPTS),
        "late": (faults.answer_late(2 * TIMEOUT_S), 1),
    }[kind]
    for pattern in ALL:
        proxy.inject(pattern, fault, times=times)

    work.until_done()

    assert proxy.unused_faults == []
    assert_no_effect()


def test_an_answer_that_is_lost_once_needs_no_second_delivery(
    work: Work, proxy: Any, faults: Any, assert_no_effect: Callable[[], None]
) -> None:
    for pattern in ALL:
        proxy.inject(pattern, faults.cut_after)

    assert work.until_done() == 1
    assert_no_effect()


def test_an_item_that_a_bulk_request_rejects_is_written_by_the_next_one(
    work: Work, proxy: Any, faults: Any, assert_no_effect: Callable[[], None]
) -> None:
    proxy.inject(BULK, faults.reject_item("k-3"), times=2)

    assert work.until_done() == 1
    assert proxy.unused_faults == []
    assert_no_effect()


def test_the_job_waits_for_products_that_cannot_be_read_yet(
    work: Work, proxy: Any, assert_no_effect: Callable[[], None]
) -> None:
    def no_shard_yet(request: Any) -> Any:
        error = b'{"type": "no_shard_available_action_exception", "reason": "No shard available"}'
        item = b'{"_index": "i", "_id": "k-1", "error": %s}' % error
        answer = request.forward()
        return replace(answer, body=b'{"docs": [%s]}' % item)

    proxy.inject(READ, no_shard_yet, times=3)

    work.until_done()

    assert proxy.unused_faults == []
    assert_no_effect()


@pytest.mark.parametrize("since", ["the start", "the bulk"])
def test_the_job_waits_while_the_disk_is_full(
    work: Work, proxy: Any, assert_no_effect: Callable[[], None], since: str
) -> None:
    set_full = partial(block, work.client, (write_alias(work.settings.index), LEDGER, DEAD))

    def fill_and_forward(request: Any) -> Any:
        set_full(True)
        return request.forward()

    try:
        if since == "the start":
            set_full(True)
        else:
            proxy.inject(BULK, fill_and_forward)
        for _ in range(7):  # more often than a batch may be delivered
            with pytest.raises(ClusterUnavailableError):
                work.job.enrich(work.run, 1)
    finally:
        set_full(False)

    assert work.until_done() == 1
    assert_no_effect()


def block(client: Elasticsearch, indices: Sequence[str], blocked: bool) -> None:
    """Block writes as Elasticsearch does when a disk is full, or unblock them."""
    setting = {"index.blocks.read_only_allow_delete": True if blocked else None}
    client.indices.put_settings(index=",".join(indices), settings=setting)
