"""A ledger that is deleted, and a Redis server that loses its memory, in the middle of a run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import LEDGER, STATE

BULK = r" /_bulk\?"


@pytest.mark.parametrize("lost", [LEDGER, f"{LEDGER},{STATE}"], ids=["ledger", "run numbers too"])
def test_a_ledger_that_is_deleted_during_a_run_ends_it_and_the_next_run_indexes_every_row(
    client: Elasticsearch,
    proxied: Any,
    proxy: Any,
    faults: Any,
    gram_dir: Path,
    feed: Path,
    assert_no_effect: Callable[[], None],
    lost: str,
) -> None:
    gate = proxy.inject_gate(BULK, faults.forward, waits_first=True)
    proxied.start_worker(gram_dir)
    ingest = proxied.start("ingest", str(feed), "--wait", "--json")
    proxied.wait_until(gate.reached.is_set)

    client.indices.delete(index=lost)
    gate.opened.set()
    _, told = ingest.communicate(timeout=90)
    proxied.run("index", "install", "--model", str(gram_dir))
    again = proxied.run("ingest", str(feed), "--wait", "--json")

    assert ingest.returncode == 2
    assert LEDGER in told
    assert "again" in told
    assert again.returncode == 0, again.stderr
    result = json.loads(again.stdout)
    assert (result["rows"], result["failed"], result["superseded"]) == (60, 0, 0)
    assert result["created"] + result["unchanged"] == 60
    assert_no_effect()


def test_redis_may_lose_its_memory_while_it_runs(
    proxied: Any,
    proxy: Any,
    faults: Any,
    redis: Any,
    gram_dir: Path,
    feed: Path,
    assert_complete: Callable[..., None],
) -> None:
    proxied.environment |= {"GRAM_ES_BROKER_URL": redis.url, "GRAM_ES_BATCHES_AHEAD": "4"}
    gate = proxy.inject_gate(BULK, faults.forward, waits_first=True)
    proxied.start_worker(gram_dir)
    ingest = proxied.start("ingest", str(feed), "--wait", "--json")
    proxied.wait_until(gate.reached.is_set)

    redis.command("FLUSHALL")
    gate.opened.set()

    assert_complete(ingest, timeout_s=110)


def test_a_redis_server_that_is_full_ends_ingest_and_the_same_command_resumes_its_run(
    proxied: Any,
    redis: Any,
    gram_dir: Path,
    feed: Path,
    assert_no_effect: Callable[[], None],
) -> None:
    proxied.environment["GRAM_ES_BROKER_URL"] = redis.url
    redis.command("CONFIG", "SET", "maxmemory", "1")

    full = proxied.run("ingest", str(feed), "--wait")
    redis.command("CONFIG", "SET", "maxmemory", "0")
    proxied.start_worker(gram_dir)
    resumed = proxied.run("ingest", str(feed), "--wait", "--json")

    assert full.returncode == 2
    assert "command not allowed when used memory > 'maxmemory'" in full.stderr
    assert "run the command again to resume" in full.stderr
    assert json.loads(resumed.stdout)["created"] == 60
    assert_no_effect()
