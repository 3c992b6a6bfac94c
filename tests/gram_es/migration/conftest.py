"""Fixtures: half of the shop's products in an index, with the codes of the first of two models."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.documents import FeedPosition, build_document, weighted_slots
from gram_es.index.lifecycle import install
from gram_es.index.names import write_alias
from gram_es.index.templates.bodies import compose_index_body
from gram_es.migration.compare import Gate
from gram_es.migration.migrate import ComparisonQueries, Migration
from gram_es.migration.migrate import migrate as run_migration
from gram_es.model.gram import Gram
from gram_es.records import Enrichment, Product
from gram_es.settings import Settings

Read = Callable[[str], Mapping[str, Any]]


@pytest.fixture(scope="session")
def products(shop: tuple[Product, ...]) -> tuple[Product, ...]:
    return shop[::2]


@pytest.fixture(scope="session")
def enrichments(products: tuple[Product, ...], gram: Gram) -> dict[str, Enrichment]:
    return dict(zip([product.id for product in products], gram.enrich(products), strict=True))


@pytest.fixture
def store(
    products: tuple[Product, ...],
    enrichments: dict[str, Enrichment],
    gram: Gram,
    index_products: Any,
) -> Settings:
    """An index for one test, in which the slot of ``gram`` is live and filled."""
    return index_products(products, enrichments, gram.slot, gram.fingerprint)


@pytest.fixture
def old_store(
    client: Elasticsearch,
    cluster_settings: Settings,
    products: tuple[Product, ...],
    enrichments: dict[str, Enrichment],
    gram: Gram,
) -> Settings:
    """The same products in an index of an older gram-es.

    Its schema, its BM25 and its number of shards differ from those of a new index.
    """
    name = cluster_settings.index
    body = compose_index_body(client)
    body["settings"]["index"]["number_of_shards"] = 2
    body["settings"]["index"]["similarity"]["gram_bm25"]["k1"] = 1.2
    body["settings"]["index"]["mapping.ignore_malformed"] = True
    body["mappings"]["_meta"]["schema"] = 1
    aliases = {name: {}, write_alias(name): {"is_write_index": True}}
    client.indices.create(index=f"{name}-1-20250101t000000", aliases=aliases, **body)
    model = {"slot": gram.slot, "fingerprint": gram.fingerprint}
    install(client, cluster_settings, **model, family=gram.family)
    operations: list[dict[str, object]] = []
    for row, product in enumerate(products):
        feed = FeedPosition("test", 1, row, "2025-01-01T00:00:00+00:00")
        document = build_document(product, enrichment=enrichments[product.id], feed=feed, **model)
        for later_field in ("group", "attribute_values", "stems"):
            document.pop(later_field, None)
        document["identifiers"] = [product.id.lower(), (product.mpn or "").lower()]
        document["category_path"] = " > ".join(product.category)
        operations += [{"index": {"_id": product.id}}, {**document, "row_hash": "older"}]
    answer = client.bulk(index=write_alias(name), operations=operations, refresh=True)
    assert not answer["errors"]
    return cluster_settings


@pytest.fixture
def migrate(
    client: Elasticsearch, store: Settings, gram: Gram, other_gram: Gram
) -> Callable[..., Migration]:
    """Return a function that migrates ``store`` to ``other_gram``, with 20 titles as queries."""

    def run(**options: Any) -> Migration:
        defaults = {"live": gram, "queries": ComparisonQueries(20), "gate": Gate(0.0, 0.0)}
        options = {**defaults, **options}
        return run_migration(client, store.index, options.pop("model", other_gram), **options)

    return run


@pytest.fixture
def renew(client: Elasticsearch, old_store: Settings, gram: Gram) -> Callable[..., Migration]:
    """Return a function that migrates ``old_store`` to a new index, with 20 titles as queries."""

    def run(**options: Any) -> Migration:
        defaults = {"live": gram, "queries": ComparisonQueries(20), "gate": Gate(0.0, 0.0)}
        options = {**defaults, **options}
        return run_migration(client, old_store.index, options.pop("model", gram), **options)

    return run


@pytest.fixture
def slots_of(client: Elasticsearch, store: Settings) -> Read:
    """Return a function that reads the slots of a product's document.

    It adds the weights, which Elasticsearch 9 leaves out of its answers.
    """

    def read(product_id: str) -> Mapping[str, Any]:
        document = client.get(index=write_alias(store.index), id=product_id)
        source = document["_source"]
        return weighted_slots(source, source.get("gram", {}))

    return read
