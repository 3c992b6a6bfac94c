"""The longest values that a row may have."""

from pathlib import Path

import pytest

from gram_es.records import Product
from ingest.feeds import RejectedRow, Row, open_feed
from ingest.feeds.rows.lengths import MAX_ATTRIBUTES, MAX_CHARACTERS, check_lengths


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x"),
        ("brand", "x"),
        ("description", "x"),
        ("currency", "x"),
        ("availability", "x"),
        ("gtin", "1"),
        ("mpn", "x"),
        ("link", "x"),
        ("image_link", "x"),
    ],
)
def test_a_field_may_be_as_long_as_its_limit_and_no_longer(field: str, value: str) -> None:
    limit = MAX_CHARACTERS[field]

    check_lengths(Product(**{"id": "1", "title": "Kettle", field: value * limit}))
    with pytest.raises(
        ValueError, match=f"^{field} has {limit + 1:,} characters; at most {limit:,}"
    ):
        check_lengths(Product(**{"id": "1", "title": "Kettle", field: value * (limit + 1)}))


@pytest.mark.parametrize(
    ("product", "reason"),
    [
        (Product("1", "Kettle", category=("x" * 1_025,)), "category 'xxx"),
        (Product("1", "K", category=("a",), other_categories=(("x" * 1_025,),)), "category 'xxx"),
        (Product("1", "Kettle", attributes={"n" * 513: ("1",)}), "name of an attribute 'nnn"),
        (Product("1", "Kettle", attributes={"size": ("v" * 32_001,)}), "attribute size has 32,001"),
        (
            Product("1", "Kettle", attributes={str(n): ("1",) for n in range(MAX_ATTRIBUTES + 1)}),
            "10,001 values of attributes",
        ),
        (
            Product("1", "Kettle", attributes={"a": tuple(map(str, range(MAX_ATTRIBUTES + 1)))}),
            "10,001 values of attributes",
        ),
    ],
)
def test_categories_and_attributes_have_limits(product: Product, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_lengths(product)


def test_a_row_with_a_field_that_is_too_long_is_rejected_by_name(tmp_path: Path) -> None:
    feed = tmp_path / "shop.csv"
    address = "https://shop.example/" + "a" * 10_000
    feed.write_text(f"id,title,link\nk-1,Kettle,{address}\nk-2,Pot,https://shop.example/k-2\n")

    rejected, row = open_feed(feed)

    assert isinstance(row, Row)
    assert isinstance(rejected, RejectedRow)
    assert rejected.reason == "link has 10,021 characters; at most 8,192 are allowed"
    assert rejected.possible_ids == ("k-1",)
