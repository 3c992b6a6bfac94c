from collections.abc import Callable

import pytest

from gram_es.codes.codebook import Code, Facet
from gram_es.codes.titles import key_of
from gram_es.codes.truth.claims import Claim, ValueNames, code_claims, is_compatible


def no_meaning(_: str) -> tuple[Claim, ...]:
    return ()


def compatible(one: str, other: str) -> bool:
    return is_compatible(key_of(tuple(one.split())), key_of(tuple(other.split())))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("steel", "stainless steel", True),
        ("red", "green", False),
        ("17 inch", "17.3 inch", True),
        ("185 mm", "190 mm", False),
        ("185 mm", "19 cm", True),
        ("1.75 l", "1.8 l", True),
        ("1.75 l", "1.70 l", False),
        ("8 inch", "20 cm", True),
        ("10 inch", "20 cm", False),
        ("12 ounce", "350 ml", True),
        ("16 ounce", "1 pound", True),
        ("12 ounce", "12 ml", False),
        ("1 kilowatt", "1000 watt", True),
        ("3 drawers", "4 drawers", False),
        ("96 bright", "98 bright", False),
        ("8 inch", "8 ounce", False),
        ("8", "8 inch", True),
        ("8 inch", "red", False),
        ("two drawers", "2 drawers", True),
        ("two drawers", "three drawers", False),
        ("10k mah", "10000 mah", True),
        ("10k mah", "20000 mah", False),
        ("1/2 inch", "0.5 inch", True),
        ("1/0 inch", "8 inch", False),
        ("3x4 inch", "8 inch", False),
        ("dimmable", "non dimmable", False),
        ("no sugar", "no added sugar", True),
        ("sugar", "sugar free", False),
        ("standing", "free standing", True),
        ("no 10", "10", True),
    ],
)
def test_values_that_say_the_same_are_compatible(one: str, other: str, expected: bool):
    assert compatible(one, other) == expected
    assert compatible(other, one) == expected


def test_a_negation_of_the_shops_language_makes_values_incompatible(
    use_language: Callable[[str], None],
):
    use_language("german")

    assert not compatible("dimmbar", "nicht dimmbar")
    assert not compatible("deckel", "ohne deckel")


def test_a_value_behind_a_negation_is_denied_unless_both_are_a_value():
    values = ValueNames({("dimmabl",): "dimming", ("no", "lid"): "lid", ("lid",): "lid"})

    assert [*values.denied(("non", "dimmabl", "no", "lid"))] == [("dimming", ("dimmabl",))]
    assert [*values.named(("non", "dimmabl", "no", "lid"))] == [("lid", ("no", "lid"))]


def test_a_type_claims_the_values_that_its_words_name():
    values = ValueNames({("plain",): "pattern", ("blue",): "color"})
    plain_rugs = Code("blue plain rug", ("blue", "plain", "rug"), 3, (Facet("type", "plain rug"),))

    assert code_claims(plain_rugs, values, (), no_meaning) == {("pattern", ("plain",))}


def test_a_phrase_claims_what_its_words_mean():
    boots = Code("ladies boots", ("ladi", "boot"), 3)

    claims = code_claims(boots, ValueNames({}), (), lambda _: [("gender", ("femal",))])

    assert claims == {("gender", ("femal",))}
