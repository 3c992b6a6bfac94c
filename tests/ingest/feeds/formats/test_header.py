"""Headers with odd cells, and below other lines."""

import logging
from collections.abc import Callable

import pytest

from gram_es.records import Product

Products = Callable[[bytes | str], list[Product]]


@pytest.mark.parametrize(
    "above",
    ["sep=;\n", "\n\n", "Stock list; 3 May\n\n", "\ufeffsep=;\r\n", '"Report; of ""May"""\n;;;\n'],
)
def test_lines_above_the_header_are_skipped(products_of: Products, above: str) -> None:
    (product,) = products_of(f"{above}id;title;price\n1;Kettle;5,00 EUR\n")

    assert (product.id, product.price) == ("1", 5.0)


@pytest.mark.parametrize("parts", ["", " (digital_source_type:content)"])
def test_a_structured_title_is_a_title(products_of: Products, parts: str) -> None:
    (product,) = products_of(
        f'id\tstructured_title{parts}\n1\ttrained_algorithmic_media:"Kettle: blue"\n'
    )

    assert product.title == "Kettle: blue"


def test_skipped_lines_are_logged(products_of: Products, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        products_of("Stock list\n\nid,title\n1,Kettle\n")

    assert caplog.messages == ["skipped above the header: Stock list"]


@pytest.mark.parametrize(
    ("header", "currency"),
    [
        ('id,title,"price\n(incl. VAT)"', None),
        ('id,title,"Price ""gross"" (EUR)"', None),
        ("id,title,Price (EUR)", "EUR"),
        ("id,title,Price incl. BTW (EUR)", "EUR"),
        ("id,title,price gross", None),
        ("id,title,price [USD]", "USD"),
        ("ID ,  Title,price in CHF", "CHF"),
        ("\u00a0id,'title',PRICE", None),
        ('"id","title"," price "', None),
    ],
)
def test_the_name_of_a_column_is_found_in_its_cell(
    products_of: Products, header: str, currency: str | None
) -> None:
    (product,) = products_of(f"{header}\n1,Kettle,5.00\n")

    has_price = '""gross""' not in header
    assert (product.title, product.price) == ("Kettle", 5.0 if has_price else None)
    assert product.currency == currency


def test_a_plain_name_wins_over_one_with_a_unit(products_of: Products) -> None:
    (product,) = products_of("id,title,price (net),price\n1,Kettle,4,5\n")

    assert product.price == 5.0
    assert product.attributes == {}


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n", "\r\r\n"])
@pytest.mark.parametrize("start", ["", "sep=,{end}"])
def test_any_line_end_is_read(products_of: Products, end: str, start: str) -> None:
    lines = f"{start}id,title,price{{end}}1,Kettle,5{{end}}2,Pan,6{{end}}".replace("{end}", end)

    assert [(p.id, p.price) for p in products_of(lines)] == [("1", 5.0), ("2", 6.0)]


def test_rows_that_only_a_return_parts_are_rows(products_of: Products) -> None:
    read = products_of("id,title,price\n1,Kettle,5\r2,Pan,6\n3,Lid\rflat,7\n")

    assert [(p.id, p.title) for p in read] == [("1", "Kettle"), ("2", "Pan"), ("3", "Lid flat")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="00123"', "00123"),
        ('"=""00123"""', "00123"),
        ("'00123", "00123"),
        ("'=1+1", "=1+1"),
        ("'+49 30", "+49 30"),
        ("'90s", "'90s"),
        ("'n' roll", "'n' roll"),
    ],
)
def test_guards_of_spreadsheets_are_removed(products_of: Products, cell: str, text: str) -> None:
    (product,) = products_of(f"id,title,mpn,colour\n{cell},{cell},{cell},{cell}\n")

    assert (product.id, product.title, product.mpn) == (text, text, text)
    assert product.attributes == {"colour": (text,)}
