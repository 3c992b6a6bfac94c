"""A migration from an index of an older gram-es to a new index, on a real node."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.errors import CatalogueIndexError
from gram_es.index.compatibility import incompatibilities
from gram_es.index.documents import FeedPosition, build_document, weighted_slots
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.index.names import staging_alias, write_alias
from gram_es.migration.compare import Gate
from gram_es.migration.migrate import Migration
from gram_es.migration.plan import plan_change
from gram_es.migration.prune import PrunableIndex, find_prunable_indices, prune_indices
from gram_es.migration.rollback import roll_back
from gram_es.model.gram import Gram
from gram_es.records import Enrichment, Product
from gram_es.settings import Settings, current_settings

Renew = Callable[..., Migration]


def sources(client: Elasticsearch, index: str) -> dict[str, Any]:
    """Return the documents of an index by their ids, with the weights that 9.x leaves out."""
    client.indices.refresh(index=index)
    hits = client.search(index=index, size=10_000)["hits"]["hits"]
    documents = {hit["_id"]: hit["_source"] for hit in hits}
    return {
        name: {**document, "gram": weighted_slots(document, document.get("gram", {}))}
        for name, document in documents.items()
    }


def aliases_of(client: Elasticsearch, index: str) -> set[str]:
    return set(client.indices.get_alias(index=index)[index]["aliases"])


def assert_live_as_before(client: Elasticsearch, index: str, before: LiveIndex) -> None:
    """Assert that the live index is ``before``, in whose slots fingerprints may have been added."""
    after = live_index(client, index)
    assert replace(after, slots=before.slots) == before
    models = {name: slot.fingerprint for name, slot in after.slots.items()}
    assert models == {name: slot.fingerprint for name, slot in before.slots.items()}


def test_a_new_index_has_every_product_in_the_current_schema_with_its_codes(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    products: tuple[Product, ...],
    enrichments: dict[str, Enrichment],
    gram: Gram,
) -> None:
    name = old_store.index
    before = live_index(client, name)

    migration = renew()

    after = live_index(client, name)
    assert (migration.is_live, migration.objections, migration.rejected, migration.filled) == (
        True,
        [],
        {},
        0,
    )
    assert (migration.index, migration.previous_index) == (after.index, before.index)
    assert migration.copied == len(products)
    assert incompatibilities(client, before) != []
    assert incompatibilities(client, after) == []
    assert aliases_of(client, after.index) == {name, write_alias(name)}
    assert aliases_of(client, before.index) == set()
    feed = FeedPosition("test", 1, 0, "2025-01-01T00:00:00+00:00")
    common = {"slot": gram.slot, "fingerprint": gram.fingerprint, "feed": feed}
    expected = {
        product.id: build_document(product, enrichment=enrichments[product.id], **common)
        for product in products
    }
    for row, product in enumerate(products):
        expected[product.id]["feed"]["row"] = row
    assert sources(client, name) == expected


def test_another_model_comes_with_the_new_index_in_one_switch(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    assert_codes_of: Any,
    products: tuple[Product, ...],
    gram: Gram,
    other_gram: Gram,
) -> None:
    migration = renew(model=other_gram)

    live = live_index(client, old_store.index)
    assert (migration.is_live, migration.filled, migration.missing_codes) == (
        True,
        len(products),
        0,
    )
    assert (live.live_slot, live.previous_slot) == (other_gram.slot, gram.slot)
    documents = sources(client, old_store.index)
    slots = [documents[product.id]["gram"] for product in products]
    for model in (gram, other_gram):
        assert_codes_of(model, products, slots)


def test_an_interrupted_copy_resumes(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    products: tuple[Product, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gram_es.migration.copy_index._PAGE", 32)
    before = live_index(client, old_store.index)
    on_progress: list[int] = []

    def cut(number: int) -> None:
        on_progress.append(number)
        if sum(on_progress) > len(products) + 64:  # every product is filled before any is copied
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        renew(on_progress=cut)
    assert_live_as_before(client, old_store.index, before)
    staged = live_index(client, staging_alias(old_store.index)).index

    migration = renew()

    assert (migration.index, migration.is_live) == (staged, True)
    assert 0 < migration.copied <= len(products) - 64
    assert set(sources(client, old_store.index)) == {product.id for product in products}


def test_with_objections_the_old_index_stays_live_and_the_copy_is_reused(
    client: Elasticsearch, old_store: Settings, renew: Renew
) -> None:
    before = live_index(client, old_store.index)

    migration = renew(gate=Gate(min_overlap=1.01, max_loss=0.0))

    assert not migration.is_live
    assert migration.comparison is not None
    assert migration.comparison.new.degraded == migration.comparison.live.degraded == 0
    assert migration.comparison.overlap > 0.5
    (objection,) = migration.objections
    assert "--min-overlap is 101%" in objection
    assert_live_as_before(client, old_store.index, before)
    assert renew().copied == 0


def test_a_product_that_the_new_index_rejects_is_an_objection(
    client: Elasticsearch, old_store: Settings, renew: Renew
) -> None:
    alias = write_alias(old_store.index)
    broken = {"id": "x", "title": "Kettle", "price": "dear"}
    client.index(index=alias, id="x", document=broken)

    migration = renew()

    assert not migration.is_live
    assert set(migration.rejected) == {"x"}
    assert f"{migration.index} rejects 1 products (the first is x: " in migration.objections[0]
    assert renew(force=True).is_live


def test_rollback_copies_later_writes_and_a_second_one_switches_forward(
    client: Elasticsearch, old_store: Settings, renew: Renew, products: tuple[Product, ...]
) -> None:
    alias = write_alias(old_store.index)
    migration = renew()
    client.update(index=alias, id=products[0].id, doc={"price": 0.5})
    client.delete(index=alias, id=products[1].id)
    new = {"id": "n", "title": "Copper kettle", "feed": {"source": "f", "run": 2, "row": 1}}
    client.index(index=alias, id="n", document=new)

    back = roll_back(client, old_store.index, force=True)  # "n" has no codes
    documents = sources(client, old_store.index)
    forward = roll_back(client, old_store.index, force=True)

    assert (back.index, back.previous_index) == (migration.previous_index, migration.index)
    assert (back.copied, back.rejected, back.missing_codes) == (3, 0, 1)
    assert documents[products[0].id]["price"] == 0.5
    assert products[1].id not in documents
    assert documents["n"]["title"] == "Copper kettle"
    assert (forward.index, forward.previous_index) == (migration.index, back.index)
    assert sources(client, old_store.index).keys() == documents.keys()


def test_rollback_to_an_index_with_missing_codes_needs_force(
    client: Elasticsearch, old_store: Settings, renew: Renew, gram: Gram
) -> None:
    migration = renew()
    client.index(
        index=write_alias(old_store.index), id="n", document={"id": "n", "title": "A kettle"}
    )

    with pytest.raises(CatalogueIndexError, match=f"1 products of .* lack codes of {gram.slot}"):
        roll_back(client, old_store.index)

    assert live_index(client, old_store.index).index == migration.index
    client.index(index=write_alias(old_store.index), id="m", document={"id": "m", "title": "Mug"})


def test_a_pruned_index_cannot_be_rolled_back_to(
    client: Elasticsearch, old_store: Settings, renew: Renew, products: tuple[Product, ...]
) -> None:
    migration = renew(live=None)
    assert migration.previous_index is not None

    prunable_but_kept = find_prunable_indices(
        client, old_store.index, keep=[migration.previous_index]
    )
    prunable = find_prunable_indices(client, old_store.index)
    prune_indices(client, old_store.index, [entry.index for entry in prunable])

    assert prunable_but_kept == []
    assert prunable == [PrunableIndex(migration.previous_index, len(products))]
    assert find_prunable_indices(client, old_store.index) == []
    with pytest.raises(CatalogueIndexError, match="cannot roll back: "):
        roll_back(client, old_store.index)
    with pytest.raises(CatalogueIndexError, match="is live and cannot be pruned"):
        prune_indices(client, old_store.index, [migration.index])


def test_a_plan_gives_the_reasons_for_a_new_index_and_its_costs(
    client: Elasticsearch, old_store: Settings, products: tuple[Product, ...], gram: Gram
) -> None:
    before = live_index(client, old_store.index)

    plan = plan_change(client, old_store.index, gram)

    assert plan.is_new_index
    assert plan.incompatibilities == [
        "documents of schema 1, where this gram-es writes 4",
        "another BM25 and another number of shards than the templates have now",
    ]
    assert (plan.missing_codes, plan.documents) == (0, len(products))
    assert plan.copy_seconds > 0
    assert plan.added_bytes == plan.peak_bytes == plan.index_bytes
    assert_live_as_before(client, old_store.index, before)


def test_the_commands_print_their_results_for_a_new_index(
    cluster_url: str, old_store: Settings, gram_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster_url)
    monkeypatch.setenv("GRAM_ES_INDEX", old_store.index)
    monkeypatch.setenv("GRAM_ES_MODEL", str(gram_dir))
    current_settings.cache_clear()

    def run(*words: str) -> list[str]:
        return CliRunner().invoke(main, ["index", *words]).stdout.splitlines()

    old = f"{old_store.index}-1-20250101t000000"
    try:
        planned = run("plan")
        migrated = run("migrate", "--sample", "5", "--min-overlap", "0")
        back = run("rollback")
        pruned = run("prune")
    finally:
        current_settings.cache_clear()

    assert planned[0].startswith(f"new index  {old} has documents of schema 1, where ")
    assert planned[3].endswith(" are copied to the new index with their codes")
    assert planned[4].startswith("time       about ")
    assert migrated[1].startswith("copied     ")
    assert migrated[1].endswith(f" products from {old}")
    assert migrated[3].startswith("compared   5 queries; ")
    assert migrated[-1].endswith(f"; gram-es index rollback returns to {old}")
    assert f" is live in {old} again, instead of {old_store.index}-" in back[0]
    assert back[1] == "0 writes and deletes since the switch were copied to it"
    assert " was pruned: it had " in pruned[0]
