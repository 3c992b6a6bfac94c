"""A product of JSON whose prices are those of its variants becomes a product for each of them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gram_es.records import Product

Products = Callable[[bytes | str], list[Product]]

PAN: dict[str, Any] = {
    "id": 70,
    "title": "Iron Pan",
    "vendor": "Nord",
    "body_html": "<p>Heavy</p>",
    "product_type": "Pans",
    "options": [{"name": "Size", "values": ["S", "L"]}],
    "images": [{"src": "https://nord.example/pan.png"}],
    "variants": [
        {
            **{"id": 71, "title": "S", "option1": "S", "price": "15.00", "sku": "PAN-S"},
            **{"inventory_management": "shop", "inventory_quantity": 0, "inventory_policy": "deny"},
        },
        {"id": 72, "title": "L", "option1": "L", "price": "25.00", "sku": "PAN-L"},
    ],
}


@pytest.mark.parametrize("wrap", [lambda pan: pan, lambda pan: {"products": [pan]}])
def test_each_variant_has_its_price_and_number(
    products_of: Products, wrap: Callable[[object], object]
) -> None:
    small, large = products_of(json.dumps(wrap(PAN)))

    assert (small.id, small.title, small.price, small.mpn) == ("71", "Iron Pan", 15.0, "PAN-S")
    assert (large.id, large.title, large.price, large.mpn) == ("72", "Iron Pan", 25.0, "PAN-L")
    assert (small.brand, small.description, small.category) == ("Nord", "Heavy", ("Pans",))
    assert (small.availability, large.availability) == ("out_of_stock", None)
    assert small.image_link == "https://nord.example/pan.png"
    assert small.attributes == {"size": ("S",), "item_group_id": ("70",)}


def test_variants_without_ids_have_those_of_the_product_and_their_options(
    products_of: Products,
) -> None:
    variants = [{"price": 15, "option1": size} for size in ("1/2", "2")]

    products = products_of(json.dumps({**PAN, "variants": variants}))

    assert [product.id for product in products] == ["70/1\\/2", "70/2"]


@pytest.mark.parametrize(
    "members",
    [
        {"price": 15},  # a price of its own
        {"variants": [{"id": 71, "title": "S"}]},
        {"variants": [{"id": 71, "price": 15}, "S"]},
        {"variants": []},
        {"variants": "S, L"},
    ],
)
def test_other_products_stay_one(products_of: Products, members: dict[str, object]) -> None:
    assert [product.id for product in products_of(json.dumps({**PAN, **members}))] == ["70"]


def test_a_variant_without_a_price_leaves_the_others_as_they_are(products_of: Products) -> None:
    small, large = PAN["variants"]
    pan = {**PAN, "mpn": "OWN", "variants": [small, {**large, "price": None}]}

    first, *_ = products_of(json.dumps({"products": [pan]}))

    assert (first.id, first.price, first.mpn) == ("71", 15.0, "OWN")
