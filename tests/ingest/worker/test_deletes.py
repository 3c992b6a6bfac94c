"""Deletes over a real index: a product that was written since the run is retained."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import ClusterUnavailableError
from gram_es.index.names import write_alias
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.outcomes import Origin, Outcome
from ingest.worker.deletes import DeletionResult, delete_unlisted
from ingest.worker.pipeline import Pipeline
from ingest.worker.product_store import ProductStore

KETTLE, PAN = Product("k", "Stove kettle"), Product("p", "Frying pan")
SHOP = "shop.xml"


@pytest.fixture
def product_store(client: Elasticsearch, installed: Settings, model: Any) -> ProductStore:
    return ProductStore(client, installed.index, model.slot)


def ingest(pipeline: Pipeline, run: int, *products: Product, source: str = SHOP) -> list[Outcome]:
    rows = [Row(number, number, product) for number, product in enumerate(products, 1)]
    return list(pipeline.index_rows(rows, Origin(source, run)).outcomes.values())


def delete(product_store: ProductStore, run: int, *ids: str) -> DeletionResult:
    return delete_unlisted(product_store, ids, Origin(SHOP, run), pause=lambda _: None)


def test_deleting_twice_is_the_same_as_once(
    pipeline: Pipeline, product_store: ProductStore
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)

    first = delete(product_store, 2, "p")
    again = delete(product_store, 2, "p")

    assert first == again == DeletionResult({"p": Outcome.DELETED})
    assert set(product_store.read(["k", "p"])) == {"k"}


def test_products_that_a_newer_run_or_another_feed_wrote_are_retained(
    pipeline: Pipeline, product_store: ProductStore
) -> None:
    ingest(pipeline, 1, PAN, source="outlet.xml")
    ingest(pipeline, 3, KETTLE)

    assert delete(product_store, 2, "k", "p").outcomes == {
        "k": Outcome.RETAINED,
        "p": Outcome.RETAINED,
    }
    assert set(product_store.read(["k", "p"])) == {"k", "p"}


def test_an_unchanged_product_that_another_feed_lists_belongs_to_that_feed(
    pipeline: Pipeline, product_store: ProductStore, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE)

    moved = ingest(pipeline, 2, KETTLE, source="outlet.xml")

    assert moved == [Outcome.UNCHANGED]
    assert model.asked == ["k"]
    assert delete(product_store, 3, "k").outcomes == {"k": Outcome.RETAINED}


def test_a_newer_write_between_reading_and_deleting_retains_the_product(
    pipeline: Pipeline, product_store: ProductStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(pipeline, 1, KETTLE)
    write = product_store.write

    def write_after_another(actions: Any) -> Any:
        actions = list(actions)
        monkeypatch.setattr(product_store, "write", write)
        ingest(pipeline, 3, Product("k", "Newer kettle"))
        return write(actions)

    monkeypatch.setattr(product_store, "write", write_after_another)

    assert delete(product_store, 2, "k").outcomes == {"k": Outcome.RETAINED}
    assert product_store.read(["k"])["k"].run == 3


def test_an_older_write_between_reading_and_deleting_does_not_retain_it(
    client: Elasticsearch,
    pipeline: Pipeline,
    product_store: ProductStore,
    installed: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ingest(pipeline, 1, KETTLE)
    write = product_store.write

    def write_after_another(actions: Any) -> Any:
        actions = list(actions)
        monkeypatch.setattr(product_store, "write", write)
        client.update(index=write_alias(installed.index), id="k", doc={"price": 3})
        return write(actions)

    monkeypatch.setattr(product_store, "write", write_after_another)

    assert delete(product_store, 2, "k").outcomes == {"k": Outcome.DELETED}
    assert product_store.read(["k"]) == {}


def test_a_rejected_deletion_is_reported_with_its_reason(
    client: Elasticsearch, pipeline: Pipeline, product_store: ProductStore, installed: Settings
) -> None:
    ingest(pipeline, 1, KETTLE)
    alias = {"index": f"{installed.index}-*", "alias": write_alias(installed.index)}
    client.indices.update_aliases(actions=[{"add": {**alias, "is_write_index": False}}])

    result = delete(product_store, 2, "k")

    assert result.tally() == {Outcome.DELETE_FAILED: 1}
    (note,) = result.notes()["delete_failed"]
    assert note["product"] == {"id": "k"}
    assert "no write index" in note["reason"]


def test_an_overloaded_cluster_postpones_the_deletes(
    pipeline: Pipeline, product_store: ProductStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gram_es.index.bulk import WriteResult

    ingest(pipeline, 1, KETTLE)
    monkeypatch.setattr(product_store, "write", lambda _: [WriteResult("k", 429, "queue is full")])

    with pytest.raises(ClusterUnavailableError, match=r"cannot delete 1 products \(k, \.\.\.\)"):
        delete(product_store, 2, "k")
