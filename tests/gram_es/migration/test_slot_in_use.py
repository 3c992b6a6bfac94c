"""A migration to another model while shoppers search and feeds are ingested."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import write_alias
from gram_es.migration import migrate as migrate_module
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

FEED = Origin("test", 2)
QUERIES = ("cordless drill", "bath towel", "running shoes", "led bulb", "stainles kettle")

TIMEOUT_S = 120.0


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gram_es.migration.fill_slot._PAGE", 32)


@contextmanager
def searching(live: ModelSwitch) -> Iterator[list[SearchResult]]:
    """Search without a pause in a second thread, and yield the list of results.

    An error of a search is raised at the end of the ``with`` block.
    """
    results: list[SearchResult] = []
    stopped = threading.Event()

    def search() -> None:
        for number in count():
            if stopped.is_set():
                return
            request = SearchRequest(QUERIES[number % len(QUERIES)], size=20)
            results.append(live.current().search(request))

    with ThreadPoolExecutor(1) as pool:
        searches = pool.submit(search)
        try:
            yield results
        finally:
            stopped.set()
        searches.result()


def wait_for_answer_by(model: Gram, results: list[SearchResult]) -> None:
    before, limit = len(results), time.monotonic() + TIMEOUT_S
    while not any(result.model == model.fingerprint for result in results[before:]):
        assert time.monotonic() < limit, "the service did not switch"
        time.sleep(0.05)


@pytest.mark.usefixtures("small_pages")
def test_products_that_change_during_the_filling_have_current_codes_in_both_slots(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    slots_of: Any,
    assert_codes_of: Any,
    products: tuple[Product, ...],
    gram: Gram,
    other_gram: Gram,
) -> None:
    pipeline = Pipeline(
        ProductStore(client, store.index, gram.slot), gram, Reconciler(client, store.index)
    )
    changed: dict[str, Product] = {}

    def feed(_: int) -> None:
        """Change a filled product, one not yet filled, and the price of a third; add a product."""
        step = len(changed)
        early, late = products[step], products[-1 - step]
        repriced = products[len(products) // 2 + step]
        new = [
            replace(early, title=f"{early.title} refurbished"),
            replace(late, title=f"{late.title} refurbished"),
            replace(repriced, price=1.0),
            Product(f"new-{step}", f"Copper kettle {step + 1} litre"),
        ]
        rows = [Row(number, number, product) for number, product in enumerate(new, 1)]
        result = pipeline.index_rows(rows, Origin("feed", 2 + step))
        assert not result.failed
        changed.update({product.id: product for product in new})

    migration = migrate(on_progress=feed)

    assert migration.is_live
    assert migration.missing_codes == 0
    assert len(changed) > 16
    for product in changed.values():
        source = client.get(index=write_alias(store.index), id=product.id)["_source"]
        assert (source["title"], source.get("price")) == (product.title, product.price)
    current = [changed.get(product.id, product) for product in products]
    current += [product for name, product in changed.items() if name.startswith("new-")]
    for model in (gram, other_gram):
        assert_codes_of(model, current, [slots_of(product.id) for product in current])


@pytest.mark.usefixtures("small_pages")
def test_products_deleted_during_the_filling_stay_deleted(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    products: tuple[Product, ...],
    gram: Gram,
) -> None:
    product_store, alias = ProductStore(client, store.index, gram.slot), write_alias(store.index)
    unlisted: list[str] = []

    def delete(_: int) -> None:
        """Delete a filled product and one not yet filled."""
        step = len(unlisted) // 2
        ids = [products[step].id, products[-1 - step].id]
        assert set(delete_unlisted(product_store, ids, FEED).outcomes.values()) == {Outcome.DELETED}
        unlisted.extend(ids)

    migration = migrate(on_progress=delete)
    client.indices.refresh(index=alias)

    assert (migration.is_live, migration.missing_codes, migration.rejected) == (True, 0, {})
    assert len(unlisted) > 8
    assert product_store.read(unlisted) == {}
    assert client.count(index=alias)["count"] == len(products) - len(unlisted)


@pytest.mark.parametrize("moment", ["_compare", "switch"])
def test_products_written_between_filling_and_switch_are_filled_too(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    pipeline = Pipeline(
        ProductStore(client, store.index, gram.slot), gram, Reconciler(client, store.index)
    )
    wrapped = getattr(migrate_module, moment)

    def write_first(*arguments: Any, **options: Any) -> Any:
        row = Row(1, 1, Product("late", "Copper kettle 3 litre"))
        assert not pipeline.index_rows([row], Origin("feed", 2)).failed
        return wrapped(*arguments, **options)

    monkeypatch.setattr(migrate_module, moment, write_first)

    migration = migrate()

    assert (migration.is_live, migration.objections, migration.missing_codes) == (True, [], 0)


def assert_unmixed(results: list[SearchResult], slots_of: Any, slots: dict[str, str]) -> None:
    """Assert that the codes of each result and of its hits come from the same model."""
    documents: dict[str, Any] = {}
    for result in results:
        assert result.degraded == ()
        assert result.mode == "codes+text+rerank"
        assert result.model is not None
        for hit in result.hits:
            document = documents.setdefault(hit.id, slots_of(hit.id))
            query_codes = {code.label for code in result.codes}
            product_codes = document[slots[result.model]]["codes"]
            assert {code.label for code in hit.matched_codes} == query_codes & {*product_codes}


@pytest.mark.usefixtures("small_pages")
def test_searches_during_filling_switch_and_rollback_never_mix_models(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    slots_of: Any,
    gram: Gram,
    other_gram: Gram,
) -> None:
    searchers = [Searcher(client, model, index=store.index) for model in (gram, other_gram)]
    live = ModelSwitch(searchers, interval_s=0.05)
    live.start()

    try:
        with searching(live) as results:
            wait_for_answer_by(gram, results)
            migrate(switches=False)
            before_the_switch = len(results)
            migrate()
            wait_for_answer_by(other_gram, results)
            roll_back(client, store.index)
            wait_for_answer_by(gram, results)
    finally:
        live.stop()

    assert {result.model for result in results[:before_the_switch]} == {gram.fingerprint}
    slots = {model.fingerprint: model.slot for model in (gram, other_gram)}
    assert_unmixed(results, slots_of, slots)


def test_a_service_with_only_the_old_model_keeps_using_its_slot(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    gram: Gram,
    slots_of: Any,
) -> None:
    searcher = Searcher(client, gram, index=store.index)

    migrate()
    searcher.index_reader.refresh()

    results = [searcher.search(SearchRequest(query, size=20)) for query in QUERIES]
    assert_unmixed(results, slots_of, {gram.fingerprint: gram.slot})


def test_a_service_with_only_the_new_model_searches_text_until_the_switch(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    gram: Gram,
    other_gram: Gram,
) -> None:
    searcher = Searcher(client, other_gram, index=store.index)
    migrate(switches=False)

    before = searcher.search(SearchRequest("cordless drill"))
    migrate()
    searcher.index_reader.refresh()
    after = searcher.search(SearchRequest("cordless drill"))

    assert before.codes == ()
    [reason] = before.degraded
    assert reason.startswith(f"the loaded model {other_gram.slot} is not the live model of ")
    assert f"{before.index}, which is {gram.slot};" in reason
    assert reason.endswith("make the loaded model live with gram-es index migrate --model DIR")
    assert (after.degraded, after.mode) == ((), "codes+text+rerank")
