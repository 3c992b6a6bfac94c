"""A new index takes the old one's place while shoppers search and feeds go on."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import live_index
from gram_es.index.names import write_alias
from gram_es.migration import switch as switch_module
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

Renew = Callable[..., Migration]
QUERIES = ("cordless drill", "bath towel", "running shoes", "led bulb", "stainles kettle")
PATIENCE_S = 120.0


@pytest.fixture
def catalogue(client: Elasticsearch, old_store: Settings, gram: Gram) -> Catalogue:
    return Catalogue(client, old_store.index, gram.slot)


@pytest.fixture
def pipeline(
    client: Elasticsearch, old_store: Settings, catalogue: Catalogue, gram: Gram
) -> Pipeline:
    return Pipeline(catalogue, gram, Mender(client, old_store.index))


def read(client: Elasticsearch, settings: Settings, product_id: str) -> Any:
    return client.get(index=write_alias(settings.index), id=product_id)["_source"]


def test_what_feeds_change_add_and_delete_during_the_copy_is_right_in_the_new_index(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    catalogue: Catalogue,
    pipeline: Pipeline,
    assert_codes_of: Any,
    some: tuple[Product, ...],
    gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gram_es.migration.copy_index._PAGE", 64)
    monkeypatch.setattr("gram_es.migration.copy_index._SMALL", 3)
    changed: dict[str, Product] = {}
    deleted: list[str] = []

    def feed(_: int) -> None:
        """Change a product that is copied already and one that is not yet; add and delete some."""
        step = len(deleted) // 2
        if step == 8:
            return
        early, late = some[step], some[-1 - step]
        new = [
            replace(early, title=f"{early.title} refurbished"),
            replace(late, price=1.0),
            Product(f"new-{step}", f"Copper kettle {step + 1} litre"),
        ]
        rows = [Row(number, number, product) for number, product in enumerate(new, 1)]
        assert not pipeline.index_rows(rows, Origin("feed", 2 + step)).failed
        changed.update({product.id: product for product in new})
        gone = [some[50 + step].id, some[-51 - step].id]
        fates = delete_unlisted(catalogue, gone, Origin("test", 3)).fates
        assert {*fates.values()} == {Fate.DELETED}
        deleted.extend(gone)

    done = renew(looked_at=feed)

    assert (done.is_live, done.lacking, done.refused) == (True, 0, {})
    assert live_index(client, old_store.index).index == done.index
    expected = {product.id: product for product in some} | changed
    for product_id in deleted:
        del expected[product_id]
    client.indices.refresh(index=old_store.index)
    hits = client.search(index=old_store.index, size=10_000)["hits"]["hits"]
    held = {hit["_id"]: hit["_source"] for hit in hits}
    assert held.keys() == expected.keys()
    for product_id, product in expected.items():
        titled = (held[product_id]["title"], held[product_id].get("price"))
        assert titled == (product.title, product.price)
    assert_codes_of(gram, [*changed.values()], [held[name]["gram"] for name in changed])


def test_what_is_written_in_the_moment_of_the_switch_waits_and_is_in_the_new_index(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    pipeline: Pipeline,
    some: tuple[Product, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    succeed = switch_module.succeed
    dearer = replace(some[0], price=1.0)
    rows = [Row(1, 1, dearer), Row(2, 2, Product("late", "Copper kettle 3 litre"))]
    failed: list[Any] = []
    paused = threading.Event()
    pipeline._pause = lambda _: paused.wait(0.5)  # type: ignore[method-assign]

    def write() -> None:
        failed.extend(pipeline.index_rows(rows, Origin("feed", 2)).failed)

    writer = threading.Thread(target=write)

    def write_first(*arguments: Any) -> None:
        """The last pass is over: what the old index takes now would be lost."""
        writer.start()
        writer.join(1.0)
        succeed(*arguments)

    monkeypatch.setattr(switch_module, "succeed", write_first)

    done = renew(live=None)
    writer.join(PATIENCE_S)

    assert (done.is_live, failed) == (True, [])
    assert read(client, old_store, "late")["title"] == "Copper kettle 3 litre"
    assert read(client, old_store, some[0].id)["price"] == 1.0


def test_a_product_that_was_read_in_the_old_index_is_never_written_unseen_in_the_new_one(
    renew: Renew, catalogue: Catalogue, some: tuple[Product, ...]
) -> None:
    known = catalogue.read([product.id for product in some])

    renew(live=None)
    stamps = [catalogue.update(name, {"feed": {"run": 9}}, held) for name, held in known.items()]

    assert all(written.is_conflict for written in catalogue.write(stamps))


def test_a_switch_that_fails_leaves_the_old_index_open_to_writing(
    client: Elasticsearch, old_store: Settings, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = live_index(client, old_store.index).index
    succeed = switch_module.succeed
    monkeypatch.setattr(switch_module, "succeed", cut)
    with pytest.raises(KeyboardInterrupt):
        renew(live=None)
    monkeypatch.setattr(switch_module, "succeed", succeed)

    client.index(index=write_alias(old_store.index), id="n", document={"id": "n", "title": "Mug"})
    assert live_index(client, old_store.index).index == before
    done = renew(live=None)

    assert (done.is_live, done.lacking) == (True, 0)
    assert read(client, old_store, "n")["title"] == "Mug"


def cut(*_: Any) -> None:
    raise KeyboardInterrupt


def test_of_two_processes_that_switch_the_second_is_told(
    client: Elasticsearch, old_store: Settings, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    succeed = switch_module.succeed

    def be_late(*arguments: Any) -> None:
        succeed(*arguments)
        succeed(*arguments)

    monkeypatch.setattr(switch_module, "succeed", be_late)

    with pytest.raises(CatalogueIndexError, match="another process has changed that meanwhile"):
        renew(live=None)


def test_searches_go_on_through_copy_switch_and_rollback_without_a_mixed_answer(
    client: Elasticsearch, old_store: Settings, renew: Renew, gram: Gram, other_gram: Gram
) -> None:
    searchers = [Searcher(client, model, index=old_store.index) for model in (gram, other_gram)]
    live = LiveSearcher(searchers, interval_s=0.05)
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
        for _ in range(int(PATIENCE_S / 0.1)):
            answers = {(result.index, result.model) for result in results[before:]}
            if (index, model.fingerprint) in answers:
                return
            stopped.wait(0.1)
        pytest.fail("the service did not follow")

    live.start()
    with ThreadPoolExecutor(1) as pool:
        searching = pool.submit(search)
        try:
            done = renew(model=other_gram)
            wait_for(done.index, other_gram)
            back = roll_back(client, old_store.index)
            wait_for(back.index, gram)
        finally:
            stopped.set()
            live.stop()
        searching.result()

    hits = client.search(index=f"{done.index},{back.index}", size=10_000)["hits"]["hits"]
    slots = {model.fingerprint: model.slot for model in (gram, other_gram)}
    held = {hit["_id"]: hit["_source"]["gram"] for hit in hits if hit["_index"] == done.index}
    for result in results:
        assert (result.degraded, result.mode) == ((), "codes+text+rerank")
        asked = {code.label for code in result.codes}
        for hit in result.hits:
            in_slot = {*held[hit.id][slots[result.model]]["codes"]}
            assert {code.label for code in hit.matched_codes} == asked & in_slot
