"""A small shop in a real index, with handwritten codes."""

import pytest

from gram_es.records import Enrichment, Product, ProductCode
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
    "p1": (ProductCode("cordless drill", 1.0), ProductCode("bosch drill", 1.0)),
    "p2": (ProductCode("cordless drill", 0.5), ProductCode("drill driver", 1.0)),
    "p3": (ProductCode("drill bit", 1.0),),
    "p4": (ProductCode("cordless drill", 1.0),),
    "p5": (ProductCode("hose", 1.0), ProductCode("1.5 inch pipe", 0.25, is_stated=False)),
}
FILLER = 30


@pytest.fixture(scope="session")
def coded_shop(index_products) -> Settings:
    """Index ``PRODUCTS`` with their codes, and 30 spanners with equal scores."""
    spanners = [Product(f"s{number:02}", "Spanner") for number in range(FILLER)]
    enrichments = {
        name: Enrichment(codes, bytes([number, 1, 2]), "input")
        for number, (name, codes) in enumerate(CODES.items())
    }
    return index_products([*PRODUCTS, *spanners], enrichments, SLOT, FINGERPRINT)


def shirt(name: str, colour: str, price: float, group: str = "shirt", **more) -> Product:
    attributes = {"colour": (colour,), "item_group_id": (group,), "fabric": ("cotton",)}
    return Product(name, f"{colour} linen shirt", price=price, attributes=attributes, **more)


VARIANTS = (
    shirt("r1", "red", 20.0, brand="Elm", availability="in_stock"),
    shirt("r2", "blue", 21.0, brand="Elm", availability="out_of_stock"),
    shirt("r3", "green", 22.0, brand="Elm", availability="in_stock"),
    shirt("q1", "red", 5.0, "other shirt", brand="Oak", availability="in_stock"),
    shirt("q2", "blue", 6.0, "other shirt", brand="Oak"),
    Product("b1", "Shirt button", price=0.5, brand="Elm"),
    Product("n1", "Linen napkin", price=2.0),
    Product("n2", "Linen shirt without a price"),
)
ADDED = {"q2": "2026-03-01T00:00:00Z", "n2": "2026-02-01T00:00:00Z"}


@pytest.fixture(scope="session")
def variants(client, index_products) -> Settings:
    """Index ``VARIANTS``; all were added on the same day except those in ``ADDED``."""
    settings = index_products(VARIANTS, {}, SLOT, FINGERPRINT)
    for name, added in ADDED.items():
        client.update(index=settings.index, id=name, doc={"feed": {"added": added}}, refresh=True)
    return settings
