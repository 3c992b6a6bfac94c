import pytest

from ingest.feeds.rows.for_sale.availability import known_availability, read_availability


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("in stock", "in_stock"),
        ("In-Stock", "in_stock"),
        ("INSTOCK", "in_stock"),
        ("https://schema.org/InStock", "in_stock"),
        ("http://schema.org/InStoreOnly/", "in_stock"),
        ("schema:OnlineOnly", "in_stock"),
        ("available for order", "in_stock"),
        ("true", "in_stock"),
        ("12", "in_stock"),
        ("12 in stock", "in_stock"),
        ("In stock, ships in 2 days", "in_stock"),
        ("Auf Lager", "in_stock"),
        ("sofort verfügbar", "in_stock"),
        ("En stock", "in_stock"),
        ("在庫あり", "in_stock"),
        ("out_of_stock", "out_of_stock"),
        ("OutOfStock", "out_of_stock"),
        ("SoldOut", "out_of_stock"),
        ("0", "out_of_stock"),
        ("-3", "out_of_stock"),
        ("0 in stock", "out_of_stock"),
        ("ausverkauft", "out_of_stock"),
        ("Épuisé", "out_of_stock"),
        ("Rupture de stock", "out_of_stock"),
        ("Pre Order", "preorder"),
        ("schema.org/PreSale", "preorder"),
        ("//schema.org/BackOrder", "backorder"),
        ("ItemAvailability.SoldOut", "out_of_stock"),
        (">20", "in_stock"),
        ("Nur noch 2 auf Lager", "limited"),
        ("nur noch 3 Stück", "limited"),
        ("Auf Anfrage", "backorder"),
        ("Zum Vorbestellen", "preorder"),
        ("sofort versandfertig", "in_stock"),
        ("wyprzedane", "out_of_stock"),
        ("https://schema.org/PreSale", "preorder"),
        ("Vorbestellbar", "preorder"),
        ("onbackorder", "backorder"),
        ("http://schema.org/BackOrder", "backorder"),
        ("MadeToOrder", "backorder"),
        ("LimitedAvailability", "limited"),
        ("Only 3 left!", "limited"),
        ("Discontinued", "discontinued"),
        ("no longer available", "discontinued"),
        ("Available from May", None),
        ("on the moon", None),
    ],
)
def test_spellings_of_an_availability_are_one_value(written: str, value: str | None) -> None:
    assert known_availability(written) == value


def test_an_unknown_availability_is_kept_in_lower_case() -> None:
    assert read_availability("On the  Moon") == "on_the_moon"


def test_an_empty_availability_is_none() -> None:
    assert read_availability(" ") is None


@pytest.mark.parametrize("placeholder", ["-", "n/a", "N/A", "null", "None", "unknown", "--", "?"])
def test_a_placeholder_is_no_availability(placeholder: str) -> None:
    assert read_availability(placeholder) is None
