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
from gram_es.model.manifest import FORMAT
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.producer import deletes
from ingest.producer.deletes import ListedIds, SourceProducts, plan_deletes
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import Origin
from ingest.runs.report import RunReport
from ingest.runs.run_store import READ, Run, RunStore
from ingest.worker.batch_job import BatchJob
from ingest.worker.pipeline import Pipeline

ROWS = [Row(n, n, Product(f"k-{n}", f"Kettle {n}")) for n in range(1, 21)]


@pytest.fixture
def source_products(
    client: Elasticsearch, installed: Settings, pipeline: Pipeline
) -> SourceProducts:
    """The twenty products of shop.xml; the index also has a product of another feed."""
    pipeline.index_rows(ROWS, Origin("shop.xml", 1))
    pipeline.index_rows([Row(1, 1, Product("x", "Odd"))], Origin("outlet.xml", 1))
    return SourceProducts(client, installed.index, "shop.xml")


@pytest.fixture
def run(client: Elasticsearch) -> Run:
    """A run whose feed was read: two batches, neither of which is in this ledger."""
    number = next_run_number(client)
    started = datetime.now(UTC)
    run = Run(number, "shop.xml", "products-1", "hash", 10, "model", started, products_before=20)
    return replace(run, state=READ, rows=18, batches=2)


@pytest.fixture
def ledger(client: Elasticsearch, installed: Settings) -> BatchStore:
    return BatchStore(client, installed.index, lease_s=60, worker="host:1")


def all_but(*missing: str) -> ListedIds:
    listed = ListedIds()
    list(listed.recording(row for row in ROWS if row.product.id not in missing))
    return listed


def planned(client: Elasticsearch, run: int) -> dict[int, list[str]]:
    client.indices.refresh(index=LEDGER)
    hits = client.search(index=LEDGER, query={"term": {"run": run}}, sort=["batch"])["hits"]["hits"]
    return {hit["_source"]["batch"]: hit["_source"]["unlisted"] for hit in hits}


def test_the_products_of_a_source_are_counted(source_products: SourceProducts) -> None:
    assert source_products.count() == 20


def test_unlisted_products_become_a_batch_after_those_of_the_rows(
    client: Elasticsearch, source_products: SourceProducts, run: Run, ledger: BatchStore
) -> None:
    plan = plan_deletes(run, all_but("k-3", "k-5"), source_products, ledger, max_share=0.1)

    assert plan == replace(run, batches=3)
    assert planned(client, run.number) == {3: ["k-3", "k-5"]}
    batch = ledger.lease(run.number, 3)
    assert batch is not None
    assert (batch.rows, batch.unlisted) == ((), ("k-3", "k-5"))


def test_a_feed_that_lists_all_plans_nothing(
    client: Elasticsearch, source_products: SourceProducts, run: Run, ledger: BatchStore
) -> None:
    assert plan_deletes(run, all_but(), source_products, ledger, max_share=0.1) == run
    assert planned(client, run.number) == {}


def test_more_deletes_than_the_share_are_withheld_and_reported_unless_allowed(
    client: Elasticsearch,
    installed: Settings,
    source_products: SourceProducts,
    run: Run,
    ledger: BatchStore,
) -> None:
    listed = all_but("k-3", "k-5", "k-7")

    withheld = plan_deletes(run, listed, source_products, ledger, max_share=0.1)

    assert withheld == replace(run, withheld_deletes=3)
    assert planned(client, run.number) == {}
    report = RunReport.of(RunStore(client, installed.index), withheld)
    assert not report.is_clean
    assert [line for line in report.problem_lines() if "missing in" not in line] == [
        "nothing was deleted: the feed no longer lists 3 of the 20 products of shop.xml, a larger"
        " share than GRAM_ES_MOST_DELETED allows; if these products are to be deleted, run"
        " gram-es ingest FEED --allow-deletes"
    ]
    allowed = plan_deletes(withheld, listed, source_products, ledger, max_share=None)
    assert (allowed.batches, allowed.withheld_deletes) == (3, 0)
    assert planned(client, run.number) == {3: ["k-3", "k-5", "k-7"]}


def test_the_share_refers_to_the_products_before_the_run(
    source_products: SourceProducts, run: Run, ledger: BatchStore
) -> None:
    grown = replace(run, products_before=10)  # the run itself added ten more

    plan = plan_deletes(grown, all_but("k-3", "k-5"), source_products, ledger, max_share=0.1)
    assert plan.withheld_deletes == 2


def test_an_interrupted_plan_is_replaced(
    client: Elasticsearch,
    source_products: SourceProducts,
    run: Run,
    ledger: BatchStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deletes, "_IDS_PER_BATCH", 1)
    plan_deletes(run, all_but("k-3", "k-5", "k-7"), source_products, ledger, max_share=None)

    again = plan_deletes(run, all_but("k-4", "k-6"), source_products, ledger, max_share=None)

    assert again.batches == 4
    assert planned(client, run.number) == {3: ["k-4"], 4: ["k-6"]}


@pytest.mark.parametrize(
    ("newer", "outcome"),
    [(None, "deleted"), ({"partial": True}, "deleted"), ({"partial": False}, "retained")],
    ids=["the last run", "a newer partial run", "a newer full run"],
)
def test_a_worker_deletes_unless_there_is_a_newer_full_run(
    client: Elasticsearch,
    installed: Settings,
    source_products: SourceProducts,
    run: Run,
    ledger: BatchStore,
    model: Any,
    tmp_path: Path,
    newer: dict[str, bool] | None,
    outcome: str,
) -> None:
    manifest = {"fingerprint": model.fingerprint, "family": "base", "dimensions": 64, "files": {}}
    (tmp_path / "gram.json").write_text(json.dumps({**manifest, "format": FORMAT}))
    runs = RunStore(client, installed.index)
    runs.save(plan_deletes(run, all_but("k-3", "k-5"), source_products, ledger, max_share=0.1))
    if newer is not None:
        runs.begin(replace(run, feed_hash="other", **newer))  # type: ignore[arg-type]

    BatchJob(installed, [tmp_path]).enrich(run.number, 3)

    counts = runs.totals(run.number).counts
    assert (getattr(counts, outcome), counts.unlisted) == (2, 2)
    assert source_products.count() == (18 if outcome == "deleted" else 20)


def test_a_source_of_many_pages_is_read_to_its_end(
    source_products: SourceProducts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletes, "_PAGE", 3)

    missing: Any = set(source_products.unlisted(all_but("k-1", "k-20")))

    assert missing == {"k-1", "k-20"}
