"""A new index replaces the old one while shoppers search and feeds are ingested."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import live_index
from gram_es.index.names import write_alias
from gram_es.migration import switch as switch_module
from gram_es.migration.migrate import Migration
from gram_es.migration.rollback import roll_back
from gram_es.model.gram import Gram
from gram_es.overrides.reconcile import Reconciler
from gram_es.records import Product
from gram_es.retrieval.model_switch import ModelSwitch
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import SearchResult
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.outcomes import Origin, Outcome
from ingest.worker.deletes import delete_unlisted
from ingest.worker.pipeline import Pipeline
from ingest.worker.product_store import ProductStore

Renew = Callable[..., Migration]
QUERIES = ("cordless drill", "bath towel", "running shoes", "led bulb", "stainles kettle")
TIMEOUT_S = 120.0


@pytest.fixture
def product_store(client: Elasticsearch, old_store: Settings, gram: Gram) -> ProductStore:
    return ProductStore(client, old_store.index, gram.slot)


@pytest.fixture
def pipeline(
    client: Elasticsearch, old_store: Settings, product_store: ProductStore, gram: Gram
) -> Pipeline:
    return Pipeline(product_store, gram, Reconciler(client, old_store.index))


def read(client: Elasticsearch, settings: Settings, product_id: str) -> Any:
    return client.get(index=write_alias(settings.index), id=product_id)["_source"]


def test_feed_changes_adds_and_deletes_during_the_copy_are_in_the_new_index(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    product_store: ProductStore,
    pipeline: Pipeline,
    assert_codes_of: Any,
    products: tuple[Product, ...],
    gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gram_es.migration.copy_index._PAGE", 64)
    monkeypatch.setattr("gram_es.migration.copy_index._SMALL", 3)
    changed: dict[str, Product] = {}
    deleted: list[str] = []

    def feed(_: int) -> None:
        """Change a copied product and one not yet copied; add one product and delete two."""
        step = len(deleted) // 2
        if step == 8:
            return
        early, late = products[step], products[-1 - step]
        new = [
            replace(early, title=f"{early.title} refurbished"),
            replace(late, price=1.0),
            Product(f"new-{step}", f"Copper kettle {step + 1} litre"),
        ]
        rows = [Row(number, number, product) for number, product in enumerate(new, 1)]
        assert not pipeline.index_rows(rows, Origin("feed", 2 + step)).failed
        changed.update({product.id: product for product in new})
        unlisted = [products[50 + step].id, products[-51 - step].id]
        outcomes = delete_unlisted(product_store, unlisted, Origin("test", 3)).outcomes
        assert {*outcomes.values()} == {Outcome.DELETED}
        deleted.extend(unlisted)

    migration = renew(on_progress=feed)

    assert (migration.is_live, migration.missing_codes, migration.rejected) == (True, 0, {})
    assert live_index(client, old_store.index).index == migration.index
    expected = {product.id: product for product in products} | changed
    for product_id in deleted:
        del expected[product_id]
    client.indices.refresh(index=old_store.index)
    hits = client.search(index=old_store.index, size=10_000)["hits"]["hits"]
    documents = {hit["_id"]: hit["_source"] for hit in hits}
    assert documents.keys() == expected.keys()
    for product_id, product in expected.items():
        document = documents[product_id]
        assert (document["title"], document.get("price")) == (product.title, product.price)
    assert_codes_of(gram, [*changed.values()], [documents[name]["gram"] for name in changed])


def test_writes_during_the_switch_wait_and_go_to_the_new_index(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    pipeline: Pipeline,
    products: tuple[Product, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swap_aliases = switch_module.swap_aliases
    repriced = replace(products[0], price=1.0)
    rows = [Row(1, 1, repriced), Row(2, 2, Product("late", "Copper kettle 3 litre"))]
    failed: list[Any] = []
    paused = threading.Event()
    pipeline._pause = lambda _: paused.wait(0.5)  # type: ignore[method-assign]

    def write() -> None:
        failed.extend(pipeline.index_rows(rows, Origin("feed", 2)).failed)

    writer = threading.Thread(target=write)

    def write_first(*arguments: Any) -> None:
        """Write after the last copy: a write to the old index would be lost now."""
        writer.start()
        writer.join(1.0)
        swap_aliases(*arguments)

    monkeypatch.setattr(switch_module, "swap_aliases", write_first)

    migration = renew(live=None)
    writer.join(TIMEOUT_S)

    assert (migration.is_live, failed) == (True, [])
    assert read(client, old_store, "late")["title"] == "Copper kettle 3 litre"
    assert read(client, old_store, products[0].id)["price"] == 1.0


def test_a_write_guarded_by_a_read_from_the_old_index_conflicts_in_the_new_one(
    renew: Renew, product_store: ProductStore, products: tuple[Product, ...]
) -> None:
    stored = product_store.read([product.id for product in products])

    renew(live=None)
    updates = [
        product_store.update(product_id, {"feed": {"run": 9}}, document)
        for product_id, document in stored.items()
    ]

    assert all(result.is_conflict for result in product_store.write(updates))


def test_a_switch_that_fails_leaves_the_old_index_open_to_writing(
    client: Elasticsearch, old_store: Settings, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = live_index(client, old_store.index).index
    swap_aliases = switch_module.swap_aliases
    monkeypatch.setattr(switch_module, "swap_aliases", cut)
    with pytest.raises(KeyboardInterrupt):
        renew(live=None)
    monkeypatch.setattr(switch_module, "swap_aliases", swap_aliases)

    client.index(index=write_alias(old_store.index), id="n", document={"id": "n", "title": "Mug"})
    assert live_index(client, old_store.index).index == before
    migration = renew(live=None)

    assert (migration.is_live, migration.missing_codes) == (True, 0)
    assert read(client, old_store, "n")["title"] == "Mug"


def cut(*_: Any) -> None:
    raise KeyboardInterrupt


def test_searches_during_copy_switch_and_rollback_never_mix_models(
    client: Elasticsearch, old_store: Settings, renew: Renew, gram: Gram, other_gram: Gram
) -> None:
    searchers = [Searcher(client, model, index=old_store.index) for model in (gram, other_gram)]
    live = ModelSwitch(searchers, interval_s=0.05)
    results: list[SearchResult] = []
    stopped = threading.Event()

    def search() -> None:
        for number in count():
            if stopped.is_set():
                return
            request = SearchRequest(QUERIES[number % len(QUERIES)], size=20)
            results.append(live.current().search(request))

    def wait_for(index: str, model: Gram) -> None:
        before = len(results)
        for _ in range(int(TIMEOUT_S / 0.1)):
            answers = {(result.index, result.model) for result in results[before:]}
            if (index, model.fingerprint) in answers:
                return
            stopped.wait(0.1)
        pytest.fail("the service did not switch")

    live.start()
    with ThreadPoolExecutor(1) as pool:
        searching = pool.submit(search)
        try:
            migration = renew(model=other_gram)
            wait_for(migration.index, other_gram)
            back = roll_back(client, old_store.index)
            wait_for(back.index, gram)
        finally:
            stopped.set()
            live.stop()
        searching.result()

    hits = client.search(index=f"{migration.index},{back.index}", size=10_000)["hits"]["hits"]
    slots = {model.fingerprint: model.slot for model in (gram, other_gram)}
    slots_by_id = {
        hit["_id"]: hit["_source"]["gram"] for hit in hits if hit["_index"] == migration.index
    }
    for result in results:
        assert (result.degraded, result.mode) == ((), "codes+text+rerank")
        query_codes = {code.label for code in result.codes}
        for hit in result.hits:
            product_codes = {*slots_by_id[hit.id][slots[result.model]]["codes"]}
            assert {code.label for code in hit.matched_codes} == query_codes & product_codes
