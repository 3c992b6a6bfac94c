"""A change of model over a real index, with two real models."""

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
from gram_es.migration.migrate import Migration, Probe
from gram_es.migration.rollback import roll_back
from gram_es.model.gram import Gram
from gram_es.records import Enrichment, Product
from gram_es.settings import Settings

Migrate = Callable[..., Migration]


def test_every_product_gets_the_codes_of_the_new_model_beside_the_old_ones(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    held: Any,
    assert_codes_of: Any,
    some: tuple[Product, ...],
    enrichments: dict[str, Enrichment],
    gram: Gram,
    other_gram: Gram,
) -> None:
    done = migrate()

    assert (done.filled, done.lacking, done.refused) == (len(some), 0, {})
    assert (done.was_live, done.is_live, done.faults) == (gram.slot, True, [])
    found = live_index(client, store.index)
    assert (found.live_slot, found.previous_slot) == (other_gram.slot, gram.slot)
    documents = [held(product.id) for product in some]
    assert_codes_of(other_gram, some, documents)
    for product, slots in zip(some, documents, strict=True):
        assert slots[gram.slot] == slot_value(enrichments[product.id], gram.fingerprint)


def test_the_codes_alias_leads_to_the_new_slot(
    client: Elasticsearch, store: Settings, migrate: Migrate, other_gram: Gram
) -> None:
    migrate()

    mapping = client.indices.get_mapping(index=store.index)
    (properties,) = (entry["mappings"]["properties"] for entry in mapping.body.values())
    assert properties["gram_codes"]["path"] == f"gram.{other_gram.slot}.codes"
    assert client.count(index=store.index, query={"exists": {"field": "gram_codes"}})["count"]


def test_a_migration_that_was_cut_short_goes_on_where_it_was(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    some: tuple[Product, ...],
    gram: Gram,
) -> None:
    def cut(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(looked_at=cut)
    assert live_index(client, store.index).live_slot == gram.slot

    done = migrate()

    assert 0 < done.filled < len(some)
    assert done.lacking == 0
    assert done.is_live


def test_a_model_that_is_live_already_is_only_filled(
    client: Elasticsearch, store: Settings, migrate: Migrate, gram: Gram, some: tuple[Product, ...]
) -> None:
    client.index(index=write_alias(store.index), id="n", document={"id": "n", "title": "A kettle"})

    done = migrate(model=gram, live=None)

    assert (done.filled, done.lacking, done.comparison) == (1, 0, None)
    assert live_index(client, store.index).previous_slot is None


def test_codes_of_another_wording_are_made_again(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    held: Any,
    some: tuple[Product, ...],
    other_gram: Gram,
) -> None:
    migrate()
    stale = {"gram": {other_gram.slot: {"input": "what it read before", "codes": ["stale"]}}}
    client.update(index=write_alias(store.index), id=some[0].id, doc=stale)

    assert migrate().filled == 1
    assert held(some[0].id)[other_gram.slot]["codes"] != ["stale"]


def add_slot(client: Elasticsearch, store: Settings, model: Gram) -> None:
    slot = {"slot": model.slot, "fingerprint": model.fingerprint, "family": model.family}
    put_slot(client, store.index, **slot, live=False)


class Interrupted:
    """A model beside which somebody else writes, once, while it thinks."""

    def __init__(self, gram: Gram, write: Callable[[], object]) -> None:
        self._gram = gram
        self._write: Callable[[], object] | None = write
        self.slot, self.fingerprint = gram.slot, gram.fingerprint
        self.input_hash = gram.input_hash

    def enrich(self, products: Any) -> list[Enrichment]:
        enrichments = self._gram.enrich(products)
        if self._write is not None:
            self._write()
            self._write = None
        return enrichments


def test_what_another_writer_changes_meanwhile_stands_and_is_filled_as_it_is_then(
    client: Elasticsearch,
    store: Settings,
    held: Any,
    assert_codes_of: Any,
    some: tuple[Product, ...],
    other_gram: Gram,
) -> None:
    alias, first = write_alias(store.index), some[0]
    changed = {"id": first.id, "title": "Copper kettle 3 litre"}
    add_slot(client, store, other_gram)
    writer = Interrupted(
        other_gram, lambda: client.index(index=alias, id=first.id, document=changed)
    )

    filled = SlotFiller(client, store.index, writer).fill_index(lambda _: None)

    assert filled.written == len(some)
    source = client.get(index=alias, id=first.id)["_source"]
    assert source["title"] == "Copper kettle 3 litre"
    slots = held(first.id)
    assert list(slots) == [other_gram.slot]
    assert_codes_of(other_gram, [Product(first.id, "Copper kettle 3 litre")], [slots])


def test_a_product_that_is_deleted_meanwhile_stays_deleted(
    client: Elasticsearch, store: Settings, some: tuple[Product, ...], other_gram: Gram
) -> None:
    alias, gone = write_alias(store.index), some[0].id
    add_slot(client, store, other_gram)
    writer = Interrupted(other_gram, lambda: client.delete(index=alias, id=gone))
    filler = SlotFiller(client, store.index, writer)

    filled = filler.fill_index(lambda _: None)

    assert (filled.written, filled.refused, filler.lacking()) == (len(some) - 1, {}, 0)
    assert not client.exists(index=alias, id=gone)


class Choking:
    """A model that chokes on one product, whatever it is enriched with."""

    def __init__(self, gram: Gram, poison: str) -> None:
        self._gram, self._poison = gram, poison
        self.slot, self.fingerprint = gram.slot, gram.fingerprint
        self.input_hash = gram.input_hash

    def enrich(self, products: Any) -> list[Enrichment]:
        if self._poison in {product.id for product in products}:
            raise IndexError("index out of range in self")
        return self._gram.enrich(products)


def test_a_product_that_the_model_chokes_on_is_refused_alone(
    client: Elasticsearch, store: Settings, some: tuple[Product, ...], other_gram: Gram
) -> None:
    poison = some[100].id
    add_slot(client, store, other_gram)
    filler = SlotFiller(client, store.index, Choking(other_gram, poison))

    filled = filler.fill_index(lambda _: None)

    assert filled.refused == {poison: "IndexError: index out of range in self"}
    assert (filled.written, filler.lacking()) == (len(some) - 1, 1)


def test_an_index_that_is_blocked_ends_it_with_what_to_do(
    client: Elasticsearch, store: Settings, migrate: Migrate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gram_es.migration.fill_slot._RETRIES", 0)
    block = "index.blocks.read_only_allow_delete"
    migrate(switches=False, probe=Probe(1))
    client.index(index=write_alias(store.index), id="n", document={"id": "n", "title": "A kettle"})
    client.indices.put_settings(index=store.index, settings={block: True})
    try:
        with pytest.raises(ClusterUnavailableError, match="run the command again to go on"):
            migrate()
    finally:
        client.indices.put_settings(index=store.index, settings={block: None})

    assert migrate().filled == 1


def test_the_gate_stays_shut_where_the_answers_have_little_in_common(
    client: Elasticsearch, store: Settings, migrate: Migrate, gram: Gram
) -> None:
    done = migrate(gate=Gate(min_overlap=1.01, max_loss=0.0))

    assert not done.is_live
    assert done.comparison is not None
    assert done.comparison.queries == 20
    assert done.comparison.live.degraded == done.comparison.new.degraded == 0
    assert 0.3 < done.comparison.overlap < 1
    (fault,) = done.faults
    assert "--min-overlap is 101%" in fault
    assert live_index(client, store.index).live_slot == gram.slot


def test_force_opens_the_gate_and_no_switch_keeps_it_shut(migrate: Migrate) -> None:
    shut = Gate(min_overlap=1.01, max_loss=0.0)

    assert not migrate(switches=False).is_live
    done = migrate(gate=shut, force=True)

    assert done.is_live
    assert len(done.faults) == 1


def test_rollback_makes_the_slot_before_live_again_and_the_way_leads_back(
    client: Elasticsearch, store: Settings, migrate: Migrate, gram: Gram, other_gram: Gram
) -> None:
    migrate()

    back = roll_back(client, store.index)
    forth = roll_back(client, store.index)

    assert (back.live_slot, back.previous_slot) == (gram.slot, other_gram.slot)
    assert (forth.live_slot, forth.previous_slot) == (other_gram.slot, gram.slot)


def test_there_is_no_way_back_from_the_first_model(client: Elasticsearch, store: Settings) -> None:
    with pytest.raises(CatalogueIndexError, match="there is nothing to go back to"):
        roll_back(client, store.index)


def test_rollback_refuses_a_slot_that_products_lack_unless_forced(
    client: Elasticsearch, store: Settings, migrate: Migrate, gram: Gram
) -> None:
    migrate()
    client.index(index=write_alias(store.index), id="n", document={"id": "n", "title": "A kettle"})

    with pytest.raises(CatalogueIndexError, match=f"1 products of .* lack codes of {gram.slot}"):
        roll_back(client, store.index)
    forced = roll_back(client, store.index, force=True)

    assert (forced.live_slot, forced.lacking) == (gram.slot, 1)
