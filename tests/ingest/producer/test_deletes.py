"""Planning the deletes of a run over a real index and ledger."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import LEDGER
from gram_es.index.state_store import next_run_number
from gram_es.model import folder as model_folder
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.producer import deletes
from ingest.producer.deletes import Listed, Stock, plan_deletes
from ingest.runs.batch_store import Ledger
from ingest.runs.report import Report
from ingest.runs.run_store import READ, Run, Runs
from ingest.worker.batch_job import Workbench
from ingest.worker.pipeline import Origin, Pipeline

ROWS = [Row(n, n, Product(f"k-{n}", f"Kettle {n}")) for n in range(1, 21)]


@pytest.fixture
def stock(client: Elasticsearch, installed: Settings, pipeline: Pipeline) -> Stock:
    """Twenty products of shop.xml, and one of another feed."""
    pipeline.index_rows(ROWS, Origin("shop.xml", 1))
    pipeline.index_rows([Row(1, 1, Product("x", "Odd"))], Origin("outlet.xml", 1))
    return Stock(client, installed.index, "shop.xml")


@pytest.fixture
def run(client: Elasticsearch) -> Run:
    """A run whose feed was read: two batches, none of which stands in this ledger."""
    number = next_run_number(client)
    started = datetime.now(UTC)
    run = Run(number, "shop.xml", "products-1", "hash", 10, "model", started, stocked=20)
    return replace(run, state=READ, rows=18, batches=2)


@pytest.fixture
def ledger(client: Elasticsearch, installed: Settings) -> Ledger:
    return Ledger(client, installed.index, lease_s=60, worker="host:1")


def all_but(*missing: str) -> Listed:
    listed = Listed()
    list(listed.noting(row for row in ROWS if row.product.id not in missing))
    return listed


def planned(client: Elasticsearch, run: int) -> dict[int, list[str]]:
    client.indices.refresh(index=LEDGER)
    hits = client.search(index=LEDGER, query={"term": {"run": run}}, sort=["batch"])["hits"]["hits"]
    return {hit["_source"]["batch"]: hit["_source"]["unlisted"] for hit in hits}


def test_a_source_counts_its_own_products(stock: Stock) -> None:
    assert stock.count() == 20


def test_what_is_not_listed_becomes_a_batch_behind_those_of_the_rows(
    client: Elasticsearch, stock: Stock, run: Run, ledger: Ledger
) -> None:
    plan = plan_deletes(run, all_but("k-3", "k-5"), stock, ledger, most=0.1)

    assert plan == replace(run, batches=3)
    assert planned(client, run.number) == {3: ["k-3", "k-5"]}
    taken = ledger.take(run.number, 3)
    assert taken is not None
    assert (taken.rows, taken.unlisted) == ((), ("k-3", "k-5"))


def test_a_feed_that_lists_all_plans_nothing(
    client: Elasticsearch, stock: Stock, run: Run, ledger: Ledger
) -> None:
    assert plan_deletes(run, all_but(), stock, ledger, most=0.1) == run
    assert planned(client, run.number) == {}


def test_more_than_the_share_are_held_and_told_unless_they_are_allowed(
    client: Elasticsearch, installed: Settings, stock: Stock, run: Run, ledger: Ledger
) -> None:
    listed = all_but("k-3", "k-5", "k-7")

    held = plan_deletes(run, listed, stock, ledger, most=0.1)

    assert held == replace(run, held=3)
    assert planned(client, run.number) == {}
    report = Report.of(Runs(client, installed.index), held)
    assert not report.is_clean
    assert list(report.complaints()) == [
        "nothing was deleted: the feed no longer lists 3 of the 20 products of shop.xml, a larger"
        " share than GRAM_ES_MOST_DELETED allows; if that is right, let it through with"
        " gram-es ingest run FEED --allow-deletes"
    ]
    allowed = plan_deletes(held, listed, stock, ledger, most=None)
    assert (allowed.batches, allowed.held) == (3, 0)
    assert planned(client, run.number) == {3: ["k-3", "k-5", "k-7"]}


def test_the_share_is_of_what_was_there_before_the_run(
    stock: Stock, run: Run, ledger: Ledger
) -> None:
    grown = replace(run, stocked=10)  # the run itself has brought ten more

    assert plan_deletes(grown, all_but("k-3", "k-5"), stock, ledger, most=0.1).held == 2


def test_a_plan_that_was_cut_short_is_made_anew(
    client: Elasticsearch,
    stock: Stock,
    run: Run,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deletes, "_IDS_A_BATCH", 1)
    plan_deletes(run, all_but("k-3", "k-5", "k-7"), stock, ledger, most=None)

    again = plan_deletes(run, all_but("k-4", "k-6"), stock, ledger, most=None)

    assert again.batches == 4
    assert planned(client, run.number) == {3: ["k-4"], 4: ["k-6"]}


@pytest.mark.parametrize(
    ("newer", "fate"),
    [(None, "deleted"), ({"partial": True}, "deleted"), ({"partial": False}, "kept")],
    ids=["the last run", "a newer partial run", "a newer full run"],
)
def test_a_worker_deletes_unless_a_newer_full_run_has_the_say(
    client: Elasticsearch,
    installed: Settings,
    stock: Stock,
    run: Run,
    ledger: Ledger,
    model: Any,
    tmp_path: Path,
    newer: dict[str, bool] | None,
    fate: str,
) -> None:
    manifest = {"fingerprint": model.fingerprint, "family": "tiny", "dimensions": 64, "files": {}}
    (tmp_path / "gram.json").write_text(json.dumps({**manifest, "format": model_folder.FORMAT}))
    runs = Runs(client, installed.index)
    runs.save(plan_deletes(run, all_but("k-3", "k-5"), stock, ledger, most=0.1))
    if newer is not None:
        runs.begin(replace(run, feed_hash="other", **newer))  # type: ignore[arg-type]

    Workbench(installed, [tmp_path]).enrich(run.number, 3)

    counts = runs.totals(run.number).counts
    assert (getattr(counts, fate), counts.unlisted) == (2, 2)
    assert stock.count() == (18 if fate == "deleted" else 20)


def test_a_source_of_many_pages_is_read_to_its_end(
    stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletes, "_PAGE", 3)

    missing: Any = set(stock.unlisted(all_but("k-1", "k-20")))

    assert missing == {"k-1", "k-20"}
