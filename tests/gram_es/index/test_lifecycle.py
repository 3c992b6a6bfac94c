from concurrent.futures import ThreadPoolExecutor

import pytest
from elasticsearch import ApiError, Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import (
    create_scratch_index,
    index_mapping,
    index_state,
    install,
    live_index,
    put_slot,
)
from gram_es.index.names import DEAD, write_alias
from gram_es.index.slots import Slot
from gram_es.index.template_drift import unlike_mappings
from gram_es.index.templates import composed_body
from gram_es.settings import Settings

MODEL = {"slot": "m0123456789ab", "fingerprint": "0123456789abcdef", "family": "tiny"}
OTHER = {"slot": "mfedcba987654", "fingerprint": "fedcba9876543210", "family": "base"}


def write(client: Elasticsearch, settings: Settings, *documents: dict[str, object]) -> None:
    operations = [
        part for document in documents for part in ({"create": {"_id": document["id"]}}, document)
    ]
    answer = client.bulk(
        index=write_alias(settings.index), operations=operations, refresh=True, require_alias=True
    )
    assert not answer["errors"], answer


def test_install_makes_the_index_its_aliases_and_the_models_slot(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    state = install(client, cluster_settings, **MODEL)

    name = cluster_settings.index
    assert state.index.startswith(f"{name}-2-2")
    assert state.aliases == (name, f"{name}-write")
    assert state.live_slot == MODEL["slot"]
    assert state.slots == {MODEL["slot"]: Slot(fingerprint="0123456789abcdef", family="tiny")}
    assert (state.documents, state.coded_documents, state.health) == (0, 0, "green")
    assert {t.name: (t.installed, t.shipped) for t in state.templates} == {
        "gram-es@settings": (3, 3),
        "gram-es@mappings": (4, 4),
        name: (2, 2),
        "gram-es-ledger": (2, 2),
        "gram-es-dead": (1, 1),
        "gram-es-state": (1, 1),
        "gram-es-overrides": (1, 1),
        "gram-es-heads": (1, 1),
        "gram-es-queries": (1, 1),
    }


def test_installing_twice_changes_nothing(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    first = install(client, cluster_settings, **MODEL)
    second = install(client, cluster_settings, **MODEL)

    assert second == first


def test_a_side_index_of_an_older_version_gets_the_fields_it_lacks(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    client.indices.delete(index=DEAD)
    client.indices.delete_index_template(name=DEAD)
    client.indices.create(index=DEAD, mappings={"dynamic": False})

    install(client, cluster_settings, **MODEL)

    assert DEAD not in unlike_mappings(client, cluster_settings.index)


def test_an_index_of_an_older_version_gets_the_fields_it_lacks(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    name, mapping = index_mapping(client, cluster_settings.index)
    del mapping["properties"]["group"], mapping["properties"]["feed"]["properties"]["added"]
    client.indices.delete(index=name)
    aliases = {cluster_settings.index: {}, write_alias(cluster_settings.index): {}}
    settings = composed_body(client)["settings"]
    client.options(ignore_status=404).indices.delete_index_template(name=cluster_settings.index)
    client.indices.create(index=name, settings=settings, mappings=mapping, aliases=aliases)
    assert unlike_mappings(client, name)[name] == (
        "properties.group.type",
        "properties.group.ignore_above",
        "properties.feed.properties.added.type",
    )

    install(client, cluster_settings, **MODEL)

    assert unlike_mappings(client, name) == {}


def test_callers_at_once_agree_on_one_index(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    with ThreadPoolExecutor(8) as pool:
        models = [MODEL, OTHER] * 4
        states = list(pool.map(lambda model: install(client, cluster_settings, **model), models))

    assert len({state.index for state in states}) == 1
    final = index_state(client, cluster_settings)
    assert set(final.slots) == {MODEL["slot"], OTHER["slot"]}


def test_the_codes_alias_follows_the_live_slot(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    gram = {MODEL["slot"]: {"codes": ["drill"]}, OTHER["slot"]: {"codes": ["power tool"]}}
    put_slot(client, cluster_settings.index, **OTHER, live=False)
    write(client, cluster_settings, {"id": "1", "title": "a", "gram": gram})

    def found(code: str) -> int:
        query = {"term": {"gram_codes": code}}
        return int(client.count(index=cluster_settings.index, query=query)["count"])

    assert (found("drill"), found("power tool")) == (1, 0)
    put_slot(client, cluster_settings.index, **OTHER)
    assert (found("drill"), found("power tool")) == (0, 1)
    assert live_index(client, cluster_settings.index).live_slot == OTHER["slot"]


def test_install_does_not_take_an_index_from_the_model_that_is_in_use(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    install(client, cluster_settings, **OTHER)  # nothing is lost yet
    write(client, cluster_settings, {"id": "1", "title": "a"})

    with pytest.raises(CatalogueIndexError, match=r"1 documents, and mf.* is live .* migrate"):
        install(client, cluster_settings, **MODEL)
    state = install(client, cluster_settings, **OTHER)

    assert (state.live_slot, state.previous_slot) == (OTHER["slot"], MODEL["slot"])


def test_index_state_counts_the_documents_with_codes_in_the_live_slot(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    coded = {"id": "1", "title": "a", "gram": {MODEL["slot"]: {"codes": ["drill"]}}}

    write(client, cluster_settings, coded, {"id": "2", "title": "b"})

    state = index_state(client, cluster_settings)
    assert (state.documents, state.coded_documents) == (2, 1)


def test_text_is_stemmed_on_the_node(client: Elasticsearch, cluster_settings: Settings) -> None:
    install(client, cluster_settings, **MODEL)
    write(client, cluster_settings, {"id": "1", "title": "x", "text": "wrenches drills batteries"})

    for word in ("wrench", "drill", "battery"):
        query = {"match": {"text": word}}
        assert client.count(index=cluster_settings.index, query=query)["count"] == 1, word


def test_an_unknown_field_stays_out_of_the_mapping(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    index = install(client, cluster_settings, **MODEL).index

    write(
        client, cluster_settings, {"id": "1", "title": "x", "surprise": 1, "gram": {"q": {"r": 1}}}
    )

    properties = client.indices.get_mapping(index=index)[index]["mappings"]["properties"]
    assert "surprise" not in properties
    assert set(properties["gram"]["properties"]) == {MODEL["slot"]}


def test_a_missing_index_names_the_command(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    with pytest.raises(CatalogueIndexError, match="gram-es index install --model DIR"):
        index_state(client, cluster_settings)


def test_an_index_in_the_aliass_place_is_named(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    client.indices.create(index=cluster_settings.index)

    with pytest.raises(CatalogueIndexError, match="is an index, where gram-es wants an alias"):
        install(client, cluster_settings, **MODEL)


def test_install_mends_a_missing_write_alias(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    state = install(client, cluster_settings, **MODEL)
    client.indices.delete_alias(index=state.index, name=write_alias(cluster_settings.index))

    assert install(client, cluster_settings, **MODEL).aliases == state.aliases


def test_templates_of_a_newer_version_stay(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    name = cluster_settings.index
    body = client.indices.get_index_template(name=name)["index_templates"][0]["index_template"]
    client.indices.put_index_template(name=name, body={**body, "version": 99})

    with pytest.raises(CatalogueIndexError, match=f"newer gram-es: {name} 99"):
        install(client, cluster_settings, **MODEL)


def test_a_scratch_index_has_raw_text_and_the_users_own_settings(
    client: Elasticsearch, clean_index: str
) -> None:
    custom = {"template": {"settings": {"index": {"refresh_interval": "7s"}}}}
    client.cluster.put_component_template(name="gram-es@custom", body=custom)
    try:
        create_scratch_index(client, clean_index, **MODEL)
        create_scratch_index(client, clean_index, **MODEL)
    finally:
        client.cluster.delete_component_template(name="gram-es@custom")

    found = client.indices.get(index=clean_index)[clean_index]
    assert found["aliases"] == {}
    assert found["settings"]["index"]["refresh_interval"] == "7s"
    assert found["settings"]["index"]["similarity"]["gram_bm25"] == {
        "type": "BM25",
        "k1": "0.4",
        "b": "0.75",
    }
    properties = found["mappings"]["properties"]
    assert properties["raw"] == {"type": "text", "analyzer": "gram_text"}
    assert properties["gram_codes"]["path"] == f"gram.{MODEL['slot']}.codes"


def test_side_indices_take_what_ingest_keeps(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    batch = {
        "kind": "batch",
        "run": 1,
        "counts": {"written": 3},
        "rows": [{"id": "1", "price": "x"}, {"id": "2", "price": 3}],
        "refused": [{"line": 3, "reason": "no title"}],
    }

    client.index(index="gram-es-ledger", id="test-run-1-1", document=batch, refresh=True)

    total = {"written": {"sum": {"field": "counts.written"}}}
    query = {"term": {"_id": "test-run-1-1"}}
    answer = client.search(index="gram-es-ledger", size=0, query=query, aggs=total)
    assert answer["aggregations"]["written"]["value"] == 3
    client.delete(index="gram-es-ledger", id="test-run-1-1")


def test_a_second_write_index_is_refused_by_the_cluster(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    alias = {write_alias(cluster_settings.index): {"is_write_index": True}}

    # install() leans on this when two callers make the first index at the same time.
    with pytest.raises(ApiError, match="more than one write index"):
        client.indices.create(index=f"{cluster_settings.index}-other", aliases=alias)
