from datetime import UTC, datetime

import pytest

from ingest.feeds.rows.prices import Price, is_in_force, parse_price

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("15.00 USD", Price(15.0, "USD")),
        ("15,00 EUR", Price(15.0, "EUR")),
        ("1.299,00 EUR", Price(1299.0, "EUR")),
        ("1,299.00 USD", Price(1299.0, "USD")),
        ("1 299,00 EUR", Price(1299.0, "EUR")),
        ("1\u202f299,00 €", Price(1299.0, "EUR")),
        ("1'299.50 CHF", Price(1299.5, "CHF")),
        ("1.234.567 EUR", Price(1234567.0, "EUR")),
        ("USD 15", Price(15.0, "USD")),
        ("$1,299", Price(1299.0, "USD")),
        ("15.00usd", Price(15.0, "USD")),
        ("4995", Price(4995.0, None)),
        ("12.345", Price(12.345, None)),
        ("0.125 USD", Price(0.125, "USD")),
        ("1.500 KWD", Price(1.5, "KWD")),
        (".99 GBP", Price(0.99, "GBP")),
        ("0 USD", Price(0.0, "USD")),
    ],
)
def test_a_price_is_read_as_shops_write_it(written: str, price: Price) -> None:
    assert parse_price(written) == price


@pytest.mark.parametrize(
    "written",
    ["free", "-5 USD", "12.5.1", "1,29,9 EUR", "USD 15 EUR", "nan", "1e3", "15 USD/kg", ".", "٣"],
)
def test_a_text_that_is_not_a_price_is_rejected(written: str) -> None:
    with pytest.raises(ValueError, match="is not a price"):
        parse_price(written)


def test_a_price_that_can_be_read_two_ways_is_rejected_with_both() -> None:
    with pytest.raises(ValueError, match=r"two ways; write 1299\.00 or 1\.30"):
        parse_price("1.299 EUR")


def test_a_price_out_of_range_is_rejected() -> None:
    with pytest.raises(ValueError, match="out of range"):
        parse_price("9" * 400)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (None, True),
        ("2024-04-24T13:00-0800/2024-05-29T15:30-0800", True),
        ("2024-04-24/2024-05-01", False),
        ("2024-05-02T00:00Z/2024-06-01T00:00Z", False),
    ],
)
def test_a_sale_is_in_force_within_its_interval(interval: str | None, expected: bool) -> None:
    assert is_in_force(interval, NOON) is expected
