"""Codes in a shop's own index, on a real node."""

import dataclasses
import threading
import time
from typing import Any

import pytest

from gram_es.errors import (
    CatalogueIndexError,
    ClusterError,
    ClusterUnavailableError,
    ShopIndexError,
)
from gram_es.index.lifecycle import live_index
from gram_es.index.names import write_alias
from gram_es.index.slots import weights_field
from gram_es.migration.plan import plan_change
from gram_es.migration.rollback import roll_back
from gram_es.migration.switch import switch
from gram_es.overrides.rules import make_override
from gram_es.overrides.service import OverrideService
from ingest.enrich.follow import Follower
from ingest.enrich.start import EnrichOptions, restore

RUN = threading.Event()
ANALYSIS = {"analysis": {"analyzer": {"own": {"type": "custom", "tokenizer": "standard"}}}}
REST = {"maker": "x", "shelf": "x", "notes": {"en": {"long": "x", "short": "x"}}} | {
    "offers": [{"amount": 1}],
    "facts": [{"name": "lid", "value": "x"}],
    "shade": "grey",
}


def another(model: Any) -> Any:
    """Return a model with another slot."""
    other = dataclasses.replace(model, slot="m" + "b" * 12, fingerprint="b" * 64, asked=[])
    other.family, other.codes_fingerprint = "base", "d" * 64
    return other


def test_codes_are_added_and_all_fields_of_the_shop_stay_as_they_were(wares, enriching, model):
    wares.create()
    wares.write(*range(600))
    before, mapping = wares.own(), wares.client.indices.get_mapping(index=wares.index).body

    prepared = enriching()
    prepared.enricher.catch_up_wholly(RUN)

    assert wares.own() == before
    assert wares.codes(model.slot) == {f"ware {n}": ["steel", "kettle", str(n)] for n in range(600)}
    after = wares.client.indices.get_mapping(index=wares.index)[wares.index]["mappings"]
    theirs = mapping[wares.index]["mappings"]
    added = after["properties"].keys() - theirs["properties"].keys()
    assert added == {"gram", "gram_codes", "gram_inferred"}
    assert after["dynamic"] == "strict"
    assert after["_meta"].items() >= theirs["_meta"].items()


def test_the_shops_own_name_can_be_the_alias_of_gram_es(wares, enriching, model, client):
    wares.create()
    wares.write(1)
    enriching(index=wares.name).enricher.catch_up_wholly(RUN)
    wares.create(f"{wares.name}-v2")
    wares.write(2)

    enriching(index=wares.name).enricher.catch_up_wholly(RUN)

    assert [*wares.codes(model.slot)] == ["ware 2"]
    for name in (wares.name, write_alias(wares.name)):
        assert [*client.indices.get_alias(name=name)] == [f"{wares.name}-v2"]


def test_an_alias_of_the_shop_stays_where_it_is(wares, enriching, client):
    wares.create()
    wares.write(1)
    enriching(index=wares.name)
    new = f"{wares.name}-v2"
    wares.create_beside(new)
    aliases = client.indices.get_alias(index=f"{wares.name}*").body

    with pytest.raises(CatalogueIndexError, match=rf"{wares.name} is in use: it points to"):
        enriching(name=new, index=wares.name)

    assert client.indices.get_alias(index=f"{wares.name}*").body == aliases


def test_an_alias_of_gram_es_does_not_move_to_the_index_of_another_name(
    wares, enriching, client, cluster_settings
):
    wares.create()
    wares.write(1)
    enriching()
    parts = f"{wares.name}-parts"
    wares.create_beside(parts)

    with pytest.raises(CatalogueIndexError, match=rf"was added by the name {wares.name}; set GRA"):
        enriching(name=parts)

    assert [*client.indices.get_alias(name=cluster_settings.index)] == [wares.index]


def test_unchanged_documents_are_not_written_again(wares, enriching, model):
    wares.create()
    wares.write(1, 2)
    enriching().enricher.catch_up_wholly(RUN)
    model.asked.clear()
    versions = {hit["_id"]: hit["_version"] for hit in hits(wares)}

    again = enriching()
    again.enricher.catch_up_wholly(RUN)

    assert (again.enricher.counts.read, model.asked) == (0, [])
    assert {hit["_id"]: hit["_version"] for hit in hits(wares)} == versions


def test_a_change_of_what_the_model_does_not_read_writes_nothing(wares, enriching):
    wares.create()
    wares.write(1)
    prepared = enriching()
    prepared.enricher.catch_up_wholly(RUN)
    update = {"sold": 99, "offers": [{"amount": 5.0, "store": "c"}]}
    wares.client.update(index=wares.index, id="ware 1", doc=update, refresh=True)

    prepared.enricher.catch_up_wholly(RUN)

    counts = prepared.enricher.counts
    assert (counts.read, counts.written) == (2, 1)


def test_a_partial_update_of_the_title_gets_new_codes(wares, enriching, model):
    wares.create()
    wares.write(1)
    prepared = enriching()
    prepared.enricher.catch_up_wholly(RUN)
    update = {"label": {"en": "Copper pan"}}
    wares.client.update(index=wares.index, id="ware 1", doc=update, refresh=True)

    prepared.enricher.catch_up_wholly(RUN)

    assert wares.codes(model.slot) == {"ware 1": ["copper", "pan"]}


def test_codes_come_back_from_the_cache_after_the_shop_rewrote_its_documents(
    wares, enriching, model
):
    wares.create()
    wares.write(*range(20))
    enriching().enricher.catch_up_wholly(RUN)
    coded = {n: d["gram"] for n, d in wares.documents().items()}
    model.asked.clear()

    wares.write(*range(20))
    assert wares.codes(model.slot) == {}
    prepared = enriching()
    prepared.enricher.catch_up_wholly(RUN)

    assert (model.asked, prepared.model.from_cache) == ([], 20)
    assert {n: d["gram"] for n, d in wares.documents().items()} == coded


def test_a_stopped_run_resumes_where_it_was(wares, enriching, model):
    wares.create(settings={"number_of_shards": 1, "number_of_replicas": 0, **ANALYSIS})
    wares.write(*range(600))
    stop = threading.Event()
    first = enriching()

    first.enricher.catch_up(stop, lambda _: stop.set())
    second = enriching()
    second.enricher.catch_up_wholly(RUN)

    assert (first.enricher.counts.written, second.enricher.counts.written) == (256, 344)
    # Of what the first run wrote, what it had not recorded as its own is read once more.
    assert second.enricher.counts.read <= 600
    assert len(wares.codes(model.slot)) == 600


def test_a_document_that_changes_meanwhile_keeps_the_change_and_gets_its_codes(
    wares, enriching, model
):
    wares.create()
    wares.write(1)
    prepared = enriching()
    changes = [{"label": {"en": "Copper pan"}, "sold": 77}]

    def change() -> None:
        if changes:
            wares.client.update(index=wares.index, id="ware 1", doc=changes.pop())

    model.before_answer = change
    prepared.enricher.catch_up_wholly(RUN)

    assert prepared.enricher.counts.conflicts == 1
    assert wares.own()["ware 1"]["sold"] == 77
    assert wares.codes(model.slot) == {"ware 1": ["copper", "pan"]}


def test_no_more_documents_are_read_a_second_than_allowed(wares, enriching):
    wares.create()
    wares.write(*range(20))
    prepared = enriching(max_per_s=20)
    started = time.monotonic()

    prepared.enricher.catch_up_wholly(RUN)

    assert time.monotonic() - started >= 1.0
    assert prepared.enricher.counts.written == 20


def test_documents_with_a_routing_are_updated_where_they_are(wares, enriching, model):
    wares.create(mappings={"_routing": {"required": True}})
    document = {"label": {"en": "Kettle"}, **REST}
    wares.client.index(index=wares.index, id="r", routing="north", document=document, refresh=True)

    prepared = enriching()
    prepared.enricher.catch_up_wholly(RUN)

    assert prepared.enricher.counts.rejected == {}
    assert wares.codes(model.slot) == {"r": ["kettle"]}


def test_a_document_without_a_title_is_rejected_and_the_others_get_codes(wares, enriching, model):
    wares.create()
    wares.write(1)
    wares.write(2, label={"sv": "Kittel"})

    prepared = enriching()
    prepared.enricher.catch_up_wholly(RUN)

    assert prepared.enricher.counts.rejected == {"ware 2": "title is missing"}
    assert [*wares.codes(model.slot)] == ["ware 1"]


@pytest.mark.parametrize(
    "value", [{"gram": 250}, {"gram": {"weight": 1}}, {"gram.weight": 1}, {"gram_codes": "x"}]
)
def test_a_value_of_the_shop_under_our_name_can_still_be_written(wares, enriching, value):
    wares.create(mappings={"dynamic": False, "properties": {"sold": {"type": "integer"}}})
    wares.write(1, **value)

    with pytest.raises(CatalogueIndexError, match=r"the document 'ware 1' has a field gram.* rena"):
        enriching()

    wares.write(2, **value)


def test_codes_of_a_copied_document_are_no_value_of_the_shop(wares, enriching, model):
    wares.create(mappings={"dynamic": False})
    wares.write(1, gram={model.slot: {"codes": ["old"]}})
    wares.write(2, gram=None)

    enriching().enricher.catch_up_wholly(RUN)

    assert wares.codes(model.slot)["ware 1"] == ["steel", "kettle", "1"]
    assert len(wares.codes(model.slot)) == 2


def test_codes_that_the_shop_sets_to_null_come_back(wares, enriching, model):
    wares.create()
    wares.write(1, 2)
    prepared = enriching()
    prepared.enricher.catch_up_wholly(RUN)
    for number, gram in ((1, {model.slot: None}), (2, None)):
        wares.client.update(index=wares.index, id=f"ware {number}", doc={"gram": gram})

    prepared.enricher.catch_up_wholly(RUN)

    assert len(wares.codes(model.slot)) == 2


def test_a_document_that_failed_is_enriched_by_the_next_run(wares, enriching, model):
    wares.create()
    wares.write(1, 2)

    def fail() -> None:
        raise ValueError("no such token")

    model.before_answer = fail
    first = enriching()
    first.enricher.catch_up_wholly(RUN)
    assert first.enricher.counts.rejected == dict.fromkeys(
        ("ware 1", "ware 2"), "ValueError: no such token"
    )
    model.before_answer = lambda: None

    enriching().enricher.catch_up_wholly(RUN)
    third = enriching()
    third.enricher.catch_up_wholly(RUN)

    assert len(wares.codes(model.slot)) == 2
    assert third.enricher.counts.read == 0


@pytest.mark.parametrize("is_moved", [True, False])
def test_what_is_read_while_the_write_alias_is_moved_or_removed_is_read_again(
    wares, enriching, model, client, cluster_settings, is_moved
):
    wares.create()
    wares.write(1, 2)
    prepared = enriching()
    name, other = write_alias(cluster_settings.index), f"{wares.name}-b"
    wares.create_beside(other)
    remove, add = ({"index": index, "alias": name} for index in (wares.index, other))

    def move() -> None:
        actions = [{"remove": remove}, *([{"add": add}] if is_moved else [])]
        client.indices.update_aliases(actions=actions)

    model.before_answer = move
    with pytest.raises(CatalogueIndexError):
        prepared.enricher.catch_up_wholly(RUN)
    model.before_answer = lambda: None
    undo = [{"add": remove}, *([{"remove": add}] if is_moved else [])]
    client.indices.update_aliases(actions=undo)
    prepared.enricher.catch_up_wholly(RUN)

    assert len(wares.codes(model.slot)) == 2


def test_a_stopped_run_reads_no_other_shard(wares, enriching):
    wares.create()
    wares.write(*range(30))
    stop, pages = threading.Event(), list[int]()

    def count_page(documents: int) -> None:
        pages.append(documents)
        stop.set()

    enriching().enricher.catch_up(stop, count_page)

    assert len(pages) == 1


def test_a_shard_that_cannot_be_refreshed_ends_the_run(wares, enriching, client, monkeypatch):
    wares.create()
    wares.write(1)
    prepared = enriching()
    answer = {"_shards": {"total": 2, "successful": 1, "failed": 1}}
    monkeypatch.setattr(client.indices, "refresh", lambda **_: answer)

    with pytest.raises(ClusterUnavailableError, match=r"1 of 2 shard copies failed"):
        prepared.enricher.catch_up_wholly(RUN)


def test_documents_with_versions_of_their_writer_are_not_touched(wares, enriching, client):
    wares.create()
    wares.write(1)
    client.index(
        index=wares.index,
        id="ware 2",
        document={},
        version=1_700_000_000_000,
        version_type="external",
        refresh=True,
    )
    before = {hit["_id"]: hit["_version"] for hit in hits(wares)}

    with pytest.raises(CatalogueIndexError, match=r"version 1700000000000 of ware 2 was given by"):
        enriching()

    assert {hit["_id"]: hit["_version"] for hit in hits(wares)} == before
    assert "gram" not in client.indices.get_mapping(index=wares.index)[wares.index]["mappings"]
    assert enriching(allow_versions=True).live.is_shops


def test_an_index_that_is_gone_is_not_made_again(wares, enriching, client, model, cluster_settings):
    wares.create()
    wares.write(1)
    prepared = enriching()
    model.before_answer = lambda: client.indices.delete(index=wares.index)

    with pytest.raises((CatalogueIndexError, ClusterError)):
        prepared.enricher.catch_up_wholly(RUN)

    for name in (wares.index, write_alias(cluster_settings.index)):
        assert not client.indices.exists(index=name)


def test_a_second_model_gets_a_slot_beside_the_live_one_and_can_be_switched_to_and_back(
    wares, enriching, model, client, cluster_settings
):
    wares.create()
    wares.write(1, 2)
    enriching().enricher.catch_up_wholly(RUN)
    other, alias = another(model), cluster_settings.index

    prepared = enriching(other)
    prepared.enricher.catch_up_wholly(RUN)

    assert live_index(client, alias).live_slot == model.slot
    assert len(wares.codes(other.slot)) == len(wares.codes(model.slot)) == 2
    assert switch(client, alias, other.slot, target=wares.index).previous_slot == model.slot
    aliased = wares.client.indices.get_mapping(index=wares.index)[wares.index]["mappings"]
    assert aliased["properties"]["gram_codes"]["path"] == f"gram.{other.slot}.codes"
    assert roll_back(client, alias).live_slot == model.slot


def test_overrides_change_the_codes_of_a_shops_documents(
    wares, enriching, model, client, cluster_settings
):
    wares.create()
    wares.write(1)
    enriching().enricher.catch_up_wholly(RUN)
    lock = make_override({"kind": "lock", "code": "camping", "product_id": "ware 1"})

    OverrideService(client, cluster_settings.index).set([lock])

    assert "camping" in wares.codes(model.slot)["ware 1"]
    scored = {"term": {weights_field(model.slot): {"value": "camping"}}}
    client.indices.refresh(index=wares.index)
    assert client.count(index=wares.name, query=scored)["count"] == 1


def follower(wares, enriching, client, settings, fields, model) -> Follower:
    options = EnrichOptions(settings.index, fields)
    return Follower(
        client,
        wares.name,
        enriching(),
        prepare=enriching,
        restore=lambda: restore(client, wares.name, model, options),
        interval_s=0.05,
    )


def test_a_follower_codes_what_is_written_and_moves_with_the_shops_alias(
    wares, enriching, client, cluster_settings, fields, model
):
    wares.create()
    wares.write(1)
    following = follower(wares, enriching, client, cluster_settings, fields, model)
    following.look(RUN)
    wares.write(2)
    following.look(RUN)
    assert len(wares.codes(model.slot)) == 2

    wares.create(f"{wares.name}-v2")
    wares.write(3)
    following.look(RUN)

    assert [*wares.codes(model.slot)] == ["ware 3"]
    for name in (cluster_settings.index, write_alias(cluster_settings.index)):
        assert [*client.indices.get_alias(name=name)] == [wares.index]


def test_a_follower_restores_what_a_new_mapping_of_the_shop_took(
    wares, enriching, client, cluster_settings, fields, model
):
    wares.create()
    wares.write(1)
    following = follower(wares, enriching, client, cluster_settings, fields, model)
    following.look(RUN)
    client.indices.put_mapping(index=wares.index, meta={"team": "other"})
    with pytest.raises(ShopIndexError, match="is the shop's own index"):
        plan_change(client, cluster_settings.index, model)

    enriching(another(model))  # the follower of another model restores its slot first
    following._checked_at = -1e9
    following.look(RUN)

    meta = client.indices.get_mapping(index=wares.index)[wares.index]["mappings"]["_meta"]
    assert (meta["team"], "managed_by" in meta) == ("other", False)
    live = live_index(client, cluster_settings.index)
    assert (live.live_slot, len(live.slots)) == (model.slot, 2)
    wares.create(f"{wares.name}-v2")  # the alias of gram-es can still be moved
    following.look(RUN)
    assert [*client.indices.get_alias(name=cluster_settings.index)] == [wares.index]


def test_a_follower_outlives_an_index_that_is_away_for_a_while(
    wares, enriching, client, cluster_settings, fields, model, wait_for
):
    wares.create()
    wares.write(1)
    following = follower(wares, enriching, client, cluster_settings, fields, model)
    stop = threading.Event()
    thread = threading.Thread(target=following.run, args=(stop,))
    thread.start()
    try:
        wait_for(lambda: wares.codes(model.slot))
        client.indices.delete(index=wares.index)
        wait_for(lambda: following._failures)
        wares.create()
        wares.write(2)
        wait_for(lambda: [*wares.codes(model.slot)] == ["ware 2"])
    finally:
        stop.set()
        thread.join()


def hits(wares: Any) -> list[dict[str, Any]]:
    wares.client.indices.refresh(index=wares.index)
    found = wares.client.search(index=wares.index, version=True, size=1_000)
    return found["hits"]["hits"]


def test_documents_of_a_restored_older_snapshot_are_read_again(wares, enriching, model):
    wares.create()
    wares.write(1)
    prepared = enriching()
    prepared.enricher._cursor.read = {0: 900, 1: 900}  # more than was ever written

    prepared.enricher.catch_up_wholly(RUN)

    assert len(wares.codes(model.slot)) == 1
    prepared.enricher._cursor.histories = {0: "before", 1: "before"}  # restored, and written since
    prepared.enricher.catch_up_wholly(RUN)
    assert prepared.enricher.counts.read == 2


def test_all_documents_can_be_read_again(wares, enriching):
    wares.create()
    wares.write(1, 2)
    prepared = enriching()
    prepared.enricher.catch_up_wholly(RUN)

    prepared.enricher.read_all_again()
    prepared.enricher.catch_up_wholly(RUN)

    assert (prepared.enricher.counts.read, prepared.enricher.counts.written) == (4, 2)
