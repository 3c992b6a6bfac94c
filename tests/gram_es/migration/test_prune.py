"""Pruning of slots, and the plan of a migration."""

from collections.abc import Callable
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import live_index
from gram_es.index.names import write_alias
from gram_es.migration.migrate import ComparisonQueries, Migration
from gram_es.migration.plan import plan_change
from gram_es.migration.prune import PrunableSlot, find_prunable, prune
from gram_es.migration.rollback import roll_back
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.settings import Settings

pytestmark = pytest.mark.elasticsearch_9

Migrate = Callable[..., Migration]


def do_nothing(_: int) -> None:
    """Ignore the progress."""


def test_prune_removes_every_slot_but_the_live_one_from_documents_and_meta(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    slots_of: Any,
    products: tuple[Product, ...],
    gram: Gram,
    other_gram: Gram,
) -> None:
    migrate()
    live_fields = slots_of(products[0].id)[other_gram.slot]

    prunable = find_prunable(client, store.index)
    prune(client, store.index, [entry.slot for entry in prunable], do_nothing)

    assert prunable == [PrunableSlot(gram.slot, len(products))]
    assert set(live_index(client, store.index).slots) == {other_gram.slot}
    assert slots_of(products[0].id) == {other_gram.slot: live_fields}
    assert find_prunable(client, store.index) == []
    with pytest.raises(CatalogueIndexError, match=f"{gram.slot} was pruned from .*index migrate"):
        roll_back(client, store.index)


def test_a_pruned_slot_can_be_filled_again(
    store: Settings, client: Elasticsearch, migrate: Migrate, gram: Gram, other_gram: Gram
) -> None:
    migrate()
    prune(client, store.index, [gram.slot], do_nothing)

    migration = migrate(model=gram, live=other_gram)

    assert migration.is_live
    assert (migration.missing_codes, migration.previous_slot) == (0, other_gram.slot)


def test_kept_slots_and_the_live_slot_are_not_pruned(
    client: Elasticsearch, store: Settings, migrate: Migrate, gram: Gram, other_gram: Gram
) -> None:
    migrate()

    assert find_prunable(client, store.index, keep=[gram.slot]) == []
    with pytest.raises(CatalogueIndexError, match=r"is the live slot of .* and cannot be pruned"):
        prune(client, store.index, [other_gram.slot], do_nothing)
    with pytest.raises(CatalogueIndexError, match="has no slot m0 to keep; it has m"):
        find_prunable(client, store.index, keep=["m0"])


def test_an_interrupted_prune_resumes_and_does_not_overwrite_other_writers(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    products: tuple[Product, ...],
    gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gram_es.migration.prune._PAGE", 100)
    alias, pending_ids = write_alias(store.index), [product.id for product in products]
    migrate()

    def cut(_: int) -> None:
        raise KeyboardInterrupt

    def feed(_: int) -> None:
        """Write once to every product, including those that prune has read but not written."""
        if pending_ids:
            pairs = [
                ({"update": {"_id": pending_ids.pop()}}, {"doc": {"price": 0.5}}) for _ in products
            ]
            client.bulk(index=alias, operations=[part for pair in pairs for part in pair])

    with pytest.raises(KeyboardInterrupt):
        prune(client, store.index, [gram.slot], cut)
    (remaining,) = find_prunable(client, store.index)
    prune(client, store.index, [remaining.slot], feed)

    assert remaining == PrunableSlot(gram.slot, len(products) - 100)
    assert find_prunable(client, store.index) == []
    client.indices.refresh(index=alias)
    cheap = client.count(index=alias, query={"term": {"price": 0.5}})["count"]
    assert cheap == len(products)


def test_prune_does_not_recreate_products_that_are_deleted_meanwhile(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    products: tuple[Product, ...],
    gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gram_es.migration.prune._PAGE", 100)
    alias, pending_ids = write_alias(store.index), [product.id for product in products]
    migrate(queries=ComparisonQueries(1))

    def delete(_: int) -> None:
        """Delete every product, including those that prune has read but not written."""
        while pending_ids:
            client.delete(index=alias, id=pending_ids.pop())

    prune(client, store.index, [gram.slot], delete)
    client.indices.refresh(index=alias)

    assert client.count(index=alias)["count"] == 0


def test_a_plan_counts_documents_without_codes_and_writes_nothing(
    client: Elasticsearch,
    store: Settings,
    products: tuple[Product, ...],
    gram: Gram,
    other_gram: Gram,
) -> None:
    plan = plan_change(client, store.index, other_gram)
    live_plan = plan_change(client, store.index, gram)

    assert (plan.missing_codes, plan.documents, plan.sampled) == (len(products), len(products), 256)
    assert plan.is_new_slot
    assert plan.live_slot == gram.slot
    assert plan.incompatibilities == []
    assert plan.seconds > 0
    # The source has each label twice, or three times if it is inferred, and the postings twice. The
    # source adds names of fields, fingerprints, quotes and weights.
    codes = [code for each in other_gram.enrich(products) for code in each.codes]
    label_bytes = sum(len(code.label) for code in codes)
    content_bytes = 2 * other_gram.dimensions * len(products) + 4 * label_bytes
    markup_bytes = 400 * len(products) + 40 * len(codes)
    assert content_bytes < plan.slot_bytes < content_bytes + label_bytes + markup_bytes
    assert plan.peak_bytes == plan.slot_bytes + plan.index_bytes
    assert plan.free_bytes > 0
    assert (live_plan.missing_codes, live_plan.sampled) == (0, 0)
    assert (live_plan.seconds, live_plan.slot_bytes) == (0, 0)
    assert set(live_index(client, store.index).slots) == {gram.slot}
