"""The form in which identifiers are compared."""

import pytest

from gram_es.records import Product
from gram_es.text.identifiers import identifier_key, identifier_keys, product_identifiers


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (" BX-47\u201300912 c ", "bx4700912c"),
        ("7.208-331.4", "72083314"),
        ("AX/12_B+C#9", "ax12bc9"),
        ("ＢＸ４７", "bx47"),  # full width
        ("٤٧-س", "47س"),
        ("ÉCO-200ß", "eco200ss"),
        ("--", ""),
    ],
)
def test_a_key_has_only_letters_and_digits_of_one_case_and_width(written: str, key: str):
    assert identifier_key(written) == key


def test_a_number_is_compared_as_written_and_with_14_digits():
    assert identifier_keys("0 4210-0005") == ("042100005", "00000042100005")
    assert identifier_keys("bx47") == ("bx47",)


def test_a_product_has_its_id_gtin_mpn_and_the_numbers_in_its_attributes():
    product = Product(
        "P_1",
        "Lamp",
        gtin="4210000526",
        mpn="LM.20/4",
        attributes={
            "Seller SKU": ("QW 77-x",),
            "Artikel-Nr.": ("88 1",),
            "colour": ("red",),
            "ocean": ("blue",),
        },
    )

    assert product_identifiers(product) == [
        "p1",
        "4210000526",
        "00004210000526",
        "lm204",
        "qw77x",
        "881",
    ]


def test_an_id_that_is_a_gtin_is_compared_as_one():
    assert product_identifiers(Product("36000291452", "Cola")) == ["36000291452", "00036000291452"]
    assert product_identifiers(Product("36000291453", "Cola")) == ["36000291453"]


@pytest.mark.parametrize("mpn", ["N/A", "does not apply", "-", "000000", "Acme"])
def test_placeholders_and_the_brand_are_no_part_numbers(mpn: str):
    assert product_identifiers(Product("p1", "Lamp", brand="ACME", mpn=mpn)) == ["p1"]


def test_each_number_of_a_list_is_an_identifier():
    listed = product_identifiers(Product("p1", "Filter", mpn="RX-1004, RX-1005"))
    single = product_identifiers(Product("p1", "Filter", mpn="RX 1,000"))

    assert listed == ["p1", "rx1004rx1005", "rx1004", "rx1005"]
    assert single == ["p1", "rx1000"]
