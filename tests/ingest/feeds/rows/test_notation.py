"""A mark before three digits of a price is read as the other prices of the feed have it."""

from collections.abc import Callable

import pytest

from gram_es.records import Product
from ingest.feeds import RejectedRow

Products = Callable[[str], list[Product]]
Rejected = Callable[[str], list[RejectedRow]]


def feed(*prices: str) -> str:
    rows = "".join(f"{n}\tKettle\t{price}\n" for n, price in enumerate(prices, start=1))
    return f"id\ttitle\tprice\n{rows}"


@pytest.mark.parametrize(
    ("ambiguous", "other"),
    [
        ("1,299", "12.50"),
        ("1,299 EUR", "2,499.00 EUR"),
        ("€1,299", "1,299,000"),
        ("1.299", "12,50"),
        ("1.299 USD", "2.499,00 USD"),
        ("1.299 €", "49,- €"),
        ("EUR 1.299", "EUR 12,50"),
        ("€ 1.299", "€ 12,50"),
        ("Rs.1,299", "Rs.499.00"),
    ],
)
def test_other_prices_show_which_mark_parts_thousands(
    products_of: Products, ambiguous: str, other: str
) -> None:
    prices = [product.price for product in products_of(feed(ambiguous, other, ambiguous))]

    assert (prices[0], prices[2]) == (1299.0, 1299.0)


@pytest.mark.parametrize("mark", [",", "."])
def test_prices_with_three_decimals_are_read_if_others_have_them(
    products_of: Products, mark: str
) -> None:
    first, second = products_of(feed(f"1{mark}299", f"1299{mark}500"))

    assert (first.price, second.price) == (1.299, 1299.5)


@pytest.mark.parametrize("mark", [",", "."])
@pytest.mark.parametrize("others", [("899",), ("12.50", "12,50"), ()])
def test_a_price_that_no_other_one_explains_is_rejected(
    rejected_in: Rejected, mark: str, others: tuple[str, ...]
) -> None:
    (rejected,) = rejected_in(feed(f"1{mark}299", *others))

    assert "can be read two ways; write 1299.00 or 1.30" in rejected.reason
    assert rejected.possible_ids == ("1",)


@pytest.mark.parametrize(("price", "other"), [("1,299", "12,50"), ("1.299", "12.50")])
def test_a_third_decimal_that_no_other_price_has_is_rejected(
    rejected_in: Rejected, price: str, other: str
) -> None:
    (rejected,) = rejected_in(feed(price, other))

    assert "two ways" in rejected.reason
