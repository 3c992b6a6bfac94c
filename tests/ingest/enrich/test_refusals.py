"""Indices that cannot be enriched, each with one sentence that says why and what to do."""

import pytest

from gram_es.errors import CatalogueIndexError, ShopIndexError
from gram_es.index.lifecycle import install
from gram_es.index.names import write_alias
from gram_es.index.shop.shop_index import _name_objections, _source_objections
from gram_es.migration.plan import plan_change
from gram_es.migration.prune import find_prunable
from ingest.feeds.rows.mapping_file import FieldMapping

FREE = {"dynamic": True}
ALL = {"mapping": FieldMapping("own.yml", {"title": ("label.en",)}, ())}


@pytest.mark.parametrize(
    ("mappings", "reason"),
    [
        ({"_source": {"enabled": False}}, "its mapping disables _source, without which"),
        ({"_source": {"excludes": ["notes"]}}, "its _source leaves fields out, which any update"),
        ({"subobjects": False}, "its mapping has subobjects: false"),
        ({"properties": {"gram": {"type": "float"}}}, "its field gram is of the type float"),
        ({"properties": {"gram": {"type": "nested"}}}, "its field gram is of the type nested"),
        (
            {"properties": {"gram": {"type": "object", "enabled": False}}},
            "its field gram is an object that is not enabled",
        ),
        (
            {"properties": {"gram": {"properties": {"weight": {"type": "float"}}}}},
            r"its field gram has members of its own \(weight\)",
        ),
        (
            {"properties": {"gram_codes": {"type": "keyword"}}},
            "it has a field gram_codes of its own",
        ),
    ],
)
def test_a_mapping_that_takes_no_codes_is_rejected_and_stays_as_it_is(
    wares, enriching, mappings, reason
):
    wares.create(mappings=mappings)
    before = wares.client.indices.get_mapping(index=wares.index).body

    with pytest.raises(CatalogueIndexError, match=rf"^{wares.index} cannot be enriched: {reason}"):
        enriching()

    assert wares.client.indices.get_mapping(index=wares.index).body == before


def test_a_source_that_a_setting_disables_is_rejected(wares, enriching):
    wares.create(settings={"index.mapping.source.mode": "disabled"}, mappings=FREE)

    with pytest.raises(CatalogueIndexError, match="cannot be enriched: its mapping disables _sou"):
        enriching()


def test_a_synthetic_source_is_rejected_wherever_it_is_set():
    in_settings = {"mapping": {"source": {"mode": "synthetic"}}}

    for mapping, settings in (({"_source": {"mode": "synthetic"}}, {}), ({}, in_settings)):
        [objection] = _source_objections(mapping, settings)
        assert objection.startswith("its _source is synthetic, so an update would change it")


def test_an_index_without_room_for_fields_is_rejected(wares, enriching):
    wares.create(settings={"index.mapping.total_fields.limit": 3}, mappings=FREE)

    with pytest.raises(CatalogueIndexError, match=r"no room for the fields of gram: raise its"):
        enriching(**ALL)


@pytest.mark.parametrize("name", ["none-of-that-name", "wares-*", "a,b", "-a", "_all"])
def test_a_name_of_no_one_index_is_rejected(wares, enriching, name):
    wares.create()

    with pytest.raises(CatalogueIndexError, match=r"no index|not the name of one"):
        enriching(name=name)


@pytest.mark.parametrize("setting", [{"filter": {"term": {"maker": "x"}}}, {"routing": "x"}])
def test_an_alias_of_some_documents_is_rejected(wares, enriching, client, setting):
    wares.create()
    client.indices.put_alias(index=wares.index, name=f"{wares.name}_part", **setting)

    with pytest.raises(CatalogueIndexError, match=r"_part has a setting .*; give the name of the"):
        enriching(name=f"{wares.name}_part")

    assert "gram" not in client.indices.get_mapping(index=wares.index)[wares.index]["mappings"]


def test_an_index_of_a_data_stream_is_rejected():
    [objection] = _name_objections("wares", {"data_stream": "wares", "aliases": {}})

    assert (
        objection == "it is part of the data stream wares, which takes no updates; enrich an index"
    )


def test_an_alias_of_two_indices_is_rejected(wares, enriching, client):
    wares.create()
    client.indices.create(index=f"{wares.name}-b", aliases={wares.name: {}})

    with pytest.raises(CatalogueIndexError, match=r"stands for 2 indices .*; enrich each of them"):
        enriching()


def test_an_index_of_gram_es_is_rejected(wares, enriching, installed):
    with pytest.raises(CatalogueIndexError, match=r"it is an index of gram-es itself; gram-es ing"):
        enriching(name=installed.index)


def test_an_alias_in_use_for_an_index_of_gram_es_is_not_moved(wares, enriching, installed, client):
    wares.create()
    wares.write(1)
    behind = client.indices.get_alias(name=installed.index).body

    with pytest.raises(CatalogueIndexError, match=rf"the alias {installed.index} is in use: it po"):
        enriching()

    assert client.indices.get_alias(name=installed.index).body == behind
    assert "gram" not in client.indices.get_mapping(index=wares.index)[wares.index]["mappings"]


def test_a_write_alias_of_the_shop_is_not_moved(wares, enriching, client):
    wares.create()
    client.indices.create(index=f"{wares.name}-next", aliases={write_alias(wares.name): {}})

    with pytest.raises(
        CatalogueIndexError, match=r"-write is in use: it points to .*; set GRAM_ES"
    ):
        enriching(index=wares.name)

    assert [*client.indices.get_alias(name=write_alias(wares.name))] == [f"{wares.name}-next"]


def test_names_that_no_document_has_are_reported_together(wares, enriching):
    wares.create()
    wares.write(1)
    mapping = FieldMapping("own.yml", {"title": ("label.en",), "brand": ("make",)}, (), ("hue.en",))

    with pytest.raises(CatalogueIndexError, match=r"no document of .* has 'make', 'hue.en', which"):
        enriching(mapping=mapping)


def test_a_mapping_without_a_title_is_rejected_if_no_document_has_one(wares, enriching):
    wares.create()
    wares.write(1)

    with pytest.raises(CatalogueIndexError, match=r"has a field title, which gram-es needs; name"):
        enriching(mapping=FieldMapping("own.yml", {"brand": ("maker",)}, ()))


def test_commands_that_write_whole_documents_reject_a_shops_index(
    wares, enriching, client, cluster_settings, model
):
    wares.create()
    wares.write(1)
    live, before = enriching().live, wares.own()

    for call in (
        lambda: live.check_is_own("enrich it"),
        lambda: install(client, cluster_settings, slot="m1", fingerprint="f", family="base"),
        lambda: plan_change(client, cluster_settings.index, model),
        lambda: find_prunable(client, cluster_settings.index),
    ):
        with pytest.raises(ShopIndexError, match=r"is the shop's own index, in which gram-es wr"):
            call()
    assert wares.own() == before
