"""Several tables in one file, and other quotation marks: no value of a row is read as another."""

import logging
from collections.abc import Callable

import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row

Items = Callable[[bytes | str], list[Row | RejectedRow | FileFault]]
Products = Callable[[bytes | str], list[Product]]


def titles(products: list[Product]) -> dict[str, str]:
    return {product.id: product.title for product in products}


@pytest.mark.parametrize(
    "again", ["id,title\n", "ID,Title\n", "\ufeffid,title\n", '"id","title"\n']
)
def test_the_header_again_is_no_row(
    items_of: Items, caplog: pytest.LogCaptureFixture, again: str
) -> None:
    with caplog.at_level(logging.WARNING):
        rows = items_of(f"id,title\n1,Kettle\n{again}2,Pan\n\n{again}3,Pot\n")

    assert [row.product.id for row in rows if isinstance(row, Row)] == ["1", "2", "3"]
    assert len(rows) == 3
    assert caplog.messages == ["line 3 is the header again; skipped"]


def test_a_header_of_several_lines_again_is_no_row(items_of: Items) -> None:
    header = 'id,title,"price\n(EUR)"\n'

    assert len(items_of(f"{header}1,Kettle,5\n{header}2,Pan,6\n")) == 2


@pytest.mark.parametrize(
    "second",
    [
        "id,brand,title\n3,Nord,Pot\n",
        "title,id\nPot,3\n",
        "Brand,id,title,price\nNord,3,Pot,5\n",
        "id;title;price\n3;Pot;5,00 EUR\n",
        "id\ttitle\n3\tPot\n",
    ],
)
def test_a_table_with_other_columns_breaks_the_feed_before_its_rows(
    items_of: Items, second: str
) -> None:
    *rows, fault = items_of(f"id,title,brand\n1,Kettle,Nord\n2,Pan,Nord\n\n{second}")

    assert [row.product.id for row in rows if isinstance(row, Row)] == ["1", "2"]
    assert isinstance(fault, FileFault)
    assert "line 5, after 2 rows: a table with other columns begins here" in str(fault)


def test_a_product_named_like_a_column_is_a_row(products_of: Products) -> None:
    feed = "id,title,brand\n1,Title,Nord\nbrand,Brand,Nord\nid,Link,Price\n"

    assert titles(products_of(feed)) == {"1": "Title", "brand": "Brand", "id": "Link"}


def test_comments_that_name_columns_are_no_header(products_of: Products) -> None:
    feed = "# id, title, price of our shop\n# made in May\nid,title,price\n1,Kettle,5.00 EUR\n"

    (product,) = products_of(feed)

    assert (product.id, product.price, product.attributes) == ("1", 5.0, {})


def test_a_header_may_begin_with_the_mark_of_a_comment(products_of: Products) -> None:
    assert titles(products_of("#id,title\n1,Kettle\n")) == {"1": "Kettle"}


def test_quotation_marks_may_be_escaped_with_a_backslash(products_of: Products) -> None:
    feed = (
        'id,title,size\n"1","A \\"big\\", blue kettle","7"\n2,"Pot 7\\"",7\n3,Pan,7\n'
        '4,"7\\\\",7\n5,"ends \\"so\\"","7\\""\n6,Lid,7\n'
    )

    assert titles(products_of(feed)) == {
        "1": 'A "big", blue kettle',
        "2": 'Pot 7"',
        "3": "Pan",
        "4": "7\\\\",
        "5": 'ends "so"',
        "6": "Lid",
    }


@pytest.mark.parametrize("mark", ["'", "`"])
def test_a_table_may_have_another_quotation_mark(products_of: Products, mark: str) -> None:
    feed = (
        "@id@;@title; long@;@title@\n@007@;@a@;@Kettle; blue@\n"
        '@008@;@b@;@A 7" pot, O@@Neill@\n009;c;Pan\n'
    )

    products = products_of(feed.replace("@", mark))

    assert titles(products) == {
        "007": "Kettle; blue",
        "008": f'A 7" pot, O{mark}Neill',
        "009": "Pan",
    }


def test_a_price_whose_comma_parts_two_columns_is_rejected(items_of: Items) -> None:
    first, second = items_of("id,title,price,brand\n1,Kettle,7,50 EUR\n2,Pan,7.50 EUR,50 EUROS\n")

    assert isinstance(first, RejectedRow)
    assert first.reason == "the comma in a price parts two columns; quote the price"
    assert "1" in first.possible_ids
    assert isinstance(second, Row)


def test_several_columns_of_one_name_are_reported(
    products_of: Products, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        (product,) = products_of("ID,title,price,Price,size,size\n1,Kettle,,5,S,M\n")

    assert (product.price, product.attributes) == (5.0, {"size": ("S", "M")})
    assert caplog.messages == [
        "several columns are named price; the first one with a value is read"
    ]


def test_the_end_mark_of_dos_is_no_row(items_of: Items) -> None:
    assert len(items_of("id,title\r\n1,Kettle\r\n\x1a")) == 1
    (row,) = items_of("id,title,price\r\n1,Kettle,5.00 EUR\x1a")
    assert isinstance(row, Row)
    assert row.product.price == 5.0
