"""Dead letters over a real cluster, and fed again through the command and a worker process."""

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
from ingest.producer.deletes import Listed
from ingest.runs.batch import Batch
from ingest.runs.batch_store import Ledger, TakenBatch
from ingest.runs.dead_letters import DeadLetter, DeadLetters
from ingest.runs.outcomes import Fate
from ingest.worker.pipeline import FailedRow, Origin, Outcome

KETTLE = Row(1, 1, Product("k", "Kettle", price=3.0, attributes={"colour": ("red",)}))
PAN = Row(2, 2, Product("p", "Pan"))
BOTH_FAILED = Outcome.all_failed((KETTLE, PAN), "too hot", stage="enrich")
BOTH_NEW = Outcome({1: Fate.NEW, 2: Fate.NEW}, ())

Take = Callable[..., TakenBatch]


@pytest.fixture
def letters(client: Elasticsearch, installed: Settings) -> DeadLetters:
    return DeadLetters(client, installed.index)


@pytest.fixture
def run(client: Elasticsearch) -> int:
    """A number that no other test has; the one after it is this test's, too."""
    first, _ = next_run_number(client), next_run_number(client)
    return first


@pytest.fixture
def take(client: Elasticsearch, installed: Settings) -> Take:
    """Writes a batch of both rows to the ledger and takes it."""
    ledger = Ledger(client, installed.index, lease_s=60, worker="host:1")

    def batch(run: int, of_run: int | None = None) -> TakenBatch:
        ledger.add(Origin("shop.xml", run), Batch(1, (KETTLE, PAN), of_run=of_run))
        taken = ledger.take(run, 1)
        assert taken is not None
        return taken

    return batch


def documents(client: Elasticsearch, index: str) -> dict[str, Any]:
    client.indices.refresh(index=DEAD)
    hits = client.search(index=DEAD, query={"term": {"index": index}}, size=100)["hits"]["hits"]
    return {hit["_source"]["product"]: hit["_source"] for hit in hits}


def test_a_letter_holds_the_row_and_all_there_is_to_say(
    client: Elasticsearch, installed: Settings, letters: DeadLetters, run: int, take: Take
) -> None:
    mixed = Outcome({1: Fate.FAILED, 2: Fate.NEW}, (FailedRow(KETTLE, "too hot", "enrich"),))

    letters.settle(take(run), mixed)

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
    assert list(letters.of_run(run)) == [DeadLetter("shop.xml", run, KETTLE, 1)]
    assert list(letters.of_run(run + 1)) == []


def test_a_batch_that_is_delivered_again_writes_the_same_letters(
    letters: DeadLetters, run: int, take: Take
) -> None:
    batch = take(run)
    for _ in range(2):
        letters.settle(batch, BOTH_FAILED)

    assert [letter.attempts for letter in letters.of_run()] == [1, 1]


def test_a_row_that_is_fed_again_fails_once_more_or_leaves(
    letters: DeadLetters, run: int, take: Take
) -> None:
    letters.settle(take(run), BOTH_FAILED)
    fed_again = take(run + 1, of_run=run)
    assert fed_again.origin == Origin("shop.xml", run)

    letters.settle(fed_again, Outcome({1: Fate.NEW, 2: Fate.FAILED}, (FailedRow(PAN, "x"),)))

    assert list(letters.of_run(run + 1)) == [DeadLetter("shop.xml", run, PAN, 2)]
    assert list(letters.of_run(run)) == [DeadLetter("shop.xml", run, PAN, 2)]


def test_a_newer_feed_that_brings_the_product_in_settles_its_letter(
    letters: DeadLetters, run: int, take: Take
) -> None:
    letters.settle(take(run), BOTH_FAILED)

    letters.settle(take(run + 1), replace(BOTH_NEW, fates={1: Fate.UNCHANGED, 2: Fate.CHANGED}))

    assert list(letters.of_run()) == []


def test_an_older_run_that_comes_late_leaves_a_newer_letter_alone(
    letters: DeadLetters, run: int, take: Take
) -> None:
    newer = run + 1
    letters.settle(take(newer), BOTH_FAILED)

    letters.settle(take(run), BOTH_NEW)

    assert {letter.run for letter in letters.of_run()} == {newer}


def test_letters_of_products_that_a_full_feed_no_longer_lists_go(
    letters: DeadLetters, run: int, take: Take
) -> None:
    letters.settle(take(run), BOTH_FAILED)
    listed = Listed()
    list(listed.noting([KETTLE]))

    letters.drop_unlisted("outlet.xml", listed)
    letters.drop_unlisted("shop.xml", listed)

    assert [letter.row for letter in letters.of_run()] == [KETTLE]


def let_writes_in(client: Elasticsearch, index: str, *, is_on: bool) -> None:
    alias = {"index": f"{index}-*", "alias": write_alias(index), "is_write_index": is_on}
    client.indices.update_aliases(actions=[{"add": alias}])


def test_failed_rows_are_fed_again_once_the_index_is_mended(
    client: Elasticsearch,
    store: Any,
    gram_dir: Path,
    tmp_path: Path,
    cluster_settings: Settings,
) -> None:
    index, alias = cluster_settings.index, write_alias(cluster_settings.index)
    feed = tmp_path / "shop.ndjson"
    lines = [{"id": f"k-{number}", "title": f"Kettle {number}"} for number in range(1, 31)]
    poison: dict[str, object] = {"id": "x", "title": "Poison", "n" * 33_000: "v"}
    feed.write_text("\n".join(map(json.dumps, [*lines, poison])))
    store.start_worker(gram_dir)
    let_writes_in(client, index, is_on=False)

    blocked = store.run("ingest", str(feed), "--wait", "--json")
    let_writes_in(client, index, is_on=True)
    run = json.loads(blocked.stdout)["run"]
    again = store.run("ingest", "replay", str(run), "--wait")

    assert (blocked.returncode, json.loads(blocked.stdout)["failed"]) == (1, 31)
    assert f"feed them again with gram-es ingest replay {run}" in blocked.stderr
    assert again.returncode == 1
    assert "31 rows: 30 new, 0 changed, 0 unchanged, 0 refused, 1 failed in " in again.stdout
    assert "immense field" in again.stderr
    (letter,) = documents(client, index).values()
    assert (letter["product"], letter["attempts"], letter["run"]) == ("x", 2, run)
    client.indices.refresh(index=alias)
    assert client.count(index=index)["count"] == 30

    del poison["n" * 33_000]
    feed.write_text("\n".join(map(json.dumps, [*lines, poison])))
    mended = store.run("ingest", str(feed), "--wait")
    nothing = store.run("ingest", "replay")

    assert "31 rows: 1 new, 0 changed, 30 unchanged" in mended.stdout
    assert nothing.returncode == 0
    assert nothing.stderr == "there are no dead letters: no row waits to be fed again\n"
