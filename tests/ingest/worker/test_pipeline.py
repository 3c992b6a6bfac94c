"""The pipeline over a real index."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import ClusterUnavailableError
from gram_es.index.names import write_alias
from gram_es.overrides.reconcile import Reconciler
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.outcomes import IndexingResult, Origin, Outcome
from ingest.worker import pipeline as pipelines
from ingest.worker.pipeline import Pipeline
from ingest.worker.product_store import ProductStore

pytestmark = pytest.mark.elasticsearch_9

KETTLE = Product("k", "Stove kettle", price=20.0, attributes={"colour": ("red",)})
PAN = Product("p", "Frying pan", price=30.0)


def rows(*products: Product) -> list[Row]:
    return [Row(number, number, product) for number, product in enumerate(products, 1)]


def ingest(pipeline: Pipeline, run: int, *products: Product) -> list[Outcome]:
    result: IndexingResult = pipeline.index_rows(rows(*products), Origin("shop.xml", run))
    return [result.outcomes[number] for number in sorted(result.outcomes)]


@pytest.fixture
def document(client: Elasticsearch, installed: Settings) -> Any:
    def read(product_id: str) -> Mapping[str, Any]:
        return client.get(index=write_alias(installed.index), id=product_id).body

    return read


def test_a_new_product_is_written_with_its_codes_and_its_feed_position(
    pipeline: Pipeline, document: Any, model: Any
) -> None:
    assert ingest(pipeline, 1, KETTLE, PAN) == [Outcome.CREATED, Outcome.CREATED]

    source = document("p")["_source"]
    assert source["gram"][model.slot]["codes"] == ["frying", "pan"]
    assert source["gram"][model.slot]["model"] == model.fingerprint
    feed = source["feed"]
    assert (feed["source"], feed["run"], feed["row"], feed["outcome"]) == (
        "shop.xml",
        1,
        2,
        "created",
    )


def test_a_batch_that_is_delivered_again_changes_nothing_and_counts_the_same(
    pipeline: Pipeline, document: Any, model: Any
) -> None:
    first = ingest(pipeline, 1, KETTLE, PAN)
    again = ingest(pipeline, 1, KETTLE, PAN)

    assert first == again == [Outcome.CREATED, Outcome.CREATED]
    assert document("k")["_version"] == 1
    assert model.asked == ["k", "p"]


def test_the_same_feed_in_a_new_run_touches_nothing(
    pipeline: Pipeline, document: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)

    assert ingest(pipeline, 2, KETTLE, PAN) == [Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert document("k")["_version"] == 1
    assert model.asked == ["k", "p"]


def test_a_product_keeps_the_time_at_which_it_was_first_indexed(
    client: Elasticsearch, pipeline: Pipeline, installed: Settings, document: Any
) -> None:
    def feed(product_id: str) -> Mapping[str, Any]:
        return document(product_id)["_source"]["feed"]

    ingest(pipeline, 1, KETTLE)
    assert feed("k")["added"] == feed("k")["at"]
    earlier = {"feed": {"added": "2020-02-02T02:02:02+00:00"}}
    client.update(index=write_alias(installed.index), id="k", doc=earlier)

    ingest(pipeline, 2, replace(KETTLE, price=15.0), PAN)
    assert feed("k")["added"] == "2020-02-02T02:02:02+00:00"
    other_feed = Origin("b.xml", 3, updates_position=True)
    pipeline.index_rows(rows(replace(KETTLE, price=15.0)), other_feed)
    assert feed("k")["added"] == "2020-02-02T02:02:02+00:00"
    assert feed("k")["source"] == "b.xml"


@pytest.mark.parametrize(
    "changed",
    [{"price": 15.0}, {"price": None}, {"link": "https://shop.example/k"}],
    ids=["another price", "no price any more", "another link"],
)
def test_a_change_outside_the_model_input_keeps_the_codes_of_every_slot_without_a_model_call(
    client: Elasticsearch,
    pipeline: Pipeline,
    installed: Settings,
    document: Any,
    model: Any,
    changed: Mapping[str, Any],
) -> None:
    ingest(pipeline, 1, KETTLE)
    other = {"gram": {"mother": {"codes": ["boiler"]}}}
    client.update(index=write_alias(installed.index), id="k", doc=other)

    outcomes = ingest(pipeline, 2, replace(KETTLE, **changed))

    assert outcomes == [Outcome.REUSED_CODES]
    source = document("k")["_source"]
    assert {name: source.get(name) for name in changed} == changed
    assert source["gram"][model.slot]["codes"] == ["stove", "kettle"]
    assert source["gram"]["mother"]["codes"] == ["boiler"]
    assert model.asked == ["k"]


def test_another_title_calls_the_model_and_drops_outdated_codes(
    client: Elasticsearch, pipeline: Pipeline, installed: Settings, document: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    other = {"gram": {"mother": {"codes": ["boiler"]}}}
    client.update(index=write_alias(installed.index), id="k", doc=other)

    outcomes = ingest(pipeline, 2, replace(KETTLE, title="Teapot"), PAN)

    assert outcomes == [Outcome.UPDATED, Outcome.UNCHANGED]
    gram = document("k")["_source"]["gram"]
    assert list(gram) == [model.slot]
    assert gram[model.slot]["codes"] == ["teapot"]
    assert model.asked == ["k", "p", "k"]


def test_an_attribute_that_a_row_lacks_is_removed_from_the_document(
    pipeline: Pipeline, document: Any
) -> None:
    ingest(pipeline, 1, KETTLE)
    ingest(pipeline, 2, replace(KETTLE, attributes={}))

    assert "attributes" not in document("k")["_source"]


def test_an_older_run_does_not_overwrite_a_newer_one(pipeline: Pipeline, document: Any) -> None:
    ingest(pipeline, 2, replace(KETTLE, title="New kettle"))

    assert ingest(pipeline, 1, KETTLE) == [Outcome.SUPERSEDED]
    assert document("k")["_source"]["title"] == "New kettle"


def test_an_unchanged_row_writes_its_position_while_older_runs_are_open(
    pipeline: Pipeline, document: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    third = Origin("shop.xml", 3, updates_position=True)

    first = pipeline.index_rows(rows(KETTLE), third)
    again = pipeline.index_rows(rows(KETTLE), third)

    assert first.outcomes == again.outcomes == {1: Outcome.UNCHANGED}
    assert ingest(pipeline, 2, replace(KETTLE, title="Late kettle")) == [Outcome.SUPERSEDED]
    source = document("k")["_source"]
    assert (source["title"], source["feed"]["run"]) == ("Stove kettle", 3)
    assert source["gram"][model.slot]["codes"] == ["stove", "kettle"]


def test_a_row_is_decided_again_after_a_concurrent_write(
    client: Elasticsearch, pipeline: Pipeline, installed: Settings, document: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE)
    alias = write_alias(installed.index)
    model.before_answer = lambda: client.update(index=alias, id="k", doc={"locked": True})

    outcomes = ingest(pipeline, 2, replace(KETTLE, title="Teapot"), PAN)

    assert outcomes == [Outcome.UPDATED, Outcome.CREATED]
    assert document("k")["_version"] == 3
    assert model.asked == ["k", "k", "p"]  # the model is not called again for the second round


def test_a_late_row_does_not_create_a_product_that_a_newer_run_no_longer_lists(
    client: Elasticsearch, installed: Settings, document: Any, model: Any
) -> None:
    pipeline = Pipeline(
        ProductStore(client, installed.index, model.slot),
        model,
        Reconciler(client, installed.index),
        is_replaced=lambda origin: origin.run < 2,
    )
    ingest(pipeline, 2, PAN)

    assert ingest(pipeline, 1, KETTLE, PAN) == [Outcome.SUPERSEDED, Outcome.SUPERSEDED]
    assert not client.exists(index=write_alias(installed.index), id="k")
    assert model.asked == ["p"]


class InspectedStore(ProductStore):
    """A store that records what is read, and waits until the pan is read before it writes."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.reads: list[list[str]] = []
        self.errors: list[ClusterUnavailableError] = []
        self._pan_is_read = Event()

    def read(self, ids: Collection[str]) -> Any:
        self.reads.append([*ids])
        if "p" in ids:
            self._pan_is_read.set()
            if self.errors:
                raise self.errors.pop()
        return super().read(ids)

    def write(self, actions: Any) -> Any:
        assert self._pan_is_read.wait(10), "the pan is not read before the kettle is written"
        return super().write(actions)


@pytest.fixture
def inspected(
    client: Elasticsearch, installed: Settings, model: Any, monkeypatch: pytest.MonkeyPatch
) -> InspectedStore:
    monkeypatch.setattr(pipelines, "_PART", 1)
    return InspectedStore(client, installed.index, model.slot)


def test_rows_are_written_while_the_next_ones_are_read(
    client: Elasticsearch, installed: Settings, inspected: InspectedStore, model: Any
) -> None:
    pipeline = Pipeline(inspected, model, Reconciler(client, installed.index))

    assert ingest(pipeline, 1, KETTLE, PAN) == [Outcome.CREATED, Outcome.CREATED]
    assert inspected.reads == [["k"], ["p"]]


def test_rows_count_once_if_the_next_ones_cannot_be_read_at_first(
    client: Elasticsearch, installed: Settings, inspected: InspectedStore, model: Any, document: Any
) -> None:
    reconciler = Reconciler(client, installed.index)
    pipeline = Pipeline(inspected, model, reconciler, pause=lambda _: None)
    inspected.errors.append(ClusterUnavailableError("no shard"))

    assert ingest(pipeline, 1, KETTLE, PAN) == [Outcome.CREATED, Outcome.CREATED]
    assert inspected.reads == [["k"], ["p"], ["k"], ["p"]]
    assert document("k")["_version"] == 1
    assert model.asked == ["k", "p"]


@pytest.mark.parametrize("is_unchanged", [False, True])
def test_a_product_that_is_deleted_concurrently_is_created_again(
    client: Elasticsearch, pipeline: Pipeline, installed: Settings, model: Any, is_unchanged: bool
) -> None:
    ingest(pipeline, 1, KETTLE)
    alias = write_alias(installed.index)
    model.before_answer = lambda: client.options(ignore_status=404).delete(index=alias, id="k")
    batch = rows(KETTLE if is_unchanged else replace(KETTLE, price=9.0), PAN)

    result = pipeline.index_rows(batch, Origin("shop.xml", 2, updates_position=is_unchanged))

    assert result.outcomes == {1: Outcome.CREATED, 2: Outcome.CREATED}
    assert client.exists(index=alias, id="k")


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_newer_run_that_writes_concurrently_wins(
    pipeline: Pipeline, document: Any, model: Any, is_stored: bool
) -> None:
    def newer_run() -> None:
        model.before_answer = lambda: None
        ingest(pipeline, 9, replace(KETTLE, title="Newer kettle"))

    if is_stored:
        ingest(pipeline, 1, KETTLE)
    model.before_answer = newer_run

    assert ingest(pipeline, 2, replace(KETTLE, title="Older kettle")) == [Outcome.SUPERSEDED]
    assert document("k")["_source"]["title"] == "Newer kettle"


def test_a_document_that_elasticsearch_rejects_fails_alone_with_its_id(
    pipeline: Pipeline, document: Any
) -> None:
    poison = Product("x", "Poison", attributes={"n" * 33_000: ("v",)})

    result = pipeline.index_rows(rows(KETTLE, poison, PAN), Origin("s", 1))

    assert result.outcomes == {1: Outcome.CREATED, 2: Outcome.FAILED, 3: Outcome.CREATED}
    (failed,) = result.failed
    assert failed.row.product.id == "x"
    assert "immense field" in failed.reason


def test_the_pipeline_waits_while_the_index_is_blocked_by_a_full_disk(
    client: Elasticsearch, installed: Settings, model: Any, document: Any
) -> None:
    alias = write_alias(installed.index)
    block = "index.blocks.read_only_allow_delete"
    client.indices.put_settings(index=alias, settings={block: True})
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            client.indices.put_settings(index=alias, settings={block: None})

    product_store, reconciler = (
        ProductStore(client, installed.index, model.slot),
        Reconciler(client, installed.index),
    )
    pipeline = Pipeline(product_store, model, reconciler, pause=pause)

    assert ingest(pipeline, 1, KETTLE) == [Outcome.CREATED]
    assert pauses == [0.5, 1.0]
    assert model.asked == ["k"]


def test_an_index_that_stays_blocked_postpones_the_batch_and_fails_no_row(
    client: Elasticsearch, pipeline: Pipeline, installed: Settings
) -> None:
    block = {"index.blocks.read_only_allow_delete": True}
    client.indices.put_settings(index=write_alias(installed.index), settings=block)

    with pytest.raises(ClusterUnavailableError, match=r"cannot write 1 products \(k, \.\.\.\)"):
        ingest(pipeline, 1, KETTLE)
