"""The pipeline over a real index."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import ClusterUnavailableError
from gram_es.index.names import write_alias
from gram_es.overrides.reconcile import Mender
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.outcomes import Fate
from ingest.worker.pipeline import Origin, Outcome, Pipeline
from ingest.worker.product_store import Catalogue

KETTLE = Product("k", "Stove kettle", price=20.0, attributes={"colour": ("red",)})
PAN = Product("p", "Frying pan", price=30.0)


def rows(*products: Product) -> list[Row]:
    return [Row(number, number, product) for number, product in enumerate(products, 1)]


def ingest(pipeline: Pipeline, run: int, *products: Product) -> list[Fate]:
    outcome: Outcome = pipeline.index_rows(rows(*products), Origin("shop.xml", run))
    return [outcome.fates[number] for number in sorted(outcome.fates)]


@pytest.fixture
def document(client: Elasticsearch, installed: Settings) -> Any:
    def read(product_id: str) -> Mapping[str, Any]:
        return client.get(index=write_alias(installed.index), id=product_id).body

    return read


def test_a_new_product_is_written_with_its_codes_and_its_place(
    pipeline: Pipeline, document: Any, model: Any
) -> None:
    assert ingest(pipeline, 1, KETTLE, PAN) == [Fate.NEW, Fate.NEW]

    source = document("p")["_source"]
    assert source["gram"][model.slot]["codes"] == ["frying", "pan"]
    assert source["gram"][model.slot]["model"] == model.fingerprint
    feed = source["feed"]
    assert (feed["source"], feed["run"], feed["row"], feed["fate"]) == ("shop.xml", 1, 2, "new")


def test_a_batch_that_is_delivered_again_changes_nothing_and_counts_the_same(
    pipeline: Pipeline, document: Any, model: Any
) -> None:
    first = ingest(pipeline, 1, KETTLE, PAN)
    again = ingest(pipeline, 1, KETTLE, PAN)

    assert first == again == [Fate.NEW, Fate.NEW]
    assert document("k")["_version"] == 1
    assert model.asked == ["k", "p"]


def test_the_same_feed_in_a_new_run_touches_nothing(
    pipeline: Pipeline, document: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)

    assert ingest(pipeline, 2, KETTLE, PAN) == [Fate.UNCHANGED, Fate.UNCHANGED]
    assert document("k")["_version"] == 1
    assert model.asked == ["k", "p"]


def test_a_product_keeps_the_day_on_which_it_first_came_in(
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
    pipeline.index_rows(rows(replace(KETTLE, price=15.0)), Origin("b.xml", 3, stamps=True))
    assert feed("k")["added"] == "2020-02-02T02:02:02+00:00"
    assert feed("k")["source"] == "b.xml"


@pytest.mark.parametrize(
    "changed",
    [{"price": 15.0}, {"price": None}, {"link": "https://shop.example/k"}],
    ids=["another price", "no price any more", "another link"],
)
def test_what_the_model_does_not_read_keeps_the_codes_of_every_slot_and_does_not_call_the_model(
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

    fates = ingest(pipeline, 2, replace(KETTLE, **changed))

    assert fates == [Fate.REUSED]
    source = document("k")["_source"]
    assert {name: source.get(name) for name in changed} == changed
    assert source["gram"][model.slot]["codes"] == ["stove", "kettle"]
    assert source["gram"]["mother"]["codes"] == ["boiler"]
    assert model.asked == ["k"]


def test_another_title_calls_the_model_and_drops_codes_that_fit_no_more(
    client: Elasticsearch, pipeline: Pipeline, installed: Settings, document: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    other = {"gram": {"mother": {"codes": ["boiler"]}}}
    client.update(index=write_alias(installed.index), id="k", doc=other)

    fates = ingest(pipeline, 2, replace(KETTLE, title="Teapot"), PAN)

    assert fates == [Fate.CHANGED, Fate.UNCHANGED]
    gram = document("k")["_source"]["gram"]
    assert list(gram) == [model.slot]
    assert gram[model.slot]["codes"] == ["teapot"]
    assert model.asked == ["k", "p", "k"]


def test_an_attribute_that_is_gone_is_gone_from_the_document(
    pipeline: Pipeline, document: Any
) -> None:
    ingest(pipeline, 1, KETTLE)
    ingest(pipeline, 2, replace(KETTLE, attributes={}))

    assert "attributes" not in document("k")["_source"]


def test_an_older_run_does_not_overwrite_a_newer_one(pipeline: Pipeline, document: Any) -> None:
    ingest(pipeline, 2, replace(KETTLE, title="New kettle"))

    assert ingest(pipeline, 1, KETTLE) == [Fate.SUPERSEDED]
    assert document("k")["_source"]["title"] == "New kettle"


def test_an_unchanged_row_leaves_its_place_while_older_runs_are_under_way(
    pipeline: Pipeline, document: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    third = Origin("shop.xml", 3, stamps=True)

    stamped = pipeline.index_rows(rows(KETTLE), third)
    again = pipeline.index_rows(rows(KETTLE), third)

    assert stamped.fates == again.fates == {1: Fate.UNCHANGED}
    assert ingest(pipeline, 2, replace(KETTLE, title="Late kettle")) == [Fate.SUPERSEDED]
    source = document("k")["_source"]
    assert (source["title"], source["feed"]["run"]) == ("Stove kettle", 3)
    assert source["gram"][model.slot]["codes"] == ["stove", "kettle"]


def test_a_writer_that_comes_between_is_seen_and_the_row_is_decided_again(
    client: Elasticsearch, pipeline: Pipeline, installed: Settings, document: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE)
    alias = write_alias(installed.index)
    model.before_answer = lambda: client.update(index=alias, id="k", doc={"locked": True})

    fates = ingest(pipeline, 2, replace(KETTLE, title="Teapot"), PAN)

    assert fates == [Fate.CHANGED, Fate.NEW]
    assert document("k")["_version"] == 3
    assert model.asked == ["k", "k", "p"]  # the model is not called again for the second round


def test_a_late_row_does_not_bring_back_what_a_newer_run_no_longer_lists(
    client: Elasticsearch, installed: Settings, document: Any, model: Any
) -> None:
    pipeline = Pipeline(
        Catalogue(client, installed.index, model.slot),
        model,
        Mender(client, installed.index),
        is_replaced=lambda origin: origin.run < 2,
    )
    ingest(pipeline, 2, PAN)

    assert ingest(pipeline, 1, KETTLE, PAN) == [Fate.SUPERSEDED, Fate.SUPERSEDED]
    assert not client.exists(index=write_alias(installed.index), id="k")
    assert model.asked == ["p"]


@pytest.mark.parametrize("stamps", [False, True])
def test_a_product_that_is_deleted_between_is_written_anew(
    client: Elasticsearch, pipeline: Pipeline, installed: Settings, model: Any, stamps: bool
) -> None:
    ingest(pipeline, 1, KETTLE)
    alias = write_alias(installed.index)
    model.before_answer = lambda: client.options(ignore_status=404).delete(index=alias, id="k")
    night = rows(KETTLE if stamps else replace(KETTLE, price=9.0), PAN)

    outcome = pipeline.index_rows(night, Origin("shop.xml", 2, stamps=stamps))

    assert outcome.fates == {1: Fate.NEW, 2: Fate.NEW}
    assert client.exists(index=alias, id="k")


@pytest.mark.parametrize("is_known", [False, True])
def test_a_newer_run_that_comes_between_wins(
    pipeline: Pipeline, document: Any, model: Any, is_known: bool
) -> None:
    def newer_run() -> None:
        model.before_answer = lambda: None
        ingest(pipeline, 9, replace(KETTLE, title="Newer kettle"))

    if is_known:
        ingest(pipeline, 1, KETTLE)
    model.before_answer = newer_run

    assert ingest(pipeline, 2, replace(KETTLE, title="Older kettle")) == [Fate.SUPERSEDED]
    assert document("k")["_source"]["title"] == "Newer kettle"


def test_a_document_that_elasticsearch_refuses_fails_alone_and_by_name(
    pipeline: Pipeline, document: Any
) -> None:
    poison = Product("x", "Poison", attributes={"n" * 33_000: ("v",)})

    outcome = pipeline.index_rows(rows(KETTLE, poison, PAN), Origin("s", 1))

    assert outcome.fates == {1: Fate.NEW, 2: Fate.FAILED, 3: Fate.NEW}
    (failed,) = outcome.failed
    assert failed.row.product.id == "x"
    assert "immense field" in failed.reason


def test_an_index_that_is_blocked_for_lack_of_disk_is_waited_for(
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

    catalogue, mender = (
        Catalogue(client, installed.index, model.slot),
        Mender(client, installed.index),
    )
    pipeline = Pipeline(catalogue, model, mender, pause=pause)

    assert ingest(pipeline, 1, KETTLE) == [Fate.NEW]
    assert pauses == [0.5, 1.0]
    assert model.asked == ["k"]


def test_an_index_that_stays_blocked_puts_the_batch_off_and_fails_no_row(
    client: Elasticsearch, pipeline: Pipeline, installed: Settings
) -> None:
    block = {"index.blocks.read_only_allow_delete": True}
    client.indices.put_settings(index=write_alias(installed.index), settings=block)

    with pytest.raises(ClusterUnavailableError, match=r"cannot write 1 products \(k, \.\.\.\)"):
        ingest(pipeline, 1, KETTLE)
