"""Part numbers, and the words, sizes and quantities that look like them."""

import pytest

from gram_es.text.part_numbers import Likeness, is_amount, is_measure, likeness, likeness_of_words

KNOWN = frozenset(
    [
        "chair",
        "chrome",
        "classic",
        "desk",
        "drill",
        "galaxy",
        "office",
        "phone",
        "pro",
        "red",
        "sofa",
        "usb",
        "water",
    ]
)


def is_known(word: str) -> bool:
    return word in KNOWN


@pytest.mark.parametrize(
    "written",
    [
        "bx47-00912c",
        "RT9STIPLX",
        "bx47-0",
        "d70412",
        "KR-450",
        "7.208-331.4",
        "72083314",
        "242017801k",
        "53208g",
        "ab1234/56",
        "sn/q-77",
        "velmo",
        "lorvi-red-xl",
        "chrome-office",
        "rtx4090",
    ],
)
def test_part_numbers(written: str):
    assert likeness(written, is_known) is Likeness.SURE


@pytest.mark.parametrize(
    "written",
    ["a4", "m10", "gu10", "m10-1.5", "x5-1/4", "phone12", "sofa-2", "usb30", "pro2026", "53208"],
)
def test_sizes_types_and_short_numbers_are_only_possible_part_numbers(written: str):
    assert likeness(written, is_known) is Likeness.POSSIBLE


@pytest.mark.parametrize(
    "written",
    [
        "classic",
        "t-red",
        "18v",
        "60w",
        "10mm",
        "3/4in",
        "4x8ft",
        "1200x600",
        "100-240v",
        "20000mah",
        "1200lumens",
        "12.5",
        "1,299.00",
        "$1.299,00",
        "1/4-20",
        "27",
        "2024",
        "xl",
    ],
)
def test_words_measures_and_amounts_are_no_part_numbers(written: str):
    assert likeness(written, is_known) is Likeness.NONE


@pytest.mark.parametrize(
    "words", ["bx 47 00912 c", "kr 450", "7wq2 214", "lorvi red xl", "4 006381 333931"]
)
def test_part_numbers_of_several_words(words: str):
    assert likeness_of_words(words.split(), is_known) is Likeness.SURE


@pytest.mark.parametrize(
    "words",
    ["sofa 2", "phone 12", "27 inch", "a4 80 g", "8 x 10", "2 4 6", "classic chair", "of 500"],
)
def test_several_words_that_are_no_part_number(words: str):
    assert likeness_of_words(words.split(), is_known) is Likeness.NONE


def test_a_quantity_has_a_unit_and_an_amount_a_currency_or_decimals():
    assert is_measure("60W")
    assert is_measure("2x4x8")
    assert not is_measure("60WQ")
    assert is_amount("€20")
    assert is_amount("19.99")
    assert not is_amount("72083314")


def test_a_long_word_is_read_in_linear_time():
    for written in ("1," * 20_000, "1x" * 20_000, "a-" * 20_000, "9" * 40_000):
        assert likeness(written, is_known) in Likeness
