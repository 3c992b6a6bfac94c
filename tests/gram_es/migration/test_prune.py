"""Slots that nothing needs any more, and what a change of model would take."""

from collections.abc import Callable
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import live_index
from gram_es.index.names import write_alias
from gram_es.migration.migrate import Migration, Probe
from gram_es.migration.plan import plan_change
from gram_es.migration.prune import Prunable, find_prunable, prune
from gram_es.migration.rollback import roll_back
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.settings import Settings

Migrate = Callable[..., Migration]


def do_nothing(_: int) -> None:
    """Watch no progress."""


def test_prune_takes_every_slot_but_the_live_one_out_of_documents_and_meta(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    held: Any,
    some: tuple[Product, ...],
    gram: Gram,
    other_gram: Gram,
) -> None:
    migrate()
    before = held(some[0].id)[other_gram.slot]

    found = find_prunable(client, store.index)
    prune(client, store.index, [one.slot for one in found], do_nothing)

    assert found == [Prunable(gram.slot, len(some))]
    assert set(live_index(client, store.index).slots) == {other_gram.slot}
    assert held(some[0].id) == {other_gram.slot: before}
    assert find_prunable(client, store.index) == []
    with pytest.raises(CatalogueIndexError, match=f"{gram.slot} was pruned from .*index migrate"):
        roll_back(client, store.index)


def test_a_pruned_model_can_be_brought_back(
    store: Settings, client: Elasticsearch, migrate: Migrate, gram: Gram, other_gram: Gram
) -> None:
    migrate()
    prune(client, store.index, [gram.slot], do_nothing)

    done = migrate(model=gram, live=other_gram)

    assert done.is_live
    assert (done.lacking, done.was_live) == (0, other_gram.slot)


def test_what_is_to_be_kept_stays_and_the_live_slot_is_never_pruned(
    client: Elasticsearch, store: Settings, migrate: Migrate, gram: Gram, other_gram: Gram
) -> None:
    migrate()

    assert find_prunable(client, store.index, keep=[gram.slot]) == []
    with pytest.raises(CatalogueIndexError, match=r"is the live slot of .* and cannot be pruned"):
        prune(client, store.index, [other_gram.slot], do_nothing)
    with pytest.raises(CatalogueIndexError, match="has no slot m0 to keep; it has m"):
        find_prunable(client, store.index, keep=["m0"])


def test_prune_that_was_cut_short_goes_on_and_keeps_what_others_write(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    some: tuple[Product, ...],
    gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gram_es.migration.prune._PAGE", 100)
    alias, unsold = write_alias(store.index), [product.id for product in some]
    migrate()

    def cut(_: int) -> None:
        raise KeyboardInterrupt

    def feed(_: int) -> None:
        """Write to every product, once: to those that are read and not written yet, too."""
        if unsold:
            pairs = [({"update": {"_id": unsold.pop()}}, {"doc": {"price": 0.5}}) for _ in some]
            client.bulk(index=alias, operations=[part for pair in pairs for part in pair])

    with pytest.raises(KeyboardInterrupt):
        prune(client, store.index, [gram.slot], cut)
    (left,) = find_prunable(client, store.index)
    prune(client, store.index, [left.slot], feed)

    assert left == Prunable(gram.slot, len(some) - 100)
    assert find_prunable(client, store.index) == []
    client.indices.refresh(index=alias)
    cheap = client.count(index=alias, query={"term": {"price": 0.5}})["count"]
    assert cheap == len(some)


def test_prune_brings_back_nothing_that_is_deleted_meanwhile(
    client: Elasticsearch,
    store: Settings,
    migrate: Migrate,
    some: tuple[Product, ...],
    gram: Gram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gram_es.migration.prune._PAGE", 100)
    alias, listed = write_alias(store.index), [product.id for product in some]
    migrate(probe=Probe(1))

    def delete(_: int) -> None:
        """Delete every product, once: those that are read and not written yet, too."""
        while listed:
            client.delete(index=alias, id=listed.pop())

    prune(client, store.index, [gram.slot], delete)
    client.indices.refresh(index=alias)

    assert client.count(index=alias)["count"] == 0


def test_a_plan_counts_what_lacks_codes_and_writes_nothing(
    client: Elasticsearch,
    store: Settings,
    some: tuple[Product, ...],
    gram: Gram,
    other_gram: Gram,
) -> None:
    made = plan_change(client, store.index, other_gram)
    idle = plan_change(client, store.index, gram)

    assert (made.lacking, made.documents, made.sampled) == (len(some), len(some), 256)
    assert made.is_new_slot
    assert made.live_slot == gram.slot
    assert made.obstacles == []
    assert made.seconds > 0
    vector_bytes = other_gram.dimensions * len(some)
    assert 2 * vector_bytes < made.slot_bytes < 20 * vector_bytes
    assert made.peak_bytes == made.slot_bytes + made.index_bytes
    assert made.free_bytes > 0
    assert (idle.lacking, idle.sampled, idle.seconds, idle.slot_bytes) == (0, 0, 0, 0)
    assert set(live_index(client, store.index).slots) == {gram.slot}
