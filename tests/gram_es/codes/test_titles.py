from collections.abc import Callable

import pytest

from gram_es.codes.titles import key_of, noun_phrases, segments, title_quantities


@pytest.mark.parametrize(
    ("title", "noun"),
    [
        ("Bemis Round Toilet Seat in White (2-Pack)", "seat"),
        ("Barton Kramer Sliding Glass Door Handle", "handle"),
        ("White Sill Nosing Weatherstrip 36 in.", "weatherstrip"),
        ("Lexmark X264A21G toner cartridge Black 1 pc(s)", "cartridge"),
    ],
)
def test_a_noun_phrase_ends_with_what_the_title_sells(title: str, noun: str):
    assert noun in {words[-1] for words in noun_phrases(title, without={"black"})}


def test_a_phrase_never_crosses_the_punctuation_of_a_title():
    assert segments("Headphones, silver (USB-C) | gift idea") == (
        ("headphones",),
        ("silver",),
        ("usb", "c"),
        ("gift", "idea"),
    )


@pytest.mark.parametrize(
    ("title", "quantities"),
    [
        ("Hexley 18V Drill", {("volt", "18 volt")}),
        ("Curtains 28 x 52 inch", set()),
        ("Board 6 in. x 1.5 in. x 8 ft.", {("foot", "8 foot")}),
        ("Trash Bags (Case of 24)", {("pack", "24 pack")}),
        ("Hose 25 ft or 50 ft", set()),
    ],
)
def test_a_quantity_of_a_title_has_one_amount(title: str, quantities: set[tuple[str, str]]):
    units = {"volt", "inch", "foot", "pack"}

    found = set(title_quantities(title, units))

    assert found == quantities


def test_stems_follow_the_language_of_the_shop(use_language: Callable[[str], None]):
    english = key_of(("lampen",))

    use_language("german")

    assert (english, key_of(("lampen",))) == (("lampen",), ("lamp",))
