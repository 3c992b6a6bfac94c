"""A migration to another model on a real index, with two real models."""

from collections.abc import Callable
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError, ClusterUnavailableError
from gram_es.index.documents import slot_value
from gram_es.index.lifecycle import live_index, put_slot
from gram_es.index.names import write_alias
from gram_es.migration.compare import Gate
from gram_es.migration.fill_slot import SlotFiller
from gram_es.migration.migrate import ComparisonQueries, Migration
from gram_es.migration.rollback import roll_back
from gram_es.model.gram import Gram
from gram_es.records import Enrichment, Product
from gram_es.settings import Settings

pytestmark = pytest.mark.elasticsearch_9

Migrate = Callable[..., Migration]


def test_every_product_gets_the_codes_of_the_new_model_next_to_the_old_ones(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    slots_of: Any,
    assert_codes_of: Any,
    products: tuple[Product, ...],
    enrichments: dict[str, Enrichment],
    gram: Gram,
    other_gram: Gram,
) -> None:
    migration = migrate()

    assert (migration.filled, migration.missing_codes, migration.rejected) == (len(products), 0, {})
    assert (migration.previous_slot, migration.is_live, migration.objections) == (
        gram.slot,
        True,
        [],
    )
    live = live_index(client, store.index)
    assert (live.live_slot, live.previous_slot) == (other_gram.slot, gram.slot)
    documents = [slots_of(product.id) for product in products]
    assert_codes_of(other_gram, products, documents)
    for product, slots in zip(products, documents, strict=True):
        assert slots[gram.slot] == slot_value(enrichments[product.id], gram.fingerprint, "")


def test_the_codes_alias_points_to_the_new_slot(
    client: Elasticsearch, store: Settings, migrate: Migrate, other_gram: Gram
) -> None:
    migrate()

    mapping = client.indices.get_mapping(index=store.index)
    (properties,) = (entry["mappings"]["properties"] for entry in mapping.body.values())
    assert properties["gram_codes"]["path"] == f"gram.{other_gram.slot}.codes"
    assert client.count(index=store.index, query={"exists": {"field": "gram_codes"}})["count"]


def test_an_interrupted_migration_resumes(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    products: tuple[Product, ...],
    gram: Gram,
) -> None:
    def cut(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(on_progress=cut)
    assert live_index(client, store.index).live_slot == gram.slot

    migration = migrate()

    assert 0 < migration.filled < len(products)
    assert migration.missing_codes == 0
    assert migration.is_live


def test_a_model_that_is_live_already_is_only_filled(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    gram: Gram,
    products: tuple[Product, ...],
) -> None:
    client.index(index=write_alias(store.index), id="n", document={"id": "n", "title": "A kettle"})

    migration = migrate(model=gram, live=None)

    assert (migration.filled, migration.missing_codes, migration.comparison) == (1, 0, None)
    assert live_index(client, store.index).previous_slot is None


def test_codes_of_another_model_input_are_replaced(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    slots_of: Any,
    products: tuple[Product, ...],
    other_gram: Gram,
) -> None:
    migrate()
    stale = {"gram": {other_gram.slot: {"input": "older hash", "codes": ["stale"]}}}
    client.update(index=write_alias(store.index), id=products[0].id, doc=stale)

    assert migrate().filled == 1
    assert slots_of(products[0].id)[other_gram.slot]["codes"] != ["stale"]


def add_slot(client: Elasticsearch, store: Settings, model: Gram) -> None:
    slot = {"slot": model.slot, "fingerprint": model.fingerprint, "family": model.family}
    put_slot(client, store.index, **slot, live=False)


class Interrupted:
    """A model that calls ``write`` during its first enrichment, as if another process wrote."""

    def __init__(self, gram: Gram, write: Callable[[], object]) -> None:
        self._gram = gram
        self._write: Callable[[], object] | None = write
        self.slot, self.fingerprint = gram.slot, gram.fingerprint
        self.encoder_fingerprint = gram.encoder_fingerprint
        self.input_hash = gram.input_hash

    def enrich(self, products: Any, vectors: Any = None) -> list[Enrichment]:
        enrichments = self._gram.enrich(products, vectors)
        if self._write is not None:
            self._write()
            self._write = None
        return enrichments


def test_a_document_that_another_writer_changes_meanwhile_is_filled_as_changed(
    client: Elasticsearch,
    store: Settings,
    slots_of: Any,
    assert_codes_of: Any,
    products: tuple[Product, ...],
    other_gram: Gram,
) -> None:
    alias, first = write_alias(store.index), products[0]
    changed = {"id": first.id, "title": "Copper kettle 3 litre"}
    add_slot(client, store, other_gram)
    writer = Interrupted(
        other_gram, lambda: client.index(index=alias, id=first.id, document=changed)
    )

    filled = SlotFiller(client, store.index, writer).fill_index(lambda _: None)

    assert filled.written == len(products)
    source = client.get(index=alias, id=first.id)["_source"]
    assert source["title"] == "Copper kettle 3 litre"
    slots = slots_of(first.id)
    assert list(slots) == [other_gram.slot]
    assert_codes_of(other_gram, [Product(first.id, "Copper kettle 3 litre")], [slots])


def test_a_product_that_is_deleted_meanwhile_stays_deleted(
    client: Elasticsearch, store: Settings, products: tuple[Product, ...], other_gram: Gram
) -> None:
    alias, deleted_id = write_alias(store.index), products[0].id
    add_slot(client, store, other_gram)
    writer = Interrupted(other_gram, lambda: client.delete(index=alias, id=deleted_id))
    filler = SlotFiller(client, store.index, writer)

    filled = filler.fill_index(lambda _: None)

    assert (filled.written, filled.rejected, filler.count_missing()) == (len(products) - 1, {}, 0)
    assert not client.exists(index=alias, id=deleted_id)


class FailingOnOneProduct:
    """A model that fails on every batch that contains the product ``failing_id``."""

    def __init__(self, gram: Gram, failing_id: str) -> None:
        self._gram, self._failing_id = gram, failing_id
        self.slot, self.fingerprint = gram.slot, gram.fingerprint
        self.encoder_fingerprint = gram.encoder_fingerprint
        self.input_hash = gram.input_hash

    def enrich(self, products: Any, vectors: Any = None) -> list[Enrichment]:
        if self._failing_id in {product.id for product in products}:
            raise IndexError("index out of range in self")
        return self._gram.enrich(products, vectors)


def test_only_the_product_on_which_the_model_fails_is_rejected(
    client: Elasticsearch, store: Settings, products: tuple[Product, ...], other_gram: Gram
) -> None:
    failing_id = products[100].id
    add_slot(client, store, other_gram)
    filler = SlotFiller(client, store.index, FailingOnOneProduct(other_gram, failing_id))

    filled = filler.fill_index(lambda _: None)

    assert filled.rejected == {failing_id: "IndexError: index out of range in self"}
    assert (filled.written, filler.count_missing()) == (len(products) - 1, 1)


def test_a_blocked_index_is_an_error_with_a_remedy(
    client: Elasticsearch, store: Settings, migrate: Migrate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gram_es.migration.fill_slot._RETRIES", 0)
    block = "index.blocks.read_only_allow_delete"
    migrate(switches=False, queries=ComparisonQueries(1))
    client.index(index=write_alias(store.index), id="n", document={"id": "n", "title": "A kettle"})
    client.indices.put_settings(index=store.index, settings={block: True})
    try:
        with pytest.raises(ClusterUnavailableError, match="run gram-es index migrate again"):
            migrate()
    finally:
        client.indices.put_settings(index=store.index, settings={block: None})

    assert migrate().filled == 1


def test_too_little_overlap_is_an_objection(
    client: Elasticsearch, store: Settings, migrate: Migrate, gram: Gram
) -> None:
    migration = migrate(gate=Gate(min_overlap=1.01, max_loss=0.0))

    assert not migration.is_live
    assert migration.comparison is not None
    assert migration.comparison.queries == 20
    assert migration.comparison.live.degraded == migration.comparison.new.degraded == 0
    assert 0.3 < migration.comparison.overlap < 1
    (objection,) = migration.objections
    assert "--min-overlap is 101%" in objection
    assert live_index(client, store.index).live_slot == gram.slot


def test_force_switches_despite_objections_and_no_switch_never_does(migrate: Migrate) -> None:
    unreachable = Gate(min_overlap=1.01, max_loss=0.0)

    assert not migrate(switches=False).is_live
    migration = migrate(gate=unreachable, force=True)

    assert migration.is_live
    assert len(migration.objections) == 1


def test_rollback_makes_the_previous_slot_live_and_a_second_one_switches_forward(
    client: Elasticsearch, store: Settings, migrate: Migrate, gram: Gram, other_gram: Gram
) -> None:
    migrate()

    back = roll_back(client, store.index)
    forward = roll_back(client, store.index)

    assert (back.live_slot, back.previous_slot) == (gram.slot, other_gram.slot)
    assert (forward.live_slot, forward.previous_slot) == (other_gram.slot, gram.slot)


def test_the_first_model_cannot_be_rolled_back(client: Elasticsearch, store: Settings) -> None:
    with pytest.raises(CatalogueIndexError, match="cannot roll back: "):
        roll_back(client, store.index)


def test_rollback_to_a_slot_with_missing_codes_needs_force(
    client: Elasticsearch, store: Settings, migrate: Migrate, gram: Gram
) -> None:
    migrate()
    client.index(index=write_alias(store.index), id="n", document={"id": "n", "title": "A kettle"})

    with pytest.raises(CatalogueIndexError, match=f"1 products of .* lack codes of {gram.slot}"):
        roll_back(client, store.index)
    forced = roll_back(client, store.index, force=True)

    assert (forced.live_slot, forced.missing_codes) == (gram.slot, 1)
