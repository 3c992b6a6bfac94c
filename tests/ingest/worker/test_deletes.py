"""Deletes over a real index: only what a run found, and only if nobody has written it since."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import ClusterUnavailableError
from gram_es.index.names import write_alias
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.outcomes import Fate
from ingest.worker.deletes import Deletion, delete_unlisted
from ingest.worker.pipeline import Origin, Pipeline
from ingest.worker.product_store import Catalogue

KETTLE, PAN = Product("k", "Stove kettle"), Product("p", "Frying pan")
SHOP = "shop.xml"


@pytest.fixture
def catalogue(client: Elasticsearch, installed: Settings, model: Any) -> Catalogue:
    return Catalogue(client, installed.index, model.slot)


def bring(pipeline: Pipeline, run: int, *products: Product, source: str = SHOP) -> list[Fate]:
    rows = [Row(number, number, product) for number, product in enumerate(products, 1)]
    return list(pipeline.index_rows(rows, Origin(source, run)).fates.values())


def delete(catalogue: Catalogue, run: int, *ids: str) -> Deletion:
    return delete_unlisted(catalogue, ids, Origin(SHOP, run), pause=lambda _: None)


def test_deleting_twice_is_the_same_as_once(pipeline: Pipeline, catalogue: Catalogue) -> None:
    bring(pipeline, 1, KETTLE, PAN)

    first = delete(catalogue, 2, "p")
    again = delete(catalogue, 2, "p")

    assert first == again == Deletion({"p": Fate.DELETED})
    assert set(catalogue.read(["k", "p"])) == {"k"}


def test_what_a_newer_run_or_another_feed_has_brought_stays(
    pipeline: Pipeline, catalogue: Catalogue
) -> None:
    bring(pipeline, 1, PAN, source="outlet.xml")
    bring(pipeline, 3, KETTLE)

    assert delete(catalogue, 2, "k", "p").fates == {"k": Fate.KEPT, "p": Fate.KEPT}
    assert set(catalogue.read(["k", "p"])) == {"k", "p"}


def test_an_unchanged_product_that_moves_to_another_feed_is_that_feeds(
    pipeline: Pipeline, catalogue: Catalogue, model: Any
) -> None:
    bring(pipeline, 1, KETTLE)

    moved = bring(pipeline, 2, KETTLE, source="outlet.xml")

    assert moved == [Fate.UNCHANGED]
    assert model.asked == ["k"]
    assert delete(catalogue, 3, "k").fates == {"k": Fate.KEPT}


def test_a_writer_that_comes_between_reading_and_deleting_saves_the_product(
    pipeline: Pipeline, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(pipeline, 1, KETTLE)
    write = catalogue.write

    def write_late(actions: Any) -> Any:
        actions = list(actions)
        monkeypatch.setattr(catalogue, "write", write)
        bring(pipeline, 3, Product("k", "Newer kettle"))
        return write(actions)

    monkeypatch.setattr(catalogue, "write", write_late)

    assert delete(catalogue, 2, "k").fates == {"k": Fate.KEPT}
    assert catalogue.read(["k"])["k"].run == 3


def test_an_older_writer_that_comes_between_does_not_save_it(
    client: Elasticsearch,
    pipeline: Pipeline,
    catalogue: Catalogue,
    installed: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bring(pipeline, 1, KETTLE)
    write = catalogue.write

    def write_late(actions: Any) -> Any:
        actions = list(actions)
        monkeypatch.setattr(catalogue, "write", write)
        client.update(index=write_alias(installed.index), id="k", doc={"price": 3})
        return write(actions)

    monkeypatch.setattr(catalogue, "write", write_late)

    assert delete(catalogue, 2, "k").fates == {"k": Fate.DELETED}
    assert catalogue.read(["k"]) == {}


def test_what_elasticsearch_refuses_to_delete_is_told_with_its_reason(
    client: Elasticsearch, pipeline: Pipeline, catalogue: Catalogue, installed: Settings
) -> None:
    bring(pipeline, 1, KETTLE)
    alias = {"index": f"{installed.index}-*", "alias": write_alias(installed.index)}
    client.indices.update_aliases(actions=[{"add": {**alias, "is_write_index": False}}])

    outcome = delete(catalogue, 2, "k")

    assert outcome.tally() == {Fate.UNDELETED: 1}
    (note,) = outcome.notes()["undeleted"]
    assert note["product"] == {"id": "k"}
    assert "no write index" in note["reason"]


def test_an_overloaded_cluster_puts_the_deletes_off(
    pipeline: Pipeline, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gram_es.index.bulk import Written

    bring(pipeline, 1, KETTLE)
    monkeypatch.setattr(catalogue, "write", lambda _: [Written("k", 429, "queue is full")])

    with pytest.raises(ClusterUnavailableError, match=r"cannot delete 1 products \(k, \.\.\.\)"):
        delete(catalogue, 2, "k")
