"""Dead letters over a real cluster, and their replay through the command and a worker process."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import DEAD, write_alias
from gram_es.index.state_store import next_run_number
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.producer.deletes import ListedIds
from ingest.runs.batch import Batch
from ingest.runs.batch_document import LeasedBatch
from ingest.runs.batch_store import BatchStore
from ingest.runs.dead_letters import DeadLetter, DeadLetters
from ingest.runs.outcomes import FailedRow, IndexingResult, Origin, Outcome

KETTLE = Row(1, 1, Product("k", "Kettle", price=3.0, attributes={"colour": ("red",)}))
PAN = Row(2, 2, Product("p", "Pan"))
BOTH_FAILED = IndexingResult.all_failed((KETTLE, PAN), "too hot", stage="enrich")
BOTH_CREATED = IndexingResult({1: Outcome.CREATED, 2: Outcome.CREATED}, ())

LeaseBatch = Callable[..., LeasedBatch]


@pytest.fixture
def letters(client: Elasticsearch, installed: Settings) -> DeadLetters:
    return DeadLetters(client, installed.index)


@pytest.fixture
def run(client: Elasticsearch) -> int:
    """A run number that no other test uses; the number after it is reserved, too."""
    first, _ = next_run_number(client), next_run_number(client)
    return first


@pytest.fixture
def lease_batch(client: Elasticsearch, installed: Settings) -> LeaseBatch:
    """A function that writes a batch of both rows to the ledger and leases it."""
    ledger = BatchStore(client, installed.index, lease_s=60, worker="host:1")

    def write_and_lease(run: int, read_in_run: int | None = None) -> LeasedBatch:
        ledger.add(Origin("shop.xml", run), Batch(1, (KETTLE, PAN), read_in_run=read_in_run))
        leased = ledger.lease(run, 1)
        assert leased is not None
        return leased

    return write_and_lease


def documents(client: Elasticsearch, index: str) -> dict[str, Any]:
    client.indices.refresh(index=DEAD)
    hits = client.search(index=DEAD, query={"term": {"index": index}}, size=100)["hits"]["hits"]
    return {hit["_source"]["product"]: hit["_source"] for hit in hits}


def test_a_letter_has_the_row_and_where_and_why_it_failed(
    client: Elasticsearch,
    installed: Settings,
    letters: DeadLetters,
    run: int,
    lease_batch: LeaseBatch,
) -> None:
    mixed = IndexingResult(
        {1: Outcome.FAILED, 2: Outcome.CREATED}, (FailedRow(KETTLE, "too hot", "enrich"),)
    )

    letters.update(lease_batch(run), mixed)

    (letter,) = documents(client, installed.index).values()
    del letter["raw"], letter["at"]
    assert letter == {
        "index": installed.index,
        "source": "shop.xml",
        "run": run,
        "row": 1,
        "failed_in": run,
        "attempts": 1,
        "product": "k",
        "stage": "enrich",
        "error": "too hot",
    }
    assert list(letters.in_run(run)) == [DeadLetter("shop.xml", run, KETTLE, 1)]
    assert list(letters.in_run(run + 1)) == []


def test_a_batch_that_is_delivered_again_writes_the_same_letters(
    letters: DeadLetters, run: int, lease_batch: LeaseBatch
) -> None:
    batch = lease_batch(run)
    for _ in range(2):
        letters.update(batch, BOTH_FAILED)

    assert [letter.attempts for letter in letters.in_run()] == [1, 1]


def test_the_letter_of_a_replayed_row_counts_the_attempt_or_is_deleted(
    letters: DeadLetters, run: int, lease_batch: LeaseBatch
) -> None:
    letters.update(lease_batch(run), BOTH_FAILED)
    replayed = lease_batch(run + 1, read_in_run=run)
    assert replayed.origin == Origin("shop.xml", run)

    letters.update(
        replayed, IndexingResult({1: Outcome.CREATED, 2: Outcome.FAILED}, (FailedRow(PAN, "x"),))
    )

    assert list(letters.in_run(run + 1)) == [DeadLetter("shop.xml", run, PAN, 2)]
    assert list(letters.in_run(run)) == [DeadLetter("shop.xml", run, PAN, 2)]


def test_a_newer_feed_that_has_the_product_deletes_its_letter(
    letters: DeadLetters, run: int, lease_batch: LeaseBatch
) -> None:
    letters.update(lease_batch(run), BOTH_FAILED)

    letters.update(
        lease_batch(run + 1),
        replace(BOTH_CREATED, outcomes={1: Outcome.UNCHANGED, 2: Outcome.UPDATED}),
    )

    assert list(letters.in_run()) == []


def test_a_late_row_of_an_older_run_keeps_a_newer_letter(
    letters: DeadLetters, run: int, lease_batch: LeaseBatch
) -> None:
    newer = run + 1
    letters.update(lease_batch(newer), BOTH_FAILED)

    letters.update(lease_batch(run), BOTH_CREATED)

    assert {letter.run for letter in letters.in_run()} == {newer}


def test_letters_of_products_that_a_full_feed_no_longer_lists_are_deleted(
    letters: DeadLetters, run: int, lease_batch: LeaseBatch
) -> None:
    letters.update(lease_batch(run), BOTH_FAILED)
    listed = ListedIds()
    list(listed.recording([KETTLE]))

    letters.delete_unlisted("outlet.xml", listed.missing)
    letters.delete_unlisted("shop.xml", listed.missing)

    assert [letter.row for letter in letters.in_run()] == [KETTLE]


def allow_writes(client: Elasticsearch, index: str, *, allowed: bool) -> None:
    alias = {"index": f"{index}-*", "alias": write_alias(index), "is_write_index": allowed}
    client.indices.update_aliases(actions=[{"add": alias}])


def reject_long_titles(client: Elasticsearch, index: str) -> None:
    """Index titles as one term each, which Elasticsearch limits to 32,766 bytes."""
    (answer,) = client.indices.get_mapping(index=index).values()
    title = answer["mappings"]["properties"]["title"]
    fields = {**title.get("fields", {}), "whole": {"type": "keyword"}}
    client.indices.put_mapping(index=index, properties={"title": {**title, "fields": fields}})


def test_failed_rows_are_replayed_after_the_index_is_fixed(
    client: Elasticsearch,
    store: Any,
    gram_dir: Path,
    tmp_path: Path,
    cluster_settings: Settings,
) -> None:
    index, alias = cluster_settings.index, write_alias(cluster_settings.index)
    feed = tmp_path / "shop.ndjson"
    lines = [{"id": f"k-{number}", "title": f"Kettle {number}"} for number in range(1, 31)]
    poison = {"id": "x", "title": "\N{TEAPOT}" * 8_192}
    reject_long_titles(client, index)
    feed.write_text("\n".join(map(json.dumps, [*lines, poison])))
    store.start_worker(gram_dir)
    allow_writes(client, index, allowed=False)

    blocked = store.run("ingest", str(feed), "--wait", "--json")
    allow_writes(client, index, allowed=True)
    run = json.loads(blocked.stdout)["run"]
    replayed = store.run("ingest", "replay", str(run), "--wait")

    assert (blocked.returncode, json.loads(blocked.stdout)["failed"]) == (1, 31)
    assert f"replay the failed rows with gram-es ingest replay {run}" in blocked.stderr
    assert replayed.returncode == 1
    counts = "31 rows: 30 created, 0 updated, 0 unchanged, 0 rejected, 1 failed in "
    assert counts in replayed.stdout
    assert "failed to parse field [title.whole]" in replayed.stderr
    (letter,) = documents(client, index).values()
    assert (letter["product"], letter["attempts"], letter["run"]) == ("x", 2, run)
    client.indices.refresh(index=alias)
    assert client.count(index=index)["count"] == 30

    poison["title"] = "Teapot"
    feed.write_text("\n".join(map(json.dumps, [*lines, poison])))
    complete = store.run("ingest", str(feed), "--wait")
    nothing = store.run("ingest", "replay")

    assert "31 rows: 1 created, 0 updated, 30 unchanged" in complete.stdout
    assert nothing.returncode == 0
    assert nothing.stderr == "there are no dead letters: no row to replay\n"
