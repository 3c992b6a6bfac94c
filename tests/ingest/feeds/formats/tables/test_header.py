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
        ('id,title,"Price ""gross"" (EUR)"', "EUR"),
        ("id,title,Price (EUR)", "EUR"),
        ("id,title,Price incl. BTW (EUR)", "EUR"),
        ("id,title,price gross", None),
        ("id,title,price [USD]", "USD"),
        ("id,title,Price EUR incl. VAT", "EUR"),
        ("id,title,Gross price (SEK)", "SEK"),
        ("id,title,Preis inkl. 19 % MwSt. in €", "EUR"),
        ("id,title,Preis (EUR)", "EUR"),
        ("id,title,CHF price*", "CHF"),
        ("ID:,Title¹,Price (2):", None),
        ("ID ,  Title,price in CHF", "CHF"),
        ("\u00a0id,'title',PRICE", None),
        ('"id","title"," price "', None),
    ],
)
def test_the_name_of_a_column_is_found_in_its_cell(
    products_of: Products, header: str, currency: str | None
) -> None:
    (product,) = products_of(f"{header}\n1,Kettle,5.00\n")

    assert (product.title, product.price) == ("Kettle", 5.0)
    assert product.currency == currency


@pytest.mark.parametrize("brand", ["Brand™", "brand®", "Brand (TM)", "BRAND*:", "brand [1]"])
def test_marks_of_trade_and_of_footnotes_are_no_part_of_a_name(
    products_of: Products, brand: str
) -> None:
    (product,) = products_of(f"id,title,{brand},Area m²,Size (2)\n1,Rug,Acme,6,L\n")

    assert product.brand == "Acme"
    assert product.attributes == {"area_m²": ("6",), "size_(2)": ("L",)}


@pytest.mark.parametrize(
    "name", ["Net price EUR", "Price excl. VAT", "Shipping price EUR", "Price/kg", "List price EUR"]
)
def test_another_price_is_not_the_price(products_of: Products, name: str) -> None:
    (product,) = products_of(f"id,title,{name}\n1,Kettle,5.00\n")

    assert product.price is None


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
