from concurrent.futures import ThreadPoolExecutor

import pytest
from elasticsearch import ApiError, Elasticsearch

from gram_es.errors import CatalogueIndexError, ShopIndexError
from gram_es.index.lifecycle import (
    index_mapping,
    index_state,
    install,
    live_index,
    put_slot,
)
from gram_es.index.names import DEAD, write_alias
from gram_es.index.scratch_index import create_scratch_index
from gram_es.index.slots import Slot
from gram_es.index.templates.bodies import compose_index_body
from gram_es.index.templates.drift import drifted_mappings
from gram_es.settings import Settings

pytestmark = pytest.mark.elasticsearch_9

MODEL = {"slot": "m0123456789ab", "fingerprint": "0123456789abcdef", "family": "base"}
OTHER = {"slot": "mfedcba987654", "fingerprint": "fedcba9876543210", "family": "base"}


def write(client: Elasticsearch, settings: Settings, *documents: dict[str, object]) -> None:
    operations = [
        part for document in documents for part in ({"create": {"_id": document["id"]}}, document)
    ]
    answer = client.bulk(
        index=write_alias(settings.index), operations=operations, refresh=True, require_alias=True
    )
    assert not answer["errors"], answer


def test_install_creates_the_index_its_aliases_and_the_models_slot(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    state = install(client, cluster_settings, **MODEL)

    name = cluster_settings.index
    assert state.index.startswith(f"{name}-4-2")
    assert state.aliases == (name, f"{name}-write")
    assert state.live_slot == MODEL["slot"]
    assert state.slots == {MODEL["slot"]: Slot(fingerprint="0123456789abcdef", family="base")}
    assert (state.documents, state.documents_with_codes, state.health) == (0, 0, "green")
    assert {t.name: (t.installed, t.shipped) for t in state.templates} == {
        "gram-es@settings": (3, 3),
        "gram-es@mappings": (6, 6),
        name: (4, 4),
        "gram-es-ledger": (4, 4),
        "gram-es-dead": (1, 1),
        "gram-es-state": (1, 1),
        "gram-es-overrides": (1, 1),
        "gram-es-precomputed": (1, 1),
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

    assert DEAD not in drifted_mappings(client, cluster_settings.index)


def test_an_index_of_an_older_version_gets_the_fields_it_lacks(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    name, mapping = index_mapping(client, cluster_settings.index)
    del mapping["properties"]["group"], mapping["properties"]["feed"]["properties"]["added"]
    del mapping["properties"]["gram"]["properties"][MODEL["slot"]]["properties"]["own"]
    client.indices.delete(index=name)
    aliases = {cluster_settings.index: {}, write_alias(cluster_settings.index): {}}
    settings = compose_index_body(client)["settings"]
    client.options(ignore_status=404).indices.delete_index_template(name=cluster_settings.index)
    client.indices.create(index=name, settings=settings, mappings=mapping, aliases=aliases)
    assert drifted_mappings(client, name)[name] == (
        "properties.group.type",
        "properties.group.ignore_above",
        "properties.feed.properties.added.type",
    )

    install(client, cluster_settings, **MODEL)

    assert drifted_mappings(client, name) == {}
    slot = index_mapping(client, name)[1]["properties"]["gram"]["properties"][MODEL["slot"]]
    assert slot["properties"]["own"] == {"type": "keyword", "ignore_above": 256}


def test_concurrent_callers_get_the_same_index(
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

    def count(code: str) -> int:
        query = {"term": {"gram_codes": code}}
        return int(client.count(index=cluster_settings.index, query=query)["count"])

    assert (count("drill"), count("power tool")) == (1, 0)
    put_slot(client, cluster_settings.index, **OTHER)
    assert (count("drill"), count("power tool")) == (0, 1)
    assert live_index(client, cluster_settings.index).live_slot == OTHER["slot"]


def test_install_does_not_replace_the_live_model_of_an_index_with_documents(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    install(client, cluster_settings, **OTHER)  # allowed: there are no documents yet
    write(client, cluster_settings, {"id": "1", "title": "a"})

    with pytest.raises(CatalogueIndexError, match=r"1 documents, and mf.* is live .* migrate"):
        install(client, cluster_settings, **MODEL)
    state = install(client, cluster_settings, **OTHER)

    assert (state.live_slot, state.previous_slot) == (OTHER["slot"], MODEL["slot"])


def test_index_state_counts_the_documents_with_codes_in_the_live_slot(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    with_codes = {"id": "1", "title": "a", "gram": {MODEL["slot"]: {"codes": ["drill"]}}}

    write(client, cluster_settings, with_codes, {"id": "2", "title": "b"})

    state = index_state(client, cluster_settings)
    assert (state.documents, state.documents_with_codes) == (2, 1)


def test_text_is_stemmed_on_the_node(client: Elasticsearch, cluster_settings: Settings) -> None:
    install(client, cluster_settings, **MODEL)
    write(client, cluster_settings, {"id": "1", "title": "x", "text": "wrenches drills batteries"})

    for word in ("wrench", "drill", "battery"):
        query = {"match": {"text": word}}
        assert client.count(index=cluster_settings.index, query=query)["count"] == 1, word


def test_an_unknown_field_is_not_added_to_the_mapping(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    index = install(client, cluster_settings, **MODEL).index

    write(
        client, cluster_settings, {"id": "1", "title": "x", "surprise": 1, "gram": {"q": {"r": 1}}}
    )

    properties = client.indices.get_mapping(index=index)[index]["mappings"]["properties"]
    assert "surprise" not in properties
    assert set(properties["gram"]["properties"]) == {MODEL["slot"]}


def test_a_missing_index_is_an_error_that_names_the_command(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    with pytest.raises(CatalogueIndexError, match="gram-es index install --model DIR"):
        index_state(client, cluster_settings)


def test_an_index_with_the_name_of_the_alias_is_an_error(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    client.indices.create(index=cluster_settings.index)

    with pytest.raises(ShopIndexError, match=r"is the shop.s own index, in which"):
        install(client, cluster_settings, **MODEL)


def test_install_adds_a_missing_write_alias(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    state = install(client, cluster_settings, **MODEL)
    client.indices.delete_alias(index=state.index, name=write_alias(cluster_settings.index))

    assert install(client, cluster_settings, **MODEL).aliases == state.aliases


def test_templates_of_a_newer_version_are_not_replaced(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    name = cluster_settings.index
    body = client.indices.get_index_template(name=name)["index_templates"][0]["index_template"]
    own = {key: value for key, value in body.items() if "_date" not in key}  # the dates are of 9.x
    client.indices.put_index_template(name=name, body={**own, "version": 99})

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

    description = client.indices.get(index=clean_index)[clean_index]
    assert description["aliases"] == {}
    assert description["settings"]["index"]["refresh_interval"] == "7s"
    assert description["settings"]["index"]["similarity"]["gram_bm25"] == {
        "type": "BM25",
        "k1": "0.4",
        "b": "0.75",
    }
    properties = description["mappings"]["properties"]
    assert properties["raw"] == {"type": "text", "analyzer": "gram_text"}
    assert properties["gram_codes"]["path"] == f"gram.{MODEL['slot']}.codes"


def test_the_ledger_accepts_the_documents_of_ingest(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    batch = {
        "kind": "batch",
        "run": 1,
        "counts": {"written": 3},
        "rows": [{"id": "1", "price": "x"}, {"id": "2", "price": 3}],
        "rejected": [{"line": 3, "reason": "no title"}],
    }

    client.index(index="gram-es-ledger", id="test-run-1-1", document=batch, refresh=True)

    total = {"written": {"sum": {"field": "counts.written"}}}
    query = {"term": {"_id": "test-run-1-1"}}
    answer = client.search(index="gram-es-ledger", size=0, query=query, aggs=total)
    assert answer["aggregations"]["written"]["value"] == 3
    client.delete(index="gram-es-ledger", id="test-run-1-1")


def test_the_cluster_rejects_a_second_write_index(
    client: Elasticsearch, cluster_settings: Settings
) -> None:
    install(client, cluster_settings, **MODEL)
    alias = {write_alias(cluster_settings.index): {"is_write_index": True}}

    # install() relies on this when two callers create the first index at the same time.
    with pytest.raises(ApiError, match="more than one write index"):
        client.indices.create(index=f"{cluster_settings.index}-other", aliases=alias)
