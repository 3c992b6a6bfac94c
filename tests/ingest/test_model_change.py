"""A change of model beside workers that hold both models, all of it by commands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import live_index
from gram_es.index.names import write_alias
from gram_es.model.runtime import Gram
from gram_es.records import Product
from gram_es.settings import Settings

Ingest = Callable[[dict[str, str]], Any]


@pytest.fixture
def ingest(commands: Any, tmp_path: Path) -> Ingest:
    """Ingest products (id to title) as a feed and return the counts."""

    def run(titles: dict[str, str]) -> Any:
        feed = tmp_path / "feed.ndjson"
        rows = ({"id": product_id, "title": title} for product_id, title in titles.items())
        feed.write_text("\n".join(map(json.dumps, rows)))
        done = commands.run("ingest", str(feed), "--wait", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_workers_that_hold_both_models_keep_both_slots_right_and_follow_the_switch(
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
        found = client.mget(index=alias, ids=list(titles))["docs"]
        slots = [document["_source"]["gram"] for document in found]
        assert all(set(each) == {model.slot for model in models} for each in slots)
        for model in models:
            assert_codes_of(model, products, slots)

    titles = {f"k-{number}": f"Stove kettle {number} litre" for number in range(1, 41)}
    commands.run("index", "install", "--model", str(gram_dir))
    worker = commands.start_worker(gram_dir, "--model", str(other_gram_dir))
    ingest(titles)
    assert_slots(titles, gram)

    models = ["--model", str(other_gram_dir), "--live-model", str(gram_dir)]
    filled = commands.run("index", "migrate", *models, "--no-switch")
    assert filled.returncode == 0, filled.stderr
    titles |= {"k-1": "Frying pan 28 cm", "k-41": "Stove kettle 41 litre"}
    assert ingest(titles)["changed"] == 1
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
    assert ingest(titles)["changed"] == 1
    assert_slots(titles, gram, other_gram)
    assert worker.poll() is None
