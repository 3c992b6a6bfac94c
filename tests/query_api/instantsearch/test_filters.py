"""Filters of InstantSearch become groups of terms; what cannot be read is named."""

import time
from math import inf, nextafter

import pytest

from query_api.instantsearch.filter_text import text_groups
from query_api.instantsearch.filters import facet_groups, facet_term, numeric_groups
from query_api.instantsearch.terms import Group, NumberTerm, ValueTerm

ACME = ValueTerm("brand", "Acme")
RED = ValueTerm("attributes.colour", "red")


def test_lists_within_the_list_are_the_choices_of_a_facet():
    groups = facet_groups(["brand:Acme", ["attributes.colour:red"], []], [])

    assert groups == (Group((ACME,)), Group((RED,), is_facet=True))


def test_a_text_of_facet_filters_is_a_list():
    assert facet_groups("brand:Acme,attributes.colour:red", []) == (Group((ACME,)), Group((RED,)))


@pytest.mark.parametrize(
    ("text", "facets", "term"),
    [
        ("attributes.size: EU:42", ["attributes.size: EU"], ValueTerm("attributes.size: EU", "42")),
        ("attributes.ratio:16:9", [], ValueTerm("attributes.ratio", "16:9")),
        ("brand:-Acme", [], ValueTerm("brand", "Acme", excluded=True)),
        (r"brand:\-20", [], ValueTerm("brand", "-20")),
        ("brand:-", [], ValueTerm("brand", "-")),
    ],
)
def test_a_facet_filter_parts_its_name_from_its_value(text, facets, term):
    assert facet_term(text, facets) == term


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("price>=10", 10, None),
        ("price <= 19.99", None, 19.99),
        ("price=5", 5, 5),
        ("price:10 TO 20", 10, 20),
        ("price > 10", nextafter(10, inf), None),
        ("price<10", None, nextafter(10, -inf)),
    ],
)
def test_limits_of_numbers_include_their_ends_or_not(text, low, high):
    assert numeric_groups([text]) == (Group((NumberTerm("price", low, high),)),)
    assert text_groups(text) == (Group((NumberTerm("price", low, high),)),)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", ()),
        ("brand:Acme", (Group((ACME,)),)),
        ('brand:"Acme" AND attributes.colour:red', (Group((ACME,)), Group((RED,)))),
        ("brand:Acme OR attributes.colour:red", (Group((ACME, RED)),)),
        (
            "(brand:Acme OR attributes.colour:red) AND NOT category:'Gift \\'cards\\''",
            (Group((ACME, RED)), Group((ValueTerm("category", "Gift 'cards'", excluded=True),))),
        ),
        ('brand:"AND"', (Group((ValueTerm("brand", "AND"),)),)),
        ('"attributes.colour":red', (Group((RED,)),)),
    ],
)
def test_a_text_of_filters_is_read(text, groups):
    assert text_groups(text) == groups


@pytest.mark.parametrize(
    "text",
    [
        "brand",
        "brand:",
        "brand Acme",
        "brand:Acme attributes.colour:red",
        "brand:Acme AND",
        "(brand:Acme",
        "brand:Acme)",
        "(brand:Acme AND price<5)",
        "brand:Acme OR price<5 AND price>1",
        "NOT NOT brand:Acme",
        "NOT price<5",
        'brand:"Acme',
        "price<cheap",
        "price!=5",
        "price:1 TO",
        "AND:OR",
        ":",
    ],
)
def test_a_text_that_cannot_be_read_is_rejected_with_itself(text):
    with pytest.raises(ValueError, match=r"brand:Acme|price>=10|not supported"):
        text_groups(text)


@pytest.mark.parametrize("filters", [["brand"], ["brand:"], [":Acme"]])
def test_a_facet_filter_without_name_or_value_is_rejected(filters):
    with pytest.raises(ValueError, match="write a filter as brand:Acme"):
        facet_groups(filters, [])


@pytest.mark.parametrize("text", ["(" * 4_000, '"' + "\\" * 4_000, "NOT " * 1_000, "a:b OR " * 585])
def test_long_texts_are_read_or_rejected_at_once(text):
    began = time.process_time()

    with pytest.raises(ValueError, match="brand:Acme"):
        text_groups(text)

    assert time.process_time() - began < 1


def test_more_than_a_hundred_terms_are_rejected():
    with pytest.raises(ValueError, match="101 conditions; at most 100"):
        text_groups(" OR ".join(["a:b"] * 101))
