"""A new index for the products of one that an older gram-es made, over a real node."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.errors import CatalogueIndexError
from gram_es.index.compatibility import obstacles
from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.lifecycle import live_index
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
    """Return the documents of an index by their ids."""
    client.indices.refresh(index=index)
    hits = client.search(index=index, size=10_000)["hits"]["hits"]
    return {hit["_id"]: hit["_source"] for hit in hits}


def aliases_of(client: Elasticsearch, index: str) -> set[str]:
    return set(client.indices.get_alias(index=index)[index]["aliases"])


def test_a_new_index_holds_every_product_as_it_is_built_now_with_its_codes(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    some: tuple[Product, ...],
    enrichments: dict[str, Enrichment],
    gram: Gram,
) -> None:
    name = old_store.index
    before = live_index(client, name)

    done = renew()

    after = live_index(client, name)
    assert (done.is_live, done.faults, done.refused, done.filled) == (True, [], {}, 0)
    assert (done.index, done.previous_index) == (after.index, before.index)
    assert done.copied == len(some)
    assert obstacles(client, before) != []
    assert obstacles(client, after) == []
    assert aliases_of(client, after.index) == {name, write_alias(name)}
    assert aliases_of(client, before.index) == set()
    feed = FeedPosition("test", 1, 0, "2025-01-01T00:00:00+00:00")
    given = {"slot": gram.slot, "fingerprint": gram.fingerprint, "feed": feed}
    expected = {
        product.id: build_document(product, enrichment=enrichments[product.id], **given)
        for product in some
    }
    for row, product in enumerate(some):
        expected[product.id]["feed"]["row"] = row
    assert sources(client, name) == expected


def test_another_model_comes_with_the_new_index_in_one_switch(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    assert_codes_of: Any,
    some: tuple[Product, ...],
    gram: Gram,
    other_gram: Gram,
) -> None:
    done = renew(model=other_gram)

    found = live_index(client, old_store.index)
    assert (done.is_live, done.filled, done.lacking) == (True, len(some), 0)
    assert (found.live_slot, found.previous_slot) == (other_gram.slot, gram.slot)
    documents = sources(client, old_store.index)
    held = [documents[product.id]["gram"] for product in some]
    for model in (gram, other_gram):
        assert_codes_of(model, some, held)


def test_a_copy_that_was_cut_short_goes_on_where_it_was(
    client: Elasticsearch,
    old_store: Settings,
    renew: Renew,
    some: tuple[Product, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gram_es.migration.copy_index._PAGE", 32)
    before = live_index(client, old_store.index)
    looked_at: list[int] = []

    def cut(number: int) -> None:
        looked_at.append(number)
        if sum(looked_at) > len(some) + 64:  # every product is filled before any is copied
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        renew(looked_at=cut)
    assert live_index(client, old_store.index) == before
    staged = live_index(client, staging_alias(old_store.index)).index

    done = renew()

    assert (done.index, done.is_live) == (staged, True)
    assert 0 < done.copied <= len(some) - 64
    assert set(sources(client, old_store.index)) == {product.id for product in some}


def test_the_gate_keeps_the_old_index_and_the_copy_waits(
    client: Elasticsearch, old_store: Settings, renew: Renew
) -> None:
    before = live_index(client, old_store.index)

    done = renew(gate=Gate(min_overlap=1.01, max_loss=0.0))

    assert not done.is_live
    assert done.comparison is not None
    assert done.comparison.new.degraded == done.comparison.live.degraded == 0
    assert done.comparison.overlap > 0.5
    (fault,) = done.faults
    assert "--min-overlap is 101%" in fault
    assert live_index(client, old_store.index) == before
    assert renew().copied == 0


def test_a_product_that_the_new_index_does_not_take_keeps_the_gate_shut(
    client: Elasticsearch, old_store: Settings, renew: Renew
) -> None:
    alias = write_alias(old_store.index)
    broken = {"id": "x", "title": "Kettle", "price": "dear"}
    client.index(index=alias, id="x", document=broken)

    shut = renew()

    assert not shut.is_live
    assert set(shut.refused) == {"x"}
    assert f"{shut.index} does not take 1 products (the first is x: " in shut.faults[0]
    assert renew(force=True).is_live


def test_rollback_brings_what_was_written_since_and_leads_forth_again(
    client: Elasticsearch, old_store: Settings, renew: Renew, some: tuple[Product, ...]
) -> None:
    alias = write_alias(old_store.index)
    done = renew()
    client.update(index=alias, id=some[0].id, doc={"price": 0.5})
    client.delete(index=alias, id=some[1].id)
    new = {"id": "n", "title": "Copper kettle", "feed": {"source": "f", "run": 2, "row": 1}}
    client.index(index=alias, id="n", document=new)

    back = roll_back(client, old_store.index, force=True)  # "n" has no codes
    there = sources(client, old_store.index)
    forth = roll_back(client, old_store.index, force=True)

    assert (back.index, back.previous_index) == (done.previous_index, done.index)
    assert (back.brought, back.lost, back.lacking) == (3, 0, 1)
    assert there[some[0].id]["price"] == 0.5
    assert some[1].id not in there
    assert there["n"]["title"] == "Copper kettle"
    assert (forth.index, forth.previous_index) == (done.index, back.index)
    assert sources(client, old_store.index).keys() == there.keys()


def test_rollback_refuses_products_without_codes_unless_forced(
    client: Elasticsearch, old_store: Settings, renew: Renew, gram: Gram
) -> None:
    done = renew()
    client.index(
        index=write_alias(old_store.index), id="n", document={"id": "n", "title": "A kettle"}
    )

    with pytest.raises(CatalogueIndexError, match=f"1 products of .* lack codes of {gram.slot}"):
        roll_back(client, old_store.index)

    assert live_index(client, old_store.index).index == done.index
    client.index(index=write_alias(old_store.index), id="m", document={"id": "m", "title": "Mug"})


def test_prune_drops_the_old_index_and_with_it_the_way_back(
    client: Elasticsearch, old_store: Settings, renew: Renew, some: tuple[Product, ...]
) -> None:
    done = renew(live=None)
    assert done.previous_index is not None

    kept = find_prunable_indices(client, old_store.index, keep=[done.previous_index])
    found = find_prunable_indices(client, old_store.index)
    prune_indices(client, old_store.index, [one.index for one in found])

    assert kept == []
    assert found == [PrunableIndex(done.previous_index, len(some))]
    assert find_prunable_indices(client, old_store.index) == []
    with pytest.raises(CatalogueIndexError, match="there is nothing to go back to"):
        roll_back(client, old_store.index)
    with pytest.raises(CatalogueIndexError, match="is live and cannot be pruned"):
        prune_indices(client, old_store.index, [done.index])


def test_a_plan_says_why_a_new_index_is_needed_and_what_it_takes(
    client: Elasticsearch, old_store: Settings, some: tuple[Product, ...], gram: Gram
) -> None:
    before = live_index(client, old_store.index)

    made = plan_change(client, old_store.index, gram)

    assert made.is_new_index
    assert made.obstacles == [
        "documents of schema 1, where this gram-es writes 2",
        "another BM25 and another number of shards than the templates have now",
    ]
    assert (made.lacking, made.documents) == (0, len(some))
    assert made.copy_seconds > 0
    assert made.kept_bytes == made.peak_bytes == made.index_bytes
    assert live_index(client, old_store.index) == before


def test_the_commands_tell_what_they_do(
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
        gone = run("prune")
    finally:
        current_settings.cache_clear()

    assert planned[0].startswith(f"new index  {old} has documents of schema 1, where ")
    assert planned[3].endswith(" are copied into the new index, codes and all")
    assert planned[4].startswith("time       about ")
    assert migrated[1].startswith("copied     ")
    assert migrated[1].endswith(f" products from {old}")
    assert migrated[3].startswith("compared   5 queries; ")
    assert migrated[-1].endswith(f"; back to {old} with gram-es index rollback")
    assert f" is live in {old}, as before {old_store.index}-" in back[0]
    assert back[1] == "0 products were written or deleted since, and are so there"
    assert " is gone: it held " in gone[0]
