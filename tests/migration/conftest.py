"""An index of some of the shop's products, with the codes of the first of two models."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import write_alias
from gram_es.migration.comparing import Gate
from gram_es.migration.migrating import Migration, Probe
from gram_es.migration.migrating import migrate as run_migration
from gram_es.model.runtime import Gram
from gram_es.records import Enrichment, Product
from gram_es.settings import Settings

Read = Callable[[str], Mapping[str, Any]]


@pytest.fixture(scope="session")
def some(shop: tuple[Product, ...]) -> tuple[Product, ...]:
    return shop[::2]


@pytest.fixture(scope="session")
def enrichments(some: tuple[Product, ...], gram: Gram) -> dict[str, Enrichment]:
    return dict(zip([product.id for product in some], gram.enrich(some), strict=True))


@pytest.fixture
def store(
    some: tuple[Product, ...], enrichments: dict[str, Enrichment], gram: Gram, stock: Any
) -> Settings:
    """An index of the test's own in which the slot of ``gram`` is live and full."""
    return stock(some, enrichments, gram.slot, gram.fingerprint)


@pytest.fixture
def migrate(
    client: Elasticsearch, store: Settings, gram: Gram, other_gram: Gram
) -> Callable[..., Migration]:
    """Bring ``other_gram`` into the index, with 20 titles as queries."""

    def run(**options: Any) -> Migration:
        given = {"live": gram, "probe": Probe(20), "gate": Gate(0.0, 0.0), **options}
        return run_migration(client, store.index, given.pop("model", other_gram), **given)

    return run


@pytest.fixture
def held(client: Elasticsearch, store: Settings) -> Read:
    """Read what stands in a document's slots."""

    def read(product_id: str) -> Mapping[str, Any]:
        found = client.get(index=write_alias(store.index), id=product_id)
        return found["_source"].get("gram", {})

    return read
