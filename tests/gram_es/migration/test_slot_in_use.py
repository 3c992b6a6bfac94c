"""A change of model while shoppers search and feeds go on."""

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
from gram_es.overrides.reconcile import Mender
from gram_es.records import Product
from gram_es.retrieval.model_switch import LiveSearcher
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import SearchResult
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.outcomes import Fate
from ingest.worker.deletes import delete_unlisted
from ingest.worker.pipeline import Origin, Pipeline
from ingest.worker.product_store import Catalogue

FEED = Origin("test", 2)
QUERIES = ("cordless drill", "bath towel", "running shoes", "led bulb", "stainles kettle")

PATIENCE_S = 120.0


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gram_es.migration.fill_slot._PAGE", 32)


@contextmanager
def searching(live: LiveSearcher) -> Iterator[list[SearchResult]]:
    """Search without a pause, each time as a service does; what fails is raised at the end."""
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
    before, limit = len(results), time.monotonic() + PATIENCE_S
    while not any(result.model == model.fingerprint for result in results[before:]):
        assert time.monotonic() < limit, "the service did not follow"
        time.sleep(0.05)


@pytest.mark.usefixtures("small_pages")
def test_products_that_change_while_the_slot_is_filled_are_right_in_both_slots(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    held: Any,
    assert_codes_of: Any,
    some: tuple[Product, ...],
    gram: Gram,
    other_gram: Gram,
) -> None:
    pipeline = Pipeline(
        Catalogue(client, store.index, gram.slot), gram, Mender(client, store.index)
    )
    changed: dict[str, Product] = {}

    def feed(_: int) -> None:
        """Change a product that is filled already, one that is not yet, and a price."""
        step = len(changed)
        early, late = some[step], some[-1 - step]
        dearer = some[len(some) // 2 + step]
        new = [
            replace(early, title=f"{early.title} refurbished"),
            replace(late, title=f"{late.title} refurbished"),
            replace(dearer, price=1.0),
            Product(f"new-{step}", f"Copper kettle {step + 1} litre"),
        ]
        rows = [Row(number, number, product) for number, product in enumerate(new, 1)]
        outcome = pipeline.index_rows(rows, Origin("feed", 2 + step))
        assert not outcome.failed
        changed.update({product.id: product for product in new})

    done = migrate(looked_at=feed)

    assert done.is_live
    assert done.lacking == 0
    assert len(changed) > 16
    for product in changed.values():
        source = client.get(index=write_alias(store.index), id=product.id)["_source"]
        assert (source["title"], source.get("price")) == (product.title, product.price)
    products = [changed.get(product.id, product) for product in some]
    products += [product for name, product in changed.items() if name.startswith("new-")]
    for model in (gram, other_gram):
        assert_codes_of(model, products, [held(product.id) for product in products])


@pytest.mark.usefixtures("small_pages")
def test_what_a_feed_no_longer_lists_leaves_while_the_slot_is_filled_and_stays_away(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    some: tuple[Product, ...],
    gram: Gram,
) -> None:
    catalogue, alias = Catalogue(client, store.index, gram.slot), write_alias(store.index)
    unlisted: list[str] = []

    def delete(_: int) -> None:
        """Delete a product that is filled already and one that is read and not filled yet."""
        step = len(unlisted) // 2
        ids = [some[step].id, some[-1 - step].id]
        assert set(delete_unlisted(catalogue, ids, FEED).fates.values()) == {Fate.DELETED}
        unlisted.extend(ids)

    done = migrate(looked_at=delete)
    client.indices.refresh(index=alias)

    assert (done.is_live, done.lacking, done.refused) == (True, 0, {})
    assert len(unlisted) > 8
    assert catalogue.read(unlisted) == {}
    assert client.count(index=alias)["count"] == len(some) - len(unlisted)


@pytest.mark.parametrize("moment", ["_compare", "switch"])
def test_what_is_written_between_filling_and_switch_is_filled_too(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    pipeline = Pipeline(
        Catalogue(client, store.index, gram.slot), gram, Mender(client, store.index)
    )
    wrapped = getattr(migrate_module, moment)

    def write_first(*arguments: Any) -> Any:
        row = Row(1, 1, Product("late", "Copper kettle 3 litre"))
        assert not pipeline.index_rows([row], Origin("feed", 2)).failed
        return wrapped(*arguments)

    monkeypatch.setattr(migrate_module, moment, write_first)

    done = migrate()

    assert (done.is_live, done.faults, done.lacking) == (True, [], 0)


def assert_unmixed(results: list[SearchResult], held: Any, slots: dict[str, str]) -> None:
    """Each answer is one model's: its codes are those that its hits hold in that model's slot."""
    documents: dict[str, Any] = {}
    for result in results:
        assert result.degraded == ()
        assert result.mode == "codes+text+rerank"
        assert result.model is not None
        for hit in result.hits:
            document = documents.setdefault(hit.id, held(hit.id))
            asked = {code.label for code in result.codes}
            in_slot = document[slots[result.model]]["codes"]
            assert {code.label for code in hit.matched_codes} == asked & {*in_slot}


@pytest.mark.usefixtures("small_pages")
def test_searches_go_on_through_filling_switch_and_rollback_without_a_mixed_answer(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    held: Any,
    gram: Gram,
    other_gram: Gram,
) -> None:
    searchers = [Searcher(client, model, index=store.index) for model in (gram, other_gram)]
    live = LiveSearcher(searchers, interval_s=0.05)
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
    assert_unmixed(results, held, slots)


def test_a_service_with_the_old_model_alone_goes_on_with_its_own_slot(
    client: Elasticsearch, store: Settings, migrate: Callable[..., Migration], gram: Gram, held: Any
) -> None:
    searcher = Searcher(client, gram, index=store.index)

    migrate()
    searcher.live.refresh()

    results = [searcher.search(SearchRequest(query, size=20)) for query in QUERIES]
    assert_unmixed(results, held, {gram.fingerprint: gram.slot})


def test_a_service_with_the_new_model_alone_searches_text_until_the_switch(
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
    searcher.live.refresh()
    after = searcher.search(SearchRequest("cordless drill"))

    assert before.codes == ()
    [reason] = before.degraded
    assert reason.startswith(f"the loaded model {other_gram.slot} is not the live one of ")
    assert f"{before.index}, which is {gram.slot};" in reason
    assert reason.endswith("make this one live with gram-es index migrate --model DIR")
    assert (after.degraded, after.mode) == ((), "codes+text+rerank")
