"""A field of JSON may be an object, as the interfaces of shops write prices and brands."""

import json
from collections.abc import Callable

import pytest

from gram_es.records import Product
from ingest.feeds import RejectedRow

Products = Callable[[bytes | str], list[Product]]
Rejected = Callable[[bytes | str], list[RejectedRow]]


@pytest.mark.parametrize(
    ("price", "amount", "currency"),
    [
        ({"value": "75.50", "currency": "EUR"}, 75.5, "EUR"),
        ({"amount": 75.5, "currencyCode": "SEK"}, 75.5, "SEK"),
        ({"amountMicros": "75500000", "currencyCode": "USD"}, 75.5, "USD"),
        ({"amount_micros": 750000, "currency_code": "USD"}, 0.75, "USD"),
        ({"centAmount": 7550, "currencyCode": "EUR", "fractionDigits": 2}, 75.5, "EUR"),
        ({"centAmount": 7550, "currencyCode": "JPY", "fractionDigits": 0}, 7550.0, "JPY"),
        ({"gross": 1.075, "net": 0.9}, 1.075, None),
        ({"EUR": 75.5}, 75.5, "EUR"),
        ([{"currency": "EUR", "amount": "75.50"}], 75.5, "EUR"),
    ],
)
def test_a_price_with_its_currency(
    products_of: Products, price: object, amount: float, currency: str | None
) -> None:
    (product,) = products_of(json.dumps({"id": "7", "title": "Pan", "price": price}))

    assert (product.price, product.currency) == (amount, currency)


@pytest.mark.parametrize(
    "price",
    [
        {"value": "5 - 7", "currency": "EUR"},
        {"amount": "soon", "currency": "EUR"},
        {"amountMicros": "many", "currencyCode": "EUR"},
        {"centAmount": 5, "fractionDigits": 10**9},
    ],
)
def test_a_price_that_cannot_be_read_rejects_the_row(rejected_in: Rejected, price: object) -> None:
    (row,) = rejected_in(json.dumps({"id": "7", "title": "Pan", "price": price}))

    assert "is not a price" in row.reason


def test_other_fields_have_the_name_or_the_address_in_an_object(products_of: Products) -> None:
    document = {
        "id": {"$oid": "7f"},
        "name": "Pan",
        "brand": {"id": 3, "name": "Nord"},
        "availability": {"@id": "https://schema.org/PreOrder"},
        "link": {"href": "https://nord.example/pan"},
        "imageLink": {"src": "https://nord.example/pan.png"},
        "size": {"width": 7},
    }

    (product,) = products_of(json.dumps(document))

    assert (product.id, product.title, product.brand) == ("7f", "Pan", "Nord")
    assert (product.availability, product.link) == ("preorder", "https://nord.example/pan")
    assert product.image_link == "https://nord.example/pan.png"
    assert product.attributes == {"brand.id": ("3",), "size.width": ("7",)}


def test_names_may_be_in_camel_case(products_of: Products) -> None:
    document = {
        **{"id": "7", "title": "Pan", "price": "75 EUR", "salePrice": "5 EUR", "inStock": False},
        **{"itemGroupId": "P", "screenSize": "7 in"},
    }

    (product,) = products_of(json.dumps(document))

    assert (product.price, product.availability) == (5.0, "out_of_stock")
    assert product.attributes == {"item_group_id": ("P",), "screensize": ("7 in",)}


def test_a_name_is_a_title_only_where_there_is_none(products_of: Products) -> None:
    (product,) = products_of('{"id": "7", "title": "Pan", "name": "pan-7"}')

    assert (product.title, product.attributes) == ("Pan", {})
