"""Migrations to a model that differs from the live one only in its codes, or in weights."""

from collections.abc import Sequence
from typing import Any

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.codes.stored_codes import code_fields
from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.lifecycle import index_mapping, install, live_index
from gram_es.index.names import write_alias
from gram_es.index.slots import slot_properties
from gram_es.migration.compare import Gate
from gram_es.migration.fill_slot import SlotFiller, count_missing_codes
from gram_es.migration.migrate import ComparisonQueries, Migration, migrate
from gram_es.migration.plan import plan_change
from gram_es.records import Enrichment, Product, ProductCode
from gram_es.settings import Settings, current_settings

KETTLE, PAN = Product("k", "Stove kettle"), Product("p", "Frying pan")
VECTORS = {"Stove kettle": b"\x01\x02", "Frying pan": b"\x03\x04"}


class StubModel:
    """A model whose codes are the first byte of a vector; it encodes only the texts it may."""

    family = "base"

    def __init__(self, slot: str, encoder: str = "e1", encodes: Sequence[str] = ()) -> None:
        self.slot, self.fingerprint = slot, f"fingerprint of {slot}"
        self.encoder_fingerprint, self.codes_fingerprint = encoder, f"codes of {slot}"
        self._encodes = encodes

    def input_hash(self, product: Product) -> str:
        return product.title

    def enrich(
        self, products: Sequence[Product], vectors: Sequence[bytes | None] | None = None
    ) -> list[Enrichment]:
        given = vectors or [None] * len(products)
        return [
            self._enrichment(product, vector or self._encode(product))
            for product, vector in zip(products, given, strict=True)
        ]

    def _encode(self, product: Product) -> bytes:
        assert product.title in self._encodes, f"{product.title} is encoded again"
        return VECTORS.get(product.title, b"\x09")

    def _enrichment(self, product: Product, vector: bytes) -> Enrichment:
        code = ProductCode(f"{self.slot} {vector[0]}", 0.5, is_stated=False)
        return Enrichment((code,), vector, product.title)


OLD = StubModel("m1", encodes=[*VECTORS])


@pytest.fixture
def index(client: Elasticsearch, cluster_settings: Settings) -> str:
    """Return the name of an index of two products with the codes of ``OLD``."""
    identity = {"slot": OLD.slot, "fingerprint": OLD.fingerprint, "family": OLD.family}
    install(client, cluster_settings, **identity, encoder="e1", codes="codes of m1")
    for row, (product, enrichment) in enumerate(
        zip((KETTLE, PAN), OLD.enrich([KETTLE, PAN]), strict=True)
    ):
        document = build_document(
            product,
            enrichment=enrichment,
            slot=OLD.slot,
            fingerprint=OLD.fingerprint,
            encoder=OLD.encoder_fingerprint,
            feed=FeedPosition("test", 1, row, "2026-01-01T00:00:00Z"),
        )
        alias = write_alias(cluster_settings.index)
        client.index(index=alias, id=product.id, document=document, refresh=True)
    return cluster_settings.index


def slot_of(client: Elasticsearch, index: str, product_id: str, slot: str) -> dict[str, Any]:
    source = client.get(index=write_alias(index), id=product_id)["_source"]
    fields: dict[str, Any] = source["gram"][slot]
    return fields


def run(client: Elasticsearch, index: str, model: Any) -> Migration:
    queries, gate = ComparisonQueries(5), Gate(0.0, 0.0)
    return migrate(client, index, model, live=None, queries=queries, gate=gate)


def test_a_model_with_the_same_encoder_gets_its_codes_without_encoding_a_text(
    client: Elasticsearch, index: str
) -> None:
    model: Any = StubModel("m2")

    plan = plan_change(client, index, model)
    migration = run(client, index, model)

    assert (plan.missing_codes, plan.recoded, plan.sampled) == (2, 2, 2)
    assert (migration.filled, migration.recoded, migration.missing_codes) == (2, 2, 0)
    assert migration.is_live
    slot = slot_of(client, index, "k", "m2")
    assert slot == {
        **code_fields([ProductCode("m2 1", 0.5, is_stated=False)]),
        "vector": "AQI=",
        "input": "Stove kettle",
        "model": model.fingerprint,
        "encoder": "e1",
    }
    assert live_index(client, index).slots["m2"].codes == "codes of m2"


def test_a_vector_of_an_older_text_is_not_used(client: Elasticsearch, index: str) -> None:
    client.update(index=write_alias(index), id="k", doc={"title": "Teapot"}, refresh=True)

    migration = run(client, index, StubModel("m2", encodes=["Teapot"]))

    assert (migration.filled, migration.recoded) == (2, 1)
    assert slot_of(client, index, "k", "m2")["codes"] == ["m2 9"]


@pytest.mark.parametrize("encoder", ["e2", ""])
def test_a_model_with_another_encoder_encodes_every_text(
    client: Elasticsearch, index: str, encoder: str
) -> None:
    model: Any = StubModel("m2", encoder, encodes=[*VECTORS])

    assert plan_change(client, index, model).recoded == 0
    assert run(client, index, model).recoded == 0


def test_a_slot_that_an_older_version_filled_without_weights_is_filled_again(
    client: Elasticsearch, cluster_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(slot: str, *, live: bool, **_: bool) -> dict[str, Any]:
        properties = slot_properties(slot, live=live)
        for later_field in ("weights", "packed", "inferred", "encoder"):
            del properties["gram"]["properties"][slot]["properties"][later_field]
        properties.pop("gram_inferred", None)
        return properties

    name, identity = cluster_settings.index, {"slot": "m1", "fingerprint": OLD.fingerprint}
    with monkeypatch.context() as patch:
        patch.setattr("gram_es.index.lifecycle.slot_properties", older)
        install(client, cluster_settings, **identity, family="base")
    concrete, mapping = index_mapping(client, name)
    slots = {"m1": {"fingerprint": OLD.fingerprint, "family": "base"}}
    client.indices.put_mapping(
        index=concrete, meta={**mapping["_meta"], "schema": 2, "slots": slots}
    )
    slot = {"codes": ["m1 1"], "input": "Stove kettle", "model": OLD.fingerprint}
    document = {"id": "k", "title": "Stove kettle", "gram": {"m1": slot}}
    client.index(index=write_alias(name), id="k", document=document, refresh=True)
    model: Any = OLD

    plan = plan_change(client, name, model)
    migration = run(client, name, model)

    assert plan.incompatibilities == ["documents of schema 2, where this gram-es writes 4"]
    assert (plan.missing_codes, migration.filled, migration.missing_codes) == (1, 1, 0)
    assert migration.previous_index == concrete
    assert migration.is_live
    assert slot_of(client, name, "k", "m1")["weights"] == [{"m1 1": 0.5}]
    query = {"term": {"gram.m1.weights": "m1 1"}}
    (hit,) = client.search(index=name, query=query)["hits"]["hits"]
    assert (hit["_id"], hit["_score"]) == ("k", 0.5)
    assert count_missing_codes(client, name, "m1") == 0


def test_products_of_a_batch_are_filled_from_stored_vectors(
    client: Elasticsearch, index: str
) -> None:
    SlotFiller(client, index, StubModel("m2")).fill_products(["k"])

    assert slot_of(client, index, "k", "m2")["codes"] == ["m2 1"]


def test_the_plan_command_prints_how_many_texts_need_no_encoding(
    client: Elasticsearch, cluster_url: str, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gram_es.model.gram.Gram.load", lambda *_, **__: StubModel("m2"))
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster_url)
    monkeypatch.setenv("GRAM_ES_INDEX", index)
    current_settings.cache_clear()

    try:
        lines = CliRunner().invoke(main, ["index", "plan"]).stdout.splitlines()
    finally:
        current_settings.cache_clear()

    assert lines[1] == "products   2 of 2 lack its codes"
    assert lines[2].strip() == (
        "2 of them get codes from stored vectors: m2 has the encoder of a model in the index"
    )
