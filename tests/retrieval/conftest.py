"""A small shop in a real index, its codes written by hand."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.lifecycle import install
from gram_es.records import Enrichment, Product
from gram_es.settings import Settings

SLOT = "m0123456789ab"
FINGERPRINT = "0123456789ab" * 5 + "0123"

PRODUCTS = (
    Product(
        "p1",
        "Hammer drill 18V",
        brand="Bosch",
        category=("Tools", "Drills"),
        price=99.0,
        currency="GBP",
        gtin="4006381333931",
        mpn="GSB-18V",
        attributes={"colour": ("blue",)},
    ),
    Product("p2", "Drill driver compact", brand="Makita", category=("Tools", "Drills"), price=49.5),
    Product("p3", "Drill bit set", brand="Bosch", category=("Tools", "Accessories"), price=9.99),
    Product("p4", "Screwgun for plasterboard", brand="Makita", category=("Tools",), price=10.0),
    Product("p5", "Garden hose", category=("Garden",), price=25.0),
    Product("p6", "Cordless hedge trimmer", brand="Makita", category=("Garden",)),
)
CODES = {
    "p1": ("cordless drill", "bosch drill"),
    "p2": ("cordless drill", "drill driver"),
    "p3": ("drill bit",),
    "p4": ("cordless drill",),
    "p5": ("hose",),
}
FILLER = 30


@dataclass(frozen=True)
class Shop:
    """An index of ``PRODUCTS`` and 30 spanners that all score the same."""

    settings: Settings
    index: str


@pytest.fixture(scope="session")
def coded_shop(client: Elasticsearch, cluster_url: str, cache_dir: Path) -> Iterator[Shop]:
    name = f"test-shop-{uuid.uuid4().hex[:8]}"
    settings = Settings(
        ELASTICSEARCH_URL=cluster_url, GRAM_ES_INDEX=name, GRAM_ES_CACHE_DIR=cache_dir
    )
    state = install(client, settings, slot=SLOT, fingerprint=FINGERPRINT, family="tiny")
    spanners = [Product(f"s{number:02}", "Spanner") for number in range(FILLER)]
    operations: list[dict[str, object]] = []
    for row, product in enumerate([*PRODUCTS, *spanners]):
        codes = CODES.get(product.id, ())
        document = build_document(
            product,
            enrichment=Enrichment(codes, bytes([row, 1, 2]), "input") if codes else None,
            slot=SLOT,
            fingerprint=FINGERPRINT,
            feed=FeedPosition("test", 1, row, "2026-01-01T00:00:00Z"),
        )
        operations += [{"index": {"_id": product.id}}, document]
    client.bulk(index=state.index, operations=operations, refresh=True)
    yield Shop(settings, state.index)
    client.indices.delete(index=state.index)
    client.indices.delete_index_template(name=name)
