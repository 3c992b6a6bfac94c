"""The role that writes codes into a shop's own index: what it may do there, and what it may not."""

import threading
from collections.abc import Callable, Iterator

import pytest
from elasticsearch import AuthorizationException, Elasticsearch

from gram_es.errors import ClusterError
from gram_es.index.names import write_alias
from gram_es.records import Enrichment, Product, ProductCode
from gram_es.settings import Settings
from ingest.enrich.start import EnrichOptions, PreparedIndex, prepare
from ingest.feeds.rows.mapping_file import FieldMapping
from mappings import enrich_role

FOREIGN, INDEX = "customers", "wares-v1"
OPTIONS = EnrichOptions("gram-wares", FieldMapping("own.yml", {"title": ("label",)}, ()))


class WordsModel:
    """A model without weights: its codes are the words of a title."""

    slot, fingerprint, encoder_fingerprint = "m" + "a" * 12, "a" * 64, "e" * 64
    family, codes_fingerprint = "base", "c" * 64

    def input_hash(self, product: Product) -> str:
        return product.title

    def enrich(self, products: list[Product], vectors: object = None) -> list[Enrichment]:  # noqa: ARG002
        return [
            Enrichment(tuple(ProductCode(w, 1.0) for w in p.title.split()), b"\x01", p.title)
            for p in products
        ]


@pytest.fixture
def own_index(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, object]
) -> Iterator[Elasticsearch]:
    """Create the shop's own index and yield the client of its owner."""
    owner = sign_in("owner")
    owner.indices.create(index=INDEX, aliases={"wares": {}})
    owner.index(index="wares", id="1", document={"label": "red kettle"}, refresh=True)
    yield owner
    owner.indices.delete(index=INDEX)


def enrich(client: Elasticsearch) -> PreparedIndex:
    prepared = prepare(client, "wares", WordsModel(), OPTIONS)
    prepared.enricher.catch_up_wholly(threading.Event())
    return prepared


def test_the_enrich_role_adds_codes_to_the_shops_index(
    own_index: Elasticsearch, sign_in: Callable[..., Elasticsearch]
) -> None:
    prepared = enrich(sign_in("enrich"))
    prepared.cache.delete_old()

    source = own_index.get(index=INDEX, id="1")["_source"]
    assert source.pop("gram")[WordsModel.slot]["codes"] == ["red", "kettle"]
    assert source == {"label": "red kettle"}
    assert prepared.enricher.counts.written == 1


def test_the_enrich_role_has_no_request_that_deletes_or_replaces_a_document_or_makes_an_index(
    own_index: Elasticsearch, sign_in: Callable[..., Elasticsearch]
) -> None:
    client = sign_in("enrich")
    enrich(client)
    alias = write_alias(OPTIONS.index)
    calls: list[Callable[[], object]] = [
        lambda: client.index(index="wares", id="1", document={}),
        lambda: client.delete(index=alias, id="1"),
        lambda: client.index(index=alias, id="2", document={}),
        lambda: client.indices.delete(index=INDEX),
        lambda: client.indices.create(index="wares-v2"),
        lambda: client.indices.close(index=INDEX),
        lambda: client.indices.put_settings(index=INDEX, settings={"index.blocks.write": True}),
        lambda: client.search(index=FOREIGN),
        lambda: client.index(index=FOREIGN, document={}),
        lambda: client.indices.put_mapping(index=FOREIGN, properties={"x": {"type": "long"}}),
        lambda: remove_index(client, FOREIGN),
        lambda: client.search(index="wares-orders"),
        lambda: client.indices.put_alias(index=FOREIGN, name=OPTIONS.index),
        lambda: client.index(index="gram-es-overrides", document={}),
        lambda: client.index(index="products-gram", document={}),
    ]

    for call in calls:
        with pytest.raises(AuthorizationException):
            call()
    for header in ({"delete": {"_id": "1"}}, {"index": {"_id": "1"}}):
        body = [header, {}] if "index" in header else [header]
        [item] = client.bulk(index=alias, operations=body)["items"]
        assert next(iter(item.values()))["status"] == 403


def remove_index(client: Elasticsearch, index: str) -> object:
    return client.indices.update_aliases(actions=[{"remove_index": {"index": index}}])


def test_the_enrich_role_can_add_a_document_by_a_bulk_update_and_remove_an_index(
    own_index: Elasticsearch, sign_in: Callable[..., Elasticsearch]
) -> None:
    client, old = sign_in("enrich"), "wares-v0"
    own_index.indices.create(index=old)

    upsert = [{"update": {"_id": "new"}}, {"doc": {"label": "x"}, "doc_as_upsert": True}]
    client.bulk(index=INDEX, operations=upsert)
    remove_index(client, old)

    assert own_index.exists(index=INDEX, id="new")
    assert not own_index.indices.exists(index=old)


def test_a_role_that_moves_no_aliases_is_enough_after_the_first_run(
    own_index: Elasticsearch, sign_in: Callable[..., Elasticsearch]
) -> None:
    enrich(sign_in("enrich"))
    own_index.index(index="wares", id="2", document={"label": "pan"}, refresh=True)
    client = sign_in("enrich-steady")

    enrich(client)

    assert own_index.get(index=INDEX, id="2")["_source"]["gram"][WordsModel.slot]["codes"] == [
        "pan"
    ]
    with pytest.raises(AuthorizationException):
        remove_index(client, INDEX)


@pytest.mark.parametrize("name", ["search", "ingest", "stranger"])
def test_a_key_without_the_role_gets_one_sentence_and_changes_nothing(
    own_index: Elasticsearch, sign_in: Callable[..., Elasticsearch], name: str
) -> None:
    before = own_index.indices.get_mapping(index=INDEX).body

    with pytest.raises(ClusterError, match=r"not allowed \(403: .*give the role of ELASTICSEARCH_"):
        enrich(sign_in(name))

    assert own_index.indices.get_mapping(index=INDEX).body == before


def test_the_role_has_the_names_of_the_shop() -> None:
    names = [each["names"] for each in enrich_role("goods", "gram-goods")["indices"]]

    assert names[0] == ["goods", "goods-v*", "gram-goods", "gram-goods-write"]
