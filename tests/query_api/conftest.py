"""Fixtures: the application with a small shop in a real index; some of its texts are hostile."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from gram_es.model.gram import Gram
from gram_es.overrides.service import OverrideService
from gram_es.overrides.watcher import RulesWatcher
from gram_es.records import Product
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.api.admin import Admin
from query_api.app import create_app

SLOT = "m0123456789ab"

PRODUCTS = (
    Product(
        "p1",
        "Hammer drill 18V",
        brand="Bosch",
        category=("Tools", "Drills"),
        price=99.0,
        currency="GBP",
        availability="in_stock",
        link="https://shop.example/p1",
        attributes={"colour": ("blue",), "brushless": ("true",)},
    ),
    Product("p2", "Drill driver", brand="Makita & Sons", category=("Tools", "Drills"), price=49.5),
    Product("p3", "Drill bit", brand="Bosch", category=("Tools",), price=9.99),
    Product(
        "evil",
        "<script>alert(1)</script> drill \u202egnp.exe",
        brand='"><img src=x onerror=alert(2)>',
        category=("</ul><b>Tools</b>",),
        price=12.5,
        availability="<i>perhaps</i>",
        link="javascript:alert(3)",
        attributes={"<svg onload=alert(4)>": ("{{ 7 * 7 }}",)},
    ),
)
SPANNERS = tuple(Product(f"s{number:02}", "Spanner") for number in range(45))


@pytest.fixture(scope="session")
def small_shop(index_products) -> Settings:
    """Return settings for an index of ``PRODUCTS`` and 45 spanners; no product has codes."""
    return index_products([*PRODUCTS, *SPANNERS], {}, SLOT, "f" * 64)


@pytest.fixture(scope="session")
def app(client: Elasticsearch, small_shop: Settings) -> Flask:
    return create_app(Searcher(client, index=small_shop.index))


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def variant_web(client: Elasticsearch, index_products) -> FlaskClient:
    """Return a test client of the application; the index has two shirts of one group."""
    shirts = [
        Product(name, f"{name} shirt", attributes={"item_group_id": ("shirts",)})
        for name in ("red", "blue")
    ]
    index = index_products(shirts, {}, SLOT, "f" * 64).index
    return create_app(Searcher(client, index=index)).test_client()


@pytest.fixture(scope="session")
def admin_token() -> str:
    return "correct horse battery"


@pytest.fixture(scope="session")
def coded_web(
    client: Elasticsearch, shop_index: Settings, gram: Gram, admin_token: str
) -> FlaskClient:
    """Return a test client of the application with the sample shop, its model and ``/admin``."""
    rules = RulesWatcher(client, shop_index.index)
    searcher = Searcher(client, gram, index=shop_index.index, rules=rules)
    admin = Admin(SecretStr(admin_token), OverrideService(client, shop_index.index))
    return create_app(searcher, admin=admin).test_client()


@pytest.fixture
def disconnected_web() -> Iterator[FlaskClient]:
    """Yield a test client of an application whose cluster does not answer."""
    with Elasticsearch("http://127.0.0.1:9", max_retries=0) as client:
        yield create_app(Searcher(client, index="test-none")).test_client()
