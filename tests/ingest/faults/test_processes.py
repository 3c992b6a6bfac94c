"""Workers, brokers and clusters that end in the middle of a run, as processes."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.cluster.node.node import LocalNode
from gram_es.index.lifecycle import live_index
from gram_es.index.names import LEDGER, write_alias
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.settings import Settings

PRODUCTS = [Product(f"k-{number}", f"Stove kettle {number} litre") for number in range(1, 61)]
TAKE = r"POST /gram-es-ledger/_update/"
BULK = r" /_bulk\?"
CLOSE = r"PUT /gram-es-ledger/_doc/\d+-\d+"
BEYOND_KOMBUS_PATIENCE_S = 3  # it gives a message up after a second, left to itself


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    lines = [json.dumps({"id": product.id, "title": product.title}) for product in PRODUCTS]
    path = tmp_path / "shop.ndjson"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def faulty(store: Any, proxy: Any) -> Any:
    """Commands that reach the cluster through the proxy; leases are short, batches small."""
    store.environment |= {
        "ELASTICSEARCH_URL": proxy.url,
        "GRAM_ES_LEASE": "1",
        "GRAM_ES_BATCH_SIZE": "5",
    }
    return store


@pytest.fixture
def assert_index_is_right(
    client: Elasticsearch, cluster_settings: Settings, gram: Gram, assert_codes_of: Any
) -> Callable[[], None]:
    """Checks each document against what it is if nothing goes wrong."""

    def check() -> None:
        alias = write_alias(cluster_settings.index)
        found = client.mget(index=alias, ids=[product.id for product in PRODUCTS])["docs"]
        held = [document["_source"] for document in found if document["found"]]
        assert [document["title"] for document in held] == [product.title for product in PRODUCTS]
        assert_codes_of(gram, PRODUCTS, [document["gram"] for document in held])

    return check


def kill(worker: Any) -> None:
    worker.send_signal(signal.SIGKILL)
    worker.communicate()


def batches(client: Elasticsearch, run: int) -> list[dict[str, Any]]:
    client.indices.refresh(index=LEDGER)
    conditions = [{"term": {"run": run}}, {"term": {"kind": "batch"}}]
    found = client.search(index=LEDGER, query={"bool": {"filter": conditions}}, size=1_000)
    return [hit["_source"] for hit in found["hits"]["hits"]]


def test_a_worker_may_be_killed_at_any_point_of_a_batch(
    faulty: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    assert_index_is_right: Callable[[], None],
) -> None:
    ingest = faulty.start("ingest", str(feed), "--wait", "--json")
    for pattern, fault in (
        (TAKE, faults.cut),  # received, and not in the ledger
        (TAKE, faults.cut_after),  # taken, nothing done
        (BULK, faults.cut),  # decoded, nothing written
        (BULK, faults.cut_after),  # written, and the ledger does not know
        (CLOSE, faults.cut_after),  # done, and the broker does not know
    ):
        gate = proxy.hold(pattern, fault)
        worker = faulty.start_worker(gram_dir)
        faulty.wait_until(gate.reached.is_set)
        kill(worker)
        gate.opened.set()
    faulty.start_worker(gram_dir)

    out, err = ingest.communicate(timeout=90)

    result = json.loads(out)
    assert proxy.unspent == []
    assert (result["new"], result["rows"], result["state"]) == (60, 60, "done"), err
    assert_index_is_right()


def test_what_a_killed_worker_held_is_sent_again_though_ingest_has_left(
    client: Elasticsearch,
    faulty: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    assert_index_is_right: Callable[[], None],
) -> None:
    gate = proxy.hold(BULK, faults.cut)
    doomed = faulty.start_worker(gram_dir)
    run = json.loads(faulty.run("ingest", str(feed), "--json").stdout)["run"]
    faulty.wait_until(gate.reached.is_set)
    kill(doomed)
    gate.opened.set()

    faulty.start_worker(gram_dir)

    faulty.wait_until(lambda: all(batch["state"] == "done" for batch in batches(client, run)))
    result = json.loads(faulty.run("ingest", "status", str(run), "--json").stdout)
    assert (result["new"], result["rows"], result["state"]) == (60, 60, "done")
    assert_index_is_right()


def test_late_rows_of_an_older_run_change_nothing_and_a_slow_worker_keeps_its_batch(
    client: Elasticsearch,
    cluster_url: str,
    faulty: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    assert_index_is_right: Callable[[], None],
) -> None:
    lines = feed.read_text()
    feed.write_text(lines.replace("Stove", "Camping"))
    faulty.environment["GRAM_ES_BATCH_SIZE"] = "60"
    gate = proxy.hold(BULK, faults.pass_on, holds_first=True)
    faulty.start_worker(gram_dir)
    older = faulty.start("ingest", str(feed), "--wait", "--json")
    faulty.wait_until(gate.reached.is_set)
    feed.write_text(lines)
    faulty.environment["ELASTICSEARCH_URL"] = cluster_url
    faulty.start_worker(gram_dir)  # longer than the lease

    newer = json.loads(faulty.run("ingest", str(feed), "--wait", "--json").stdout)
    gate.opened.set()
    late = json.loads(older.communicate(timeout=90)[0])

    assert (newer["new"], newer["rows"]) == (60, 60)
    assert (late["superseded"], late["rows"], late["state"]) == (60, 60, "done")
    assert [batch["attempts"] for batch in batches(client, late["run"])] == [1]
    assert_index_is_right()


@pytest.mark.parametrize("forgets", [False, True], ids=["keeps its data", "forgets"])
def test_a_broker_may_start_anew_in_the_middle_of_a_run(
    faulty: Any,
    proxy: Any,
    faults: Any,
    redis: Any,
    gram_dir: Path,
    feed: Path,
    assert_index_is_right: Callable[[], None],
    forgets: bool,
) -> None:
    faulty.environment |= {"GRAM_ES_BROKER_URL": redis.url, "GRAM_ES_BATCHES_AHEAD": "4"}
    gate = proxy.hold(BULK, faults.pass_on, holds_first=True)
    faulty.start_worker(gram_dir)
    ingest = faulty.start("ingest", str(feed), "--wait", "--json")
    faulty.wait_until(gate.reached.is_set)

    redis.stop()
    gate.opened.set()
    if forgets:
        redis.forget()
    # The batch that was held is done, and ingest has one more to send.
    faulty.wait_until(lambda: "5 rows: 5 new" in faulty.worker_log)
    time.sleep(BEYOND_KOMBUS_PATIENCE_S)
    redis.start()

    out, err = ingest.communicate(timeout=90)
    result = json.loads(out)
    assert (result["new"], result["rows"], result["state"]) == (60, 60, "done"), err
    assert_index_is_right()


def test_elasticsearch_may_start_anew_in_the_middle_of_a_run(
    node: LocalNode,
    cluster_url: str,
    faulty: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    assert_index_is_right: Callable[[], None],
) -> None:
    gate = proxy.hold(BULK, faults.pass_on, holds_first=True)
    faulty.start_worker(gram_dir)
    ingest = faulty.start("ingest", str(feed), "--wait", "--json")
    faulty.wait_until(gate.reached.is_set)

    node.stop()
    gate.opened.set()
    node.start(port=int(cluster_url.rpartition(":")[2]))

    out, err = ingest.communicate(timeout=120)
    result = json.loads(out)
    assert (result["new"], result["rows"], result["state"]) == (60, 60, "done"), err
    assert_index_is_right()


def test_a_change_of_model_that_was_killed_goes_on(
    client: Elasticsearch,
    cluster_settings: Settings,
    faulty: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    other_gram_dir: Path,
    other_gram: Gram,
    feed: Path,
    assert_index_is_right: Callable[[], None],
    assert_codes_of: Any,
) -> None:
    faulty.start_worker(gram_dir)
    ingested = faulty.run("ingest", str(feed), "--wait")
    assert ingested.returncode == 0, ingested.stderr
    models = ["--model", str(other_gram_dir), "--live-model", str(gram_dir)]
    change = ["index", "migrate", *models, "--min-overlap", "0"]
    gate = proxy.hold(BULK, faults.pass_on, holds_first=True)
    first = faulty.start(*change)
    faulty.wait_until(gate.reached.is_set)

    kill(first)
    gate.opened.set()
    again = faulty.run(*change)

    assert again.returncode == 0, again.stderr
    alias = write_alias(cluster_settings.index)
    assert live_index(client, alias).live_slot == other_gram.slot
    assert_index_is_right()
    found = client.mget(index=alias, ids=[product.id for product in PRODUCTS])["docs"]
    assert_codes_of(other_gram, PRODUCTS, [document["_source"]["gram"] for document in found])
