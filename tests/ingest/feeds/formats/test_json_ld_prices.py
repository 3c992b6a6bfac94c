"""Several prices in one offer, and several offers of one product."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from gram_es.records import Product
from ingest.feeds import Row, open_feed

LIST = {"@type": "UnitPriceSpecification", "priceType": "https://schema.org/ListPrice", "price": 50}
UNIT = {
    "@type": "UnitPriceSpecification",
    "price": 8.4,
    "referenceQuantity": {"@type": "QuantitativeValue", "value": 1, "unitCode": "LTR"},
}
PAID = {"@type": "UnitPriceSpecification", "price": "42.00", "priceCurrency": "SEK"}


def product(tmp_path: Path, **properties: Any) -> Product:
    node = {"@context": "https://schema.org", "@type": "Product", "sku": "J-1", "name": "Juicer"}
    path = tmp_path / "page.json"
    path.write_text(json.dumps({**node, **properties}), encoding="utf-8")
    [row] = open_feed(path)
    assert isinstance(row, Row)
    return row.product


def price(tmp_path: Path, *specifications: Any, **offer: Any) -> float | None:
    offers = {"@type": "Offer", "priceSpecification": list(specifications), **offer}
    return product(tmp_path, offers=offers).price


@pytest.mark.parametrize("specifications", [*itertools.permutations([LIST, UNIT, PAID])])
def test_the_price_is_what_a_shopper_pays_in_any_order(specifications: Any, tmp_path: Path) -> None:
    offers = [{"@type": "Offer", "priceSpecification": specifications}]

    juicer = product(tmp_path, offers=offers)

    assert (juicer.price, juicer.currency) == (42.0, "SEK")


@pytest.mark.parametrize(
    "price_type",
    [
        "ListPrice",
        "http://schema.org/ListPrice",
        "schema:StrikethroughPrice",
        "https://schema.org/MSRP",
        "SRP",
        "InvoicePrice",
        "strikethrough price",
        "RRP",
        {"@id": "https://schema.org/ListPrice"},
        ["https://schema.org/ListPrice"],
    ],
)
def test_a_price_that_nobody_pays_is_never_the_price(price_type: Any, tmp_path: Path) -> None:
    struck = {"priceType": price_type, "price": 50}

    assert price(tmp_path, struck, PAID) == 42.0
    assert price(tmp_path, PAID, struck) == 42.0
    assert price(tmp_path, struck) is None
    assert price(tmp_path, struck, price=45) == 45.0


@pytest.mark.parametrize("name", ["UVP", "List price", "MSRP", "Strikethrough"])
def test_a_price_that_is_named_as_one_that_nobody_pays_is_never_the_price(
    name: str, tmp_path: Path
) -> None:
    assert price(tmp_path, {"name": name, "price": 50}, {"name": "Price", "price": 42}) == 42.0
    assert price(tmp_path, {"name": name, "price": 50}) is None


@pytest.mark.parametrize(
    "other",
    [
        {"price": 30, "validForMemberTier": {"@type": "MemberProgramTier", "name": "Gold"}},
        {"price": 5, "billingDuration": 12},
        {"price": 30, "eligibleQuantity": {"@type": "QuantitativeValue", "minValue": 10}},
        {"price": 4, "@type": "DeliveryChargeSpecification"},
        {"price": 30, "validFrom": "2099-01-01"},
        {"price": 30, "priceType": "https://schema.org/SalePrice", "validThrough": "2001-02-03"},
        {"price": 0, "priceType": "https://schema.org/SalePrice"},
        {"price": 60, "priceType": "https://schema.org/SalePrice"},
        {"price": 30, "unitCode": "KGM"},
        {"price": 33.6, "valueAddedTaxIncluded": False},
    ],
)
def test_conditional_partial_and_past_prices_stand_back(other: Any, tmp_path: Path) -> None:
    assert price(tmp_path, other, PAID) == 42.0
    assert price(tmp_path, PAID, other) == 42.0


@pytest.mark.parametrize("sale_type", ["SalePrice", "https://schema.org/SalePrice", "sale"])
def test_a_sale_price_in_force_is_the_price(sale_type: str, tmp_path: Path) -> None:
    sale = {"price": "35.50", "priceType": sale_type, "validThrough": "2099-12-31"}

    assert price(tmp_path, LIST, PAID, sale) == 35.5
    assert price(tmp_path, sale, PAID, LIST) == 35.5
    assert price(tmp_path, sale, price="42.00") == 35.5


def test_a_price_that_is_also_the_list_price_is_not_paid(tmp_path: Path) -> None:
    assert price(tmp_path, {**LIST, "price": "50.00"}, PAID, price="50.00") == 42.0


def test_the_only_price_counts_although_its_date_has_passed(tmp_path: Path) -> None:
    assert price(tmp_path, {**PAID, "validThrough": "2001-02-03"}) == 42.0


def test_the_content_of_a_product_is_no_unit_price(tmp_path: Path) -> None:
    content = {"value": 250, "unitCode": "MLT", "valueReference": {"value": 1, "unitCode": "LTR"}}

    assert price(tmp_path, {"price": 42, "referenceQuantity": content}) == 42.0
    assert price(tmp_path, {"price": 42, "referenceQuantity": {"unitCode": "C62"}}) == 42.0
    assert price(tmp_path, UNIT) is None


def test_no_number_of_an_offer_is_lost_and_one_in_stock_is_enough(tmp_path: Path) -> None:
    offers = [
        {"sku": "J-RED", "price": 42, "availability": "https://schema.org/SoldOut", "mpn": "R1"},
        {"sku": "J-BLU", "price": 45, "availability": "https://schema.org/InStock", "mpn": "B1"},
        {
            "itemOffered": {"@type": "Product", "sku": "J-TAN"},
            "price": 44,
            "availability": "InStock",
        },
    ]

    juicer = product(tmp_path, sku=None, offers=offers)

    assert juicer.id == "J-RED"
    assert (juicer.price, juicer.availability) == (44.0, "in_stock")
    assert juicer.attributes == {"sku": ("J-RED", "J-BLU", "J-TAN"), "mpn": ("R1", "B1")}


def test_offers_in_other_currencies_do_not_compete(tmp_path: Path) -> None:
    offers = [{"price": 42, "priceCurrency": "EUR"}, {"price": 3, "priceCurrency": "KWD"}]

    juicer = product(tmp_path, offers=offers)

    assert (juicer.price, juicer.currency) == (42.0, "EUR")


def test_the_low_price_of_an_aggregate_comes_before_its_offers(tmp_path: Path) -> None:
    inner = [{"price": "49", "priceCurrency": "EUR", "sku": "A"}, {"price": "47", "sku": "B"}]
    aggregate = {"@type": "AggregateOffer", "lowPrice": "47.00", "highPrice": 49, "offers": inner}

    low = product(tmp_path, offers=aggregate)
    without = product(tmp_path, offers={**aggregate, "lowPrice": None, "priceCurrency": "EUR"})

    assert (low.price, low.currency) == (47.0, "EUR")
    assert low.attributes == {"sku": ("J-1", "A", "B")}
    assert (without.price, without.currency) == (47.0, "EUR")


def test_a_low_price_of_zero_is_none(tmp_path: Path) -> None:
    aggregate = {"@type": "AggregateOffer", "lowPrice": 0, "priceCurrency": "EUR"}

    assert product(tmp_path, offers={**aggregate, "offers": [{"price": 49}]}).price == 49.0
    assert product(tmp_path, offers=aggregate).price == 0.0


def test_a_list_that_php_wrote_as_an_object_is_a_list(tmp_path: Path) -> None:
    offers = {"1": {"price": 42, "sku": "A"}, "3": {"price": 41, "sku": "B"}}

    assert product(tmp_path, offers=offers).price == 41.0
