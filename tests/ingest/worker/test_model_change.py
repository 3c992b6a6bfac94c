"""A change of model while a worker has both models."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import install, live_index, put_slot
from gram_es.index.names import write_alias
from gram_es.index.state_store import next_run_number
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.batch import Batch
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import Origin
from ingest.worker.batch_job import BatchJob

Ingest = Callable[[dict[str, str]], Any]


@pytest.fixture
def ingest(commands: Any, tmp_path: Path) -> Ingest:
    """A function that ingests products (title by id) as a feed and returns the counts."""

    def run(titles: dict[str, str]) -> Any:
        feed = tmp_path / "feed.ndjson"
        rows = ({"id": product_id, "title": title} for product_id, title in titles.items())
        feed.write_text("\n".join(map(json.dumps, rows)))
        result = commands.run("ingest", str(feed), "--wait", "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return run


def test_a_worker_with_both_models_fills_both_slots_and_follows_the_switch(
    client: Elasticsearch,
    cluster_settings: Settings,
    commands: Any,
    ingest: Ingest,
    assert_codes_of: Any,
    gram_dir: Path,
    other_gram_dir: Path,
    gram: Gram,
    other_gram: Gram,
) -> None:
    alias = write_alias(cluster_settings.index)

    def assert_slots(titles: dict[str, str], *models: Gram) -> None:
        products = [Product(product_id, title) for product_id, title in titles.items()]
        documents = client.mget(index=alias, ids=list(titles))["docs"]
        slots = [document["_source"]["gram"] for document in documents]
        assert all(set(slot) == {model.slot for model in models} for slot in slots)
        for model in models:
            assert_codes_of(model, products, slots)

    titles = {f"k-{number}": f"Stove kettle {number} litre" for number in range(1, 41)}
    commands.run("index", "install", "--model", str(gram_dir))
    worker = commands.start_worker(gram_dir, "--model", str(other_gram_dir))
    ingest(titles)
    assert_slots(titles, gram)
    locked = commands.run("override", "lock", "k-3", "camping gear")
    assert locked.returncode == 0, locked.stderr

    models = ["--model", str(other_gram_dir), "--live-model", str(gram_dir)]
    filled = commands.run("index", "migrate", *models, "--no-switch")
    assert filled.returncode == 0, filled.stderr
    titles |= {"k-1": "Frying pan 28 cm", "k-41": "Stove kettle 41 litre"}
    assert ingest(titles)["updated"] == 1
    assert_slots(titles, gram, other_gram)

    switched = commands.run("index", "migrate", *models, "--min-overlap", "0")
    assert switched.returncode == 0, switched.stderr
    assert live_index(client, alias).live_slot == other_gram.slot
    titles |= {"k-2": "Copper pot 5 litre", "k-42": "Stove kettle 42 litre"}
    assert ingest(titles)["unchanged"] == 40
    assert_slots(titles, gram, other_gram)

    back = commands.run("index", "rollback")
    assert back.returncode == 0, back.stderr
    titles["k-3"] = "Paring knife"
    assert ingest(titles)["updated"] == 1
    assert_slots(titles, gram, other_gram)
    slots = client.get(index=alias, id="k-3")["_source"]["gram"].values()
    assert [slot["codes"][0] for slot in slots] == ["camping gear"] * 2
    assert worker.poll() is None


@pytest.fixture
def job_with_both(
    client: Elasticsearch,
    cluster_settings: Settings,
    gram_dir: Path,
    other_gram_dir: Path,
    gram: Gram,
    other_gram: Gram,
) -> BatchJob:
    """The job of a worker with both models, over an index with a slot of each."""
    first, second = (
        {"slot": model.slot, "fingerprint": model.fingerprint, "family": model.family}
        for model in (gram, other_gram)
    )
    install(client, cluster_settings, **first)
    put_slot(client, cluster_settings.index, **second, live=False)
    return BatchJob(cluster_settings, [gram_dir, other_gram_dir])


def index_row(client: Elasticsearch, job: BatchJob, row: Row, index: str) -> Any:
    """Index a row in a run of its own and return the slots of its product."""
    run = next_run_number(client)
    BatchStore(client, index, lease_s=60).add(Origin("shop", run), Batch(1, (row,), ()))
    job.enrich(run, 1)
    document = client.get(index=write_alias(index), id=row.product.id)
    return document["_source"]["gram"]


def test_a_worker_reports_the_folder_of_every_model(
    job_with_both: BatchJob, gram_dir: Path, other_gram_dir: Path, gram: Gram, other_gram: Gram
) -> None:
    assert job_with_both.model_folders == {
        gram.fingerprint: str(gram_dir),
        other_gram.fingerprint: str(other_gram_dir),
    }


def test_the_missing_codes_of_another_model_are_filled_even_if_a_row_reuses_its_codes(
    client: Elasticsearch,
    cluster_settings: Settings,
    job_with_both: BatchJob,
    gram_dir: Path,
    gram: Gram,
    other_gram: Gram,
) -> None:
    job_with_one = BatchJob(cluster_settings, [gram_dir])
    index, kettle = cluster_settings.index, Product("k", "Stove kettle 2 litre", price=20.0)
    before = index_row(client, job_with_one, Row(1, 1, kettle), index)

    after = index_row(client, job_with_both, Row(1, 1, replace(kettle, price=15.0)), index)

    assert set(before) == {gram.slot}
    assert set(after) == {gram.slot, other_gram.slot}
    assert after[gram.slot] == before[gram.slot]
