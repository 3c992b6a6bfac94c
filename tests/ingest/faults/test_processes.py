"""Worker, broker and cluster processes that end during a run."""

import json
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.cluster.node.node import LocalNode
from gram_es.index.lifecycle import live_index, put_slot
from gram_es.index.names import LEDGER, concrete_index, write_alias
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.settings import Settings

LEASE = r"POST /gram-es-ledger/_update/"
BULK = r" /_bulk\?"
CLOSE = r"PUT /gram-es-ledger/_doc/\d+-\d+"
LONGER_THAN_KOMBU_RETRIES_S = 3  # by default kombu drops a message after a second


def kill(worker: Any) -> None:
    worker.send_signal(signal.SIGKILL)
    worker.communicate()


def batches(client: Elasticsearch, run: int) -> list[dict[str, Any]]:
    client.indices.refresh(index=LEDGER)
    conditions = [{"term": {"run": run}}, {"term": {"kind": "batch"}}]
    response = client.search(index=LEDGER, query={"bool": {"filter": conditions}}, size=1_000)
    return [hit["_source"] for hit in response["hits"]["hits"]]


def test_a_worker_may_be_killed_at_any_point_of_a_batch(
    proxied: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    assert_no_effect: Callable[[], None],
) -> None:
    ingest = proxied.start("ingest", str(feed), "--wait", "--json")
    for pattern, fault in (
        (LEASE, faults.cut),  # received, not leased
        (LEASE, faults.cut_after),  # leased, nothing done
        (BULK, faults.cut),  # decoded, nothing written
        (BULK, faults.cut_after),  # written, not recorded in the ledger
        (CLOSE, faults.cut_after),  # done, not acknowledged
    ):
        gate = proxy.inject_gate(pattern, fault)
        worker = proxied.start_worker(gram_dir)
        proxied.wait_until(gate.reached.is_set)
        kill(worker)
        gate.opened.set()
    proxied.start_worker(gram_dir)

    out, err = ingest.communicate(timeout=90)

    result = json.loads(out)
    assert proxy.unused_faults == []
    assert (result["created"], result["rows"], result["state"]) == (60, 60, "done"), err
    assert_no_effect()


def test_the_batch_of_a_killed_worker_is_resent_after_ingest_has_exited(
    client: Elasticsearch,
    proxied: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    assert_no_effect: Callable[[], None],
) -> None:
    gate = proxy.inject_gate(BULK, faults.cut)
    worker = proxied.start_worker(gram_dir)
    run = json.loads(proxied.run("ingest", str(feed), "--json").stdout)["run"]
    proxied.wait_until(gate.reached.is_set)
    kill(worker)
    gate.opened.set()

    proxied.start_worker(gram_dir)

    proxied.wait_until(lambda: all(batch["state"] == "done" for batch in batches(client, run)))
    result = json.loads(proxied.run("ingest", "status", str(run), "--json").stdout)
    assert (result["created"], result["rows"], result["state"]) == (60, 60, "done")
    assert_no_effect()


def test_late_rows_of_an_older_run_change_nothing_and_a_slow_worker_keeps_its_batch(
    client: Elasticsearch,
    cluster_url: str,
    proxied: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    assert_no_effect: Callable[[], None],
) -> None:
    lines = feed.read_text()
    feed.write_text(lines.replace("Stove", "Camping"))
    proxied.environment["GRAM_ES_BATCH_SIZE"] = "60"
    gate = proxy.inject_gate(BULK, faults.forward, waits_first=True)
    proxied.start_worker(gram_dir)
    older = proxied.start("ingest", str(feed), "--wait", "--json")
    proxied.wait_until(gate.reached.is_set)
    feed.write_text(lines)
    proxied.environment["ELASTICSEARCH_URL"] = cluster_url
    proxied.start_worker(gram_dir)  # starting takes longer than the lease

    newer = json.loads(proxied.run("ingest", str(feed), "--wait", "--json").stdout)
    gate.opened.set()
    late = json.loads(older.communicate(timeout=90)[0])

    assert (newer["created"], newer["rows"]) == (60, 60)
    assert (late["superseded"], late["rows"], late["state"]) == (60, 60, "done")
    assert [batch["attempts"] for batch in batches(client, late["run"])] == [1]
    assert_no_effect()


@pytest.mark.parametrize("forgets", [False, True], ids=["keeps its data", "forgets"])
def test_a_broker_may_restart_during_a_run(
    proxied: Any,
    proxy: Any,
    faults: Any,
    redis: Any,
    gram_dir: Path,
    feed: Path,
    assert_complete: Callable[..., None],
    forgets: bool,
) -> None:
    proxied.environment |= {"GRAM_ES_BROKER_URL": redis.url, "GRAM_ES_BATCHES_AHEAD": "4"}
    gate = proxy.inject_gate(BULK, faults.forward, waits_first=True)
    proxied.start_worker(gram_dir)
    ingest = proxied.start("ingest", str(feed), "--wait", "--json")
    proxied.wait_until(gate.reached.is_set)

    redis.stop()
    gate.opened.set()
    if forgets:
        redis.forget()
    # The batch behind the gate is done, and ingest has one more to send.
    proxied.wait_until(lambda: "5 rows: 5 created" in proxied.worker_log)
    time.sleep(LONGER_THAN_KOMBU_RETRIES_S)
    redis.start()

    assert_complete(ingest, timeout_s=90)


def test_elasticsearch_may_restart_during_a_run(
    node: LocalNode,
    cluster_url: str,
    proxied: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    assert_complete: Callable[..., None],
) -> None:
    gate = proxy.inject_gate(BULK, faults.forward, waits_first=True)
    proxied.start_worker(gram_dir)
    ingest = proxied.start("ingest", str(feed), "--wait", "--json")
    proxied.wait_until(gate.reached.is_set)

    node.stop()
    gate.opened.set()
    node.start(port=int(cluster_url.rpartition(":")[2]))

    assert_complete(ingest, timeout_s=120)


def test_a_killed_change_of_model_is_resumed(
    client: Elasticsearch,
    cluster_settings: Settings,
    proxied: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    other_gram_dir: Path,
    other_gram: Gram,
    products: list[Product],
    feed: Path,
    assert_no_effect: Callable[[], None],
    assert_codes_of: Any,
) -> None:
    proxied.start_worker(gram_dir)
    ingested = proxied.run("ingest", str(feed), "--wait")
    assert ingested.returncode == 0, ingested.stderr
    models = ["--model", str(other_gram_dir), "--live-model", str(gram_dir)]
    change = ["index", "migrate", *models, "--min-overlap", "0"]
    gate = proxy.inject_gate(BULK, faults.forward, waits_first=True)
    first = proxied.start(*change)
    proxied.wait_until(gate.reached.is_set)

    kill(first)
    gate.opened.set()
    again = proxied.run(*change)

    assert again.returncode == 0, again.stderr
    alias = write_alias(cluster_settings.index)
    assert live_index(client, alias).live_slot == other_gram.slot
    assert_no_effect()
    found = client.mget(index=alias, ids=[product.id for product in products])["docs"]
    assert_codes_of(other_gram, products, [document["_source"]["gram"] for document in found])


@pytest.fixture
def move_alias(
    client: Elasticsearch, cluster_settings: Settings, gram: Gram
) -> Callable[..., tuple[str, str]]:
    """A function that moves aliases to a new empty index, and returns the old and the new one."""

    def move(*aliases: str) -> tuple[str, str]:
        old = live_index(client, cluster_settings.index).index
        new = concrete_index(cluster_settings.index, datetime(2030, 1, 1, tzinfo=UTC))
        client.indices.create(index=new)
        put_slot(client, new, slot=gram.slot, fingerprint=gram.fingerprint, family=gram.family)
        remove = [{"remove": {"index": old, "alias": alias}} for alias in aliases]
        add = [{"add": {"index": new, "alias": alias}} for alias in aliases]
        client.indices.update_aliases(actions=[*remove, *add])
        return old, new

    return move


def test_aliases_that_are_moved_by_hand_during_a_run_are_reported_and_the_next_run_is_right(
    cluster_settings: Settings,
    proxied: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    move_alias: Callable[..., tuple[str, str]],
    assert_no_effect: Callable[[], None],
) -> None:
    gate = proxy.inject_gate(BULK, faults.forward)
    proxied.start_worker(gram_dir)
    ingest = proxied.start("ingest", str(feed), "--wait", "--json")
    proxied.wait_until(gate.reached.is_set)

    old, new = move_alias(cluster_settings.index, write_alias(cluster_settings.index))
    gate.opened.set()
    _, err = ingest.communicate(timeout=90)
    again = proxied.run("ingest", str(feed), "--wait", "--json")

    assert ingest.returncode == 2
    assert f"was moved from {old} to {new}" in err
    assert again.returncode == 0, again.stderr
    assert_no_effect()


def test_batches_wait_while_the_aliases_point_to_two_indices(
    client: Elasticsearch,
    cluster_settings: Settings,
    proxied: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    move_alias: Callable[..., tuple[str, str]],
    assert_complete: Callable[..., None],
) -> None:
    gate = proxy.inject_gate(BULK, faults.forward)
    proxied.start_worker(gram_dir)
    ingest = proxied.start("ingest", str(feed), "--wait", "--json")
    proxied.wait_until(gate.reached.is_set)

    old, new = move_alias(cluster_settings.index)
    gate.opened.set()
    proxied.wait_until(lambda: "point to 2 indices" in proxied.worker_log)
    back = {"index": old, "alias": cluster_settings.index}
    forth = {"index": new, "alias": cluster_settings.index}
    client.indices.update_aliases(actions=[{"remove": forth}, {"add": back}])

    assert_complete(ingest, timeout_s=90)
