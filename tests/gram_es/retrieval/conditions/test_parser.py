from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gram_es.retrieval.conditions.language import Phrases, condition_words
from gram_es.retrieval.conditions.parser import parse_query
from gram_es.text.identifiers import identifier_key
from gram_es.text.normalise import clean_text

LANGUAGES = sorted(
    path.name.removesuffix(".yaml")
    for path in (files("gram_es.retrieval.conditions") / "words").iterdir()
    if path.name not in ("common.yaml", "currencies.yaml")
)
PIECES = (
    "under",
    "$",
    "20",
    "to",
    "-",
    "not",
    "free",
    '"',
    "€",
    "or less",
    "cheap",
    "a",
    ",",
    "w/o",
)


class Shop:
    """A catalogue with some words in its titles and texts."""

    currencies = frozenset({"EUR"})

    def has_in_title(self, phrase: str, /) -> bool:
        return phrase.lower() in (
            *("no crumb", "no lid", "with lid", "budget ledger", "free hanging", "saw corded"),
        )

    def has_in_text(self, phrase: str, /) -> bool:
        return phrase.lower() in ("gluten free", "power lead")

    def has_brand(self, name: str, /) -> bool:
        return name.lower() in (
            "cheap gull",
            "no torv",
            "lesser",
            "max",
            "under oakley",
            "not vel's",
        )

    def has_identifier(self, written: str, /) -> bool:
        return identifier_key(written) in ("max4711", "under50", "kormax40", "velmo")

    def starts_identifier(self, written: str, /) -> bool:
        return "max4711b".startswith(identifier_key(written)) or self.has_identifier(written)


@pytest.mark.parametrize(
    ("query", "rest", "phrases"),
    [
        ("pot without handle", "pot", ["handle"]),
        ("shelf without doors or drawers", "shelf", ["doors", "drawers"]),
        ("pot w/o a handle", "pot", ["handle"]),
        ("pot without handle red", "pot red", ["handle"]),
        ("hoover without power lead", "hoover", ["power lead"]),
        ("tea without milk or sugar", "tea", ["milk", "sugar"]),
        ("pot with no handle", "pot", ["handle"]),
        ("pot no lid", "pot", ["lid"]),
        ("saw not corded", "saw", ["corded"]),
        ("saw -corded", "saw", ["corded"]),
        ("not power lead", "lead", ["power"]),
        ("not power lead hoover", "hoover", ["power lead"]),
        ("saw -rip-cut", "saw", ["rip cut"]),
        ("paraben free soap", "soap", ["paraben"]),
        ("paraben-free soap", "soap", ["paraben"]),
        ("saw not corded without case", "saw", ["corded", "case"]),
    ],
)
def test_an_exclusion_is_understood_and_taken_out(query, rest, phrases):
    parsed = parse_query(query, catalogue=Shop())

    assert parsed.text == rest
    assert [phrase for each in parsed.exclusions for phrase in each.phrases] == phrases


@pytest.mark.parametrize(
    "query",
    [
        "gluten free bread",
        "no crumb toaster",
        "toaster no crumb",
        "no show liners",
        "non stick pot",
        "hands free kit",
        "free hanging chair",
        "games free for kids",
        "to be or not to be print",
        "pencil no 2",
        "perfume no. 5",
        "usb -c lead",
        "x-large t-shirt",
        "without handle",
        "-corded",
    ],
)
def test_a_name_or_a_lone_exclusion_is_searched(query):
    parsed = parse_query(query, catalogue=Shop())

    assert (parsed.text, parsed.conditions) == (query, ())


@pytest.mark.parametrize(
    ("query", "rest", "sort"),
    [
        ("cheap kettle", "kettle", "price_asc"),
        ("cheapest steel kettle", "steel kettle", "price_asc"),
        ("kettle low price", "kettle", "price_asc"),
        ("budget kettle", "kettle", "price_asc"),
        ("most expensive kettle", "kettle", "price_desc"),
        ("budget ledger", "budget ledger", None),
        ("cheap", "cheap", None),
    ],
)
def test_an_order_is_understood(query, rest, sort):
    parsed = parse_query(query, catalogue=Shop())

    assert (parsed.text, parsed.sort) == (rest, sort)


def test_an_order_has_the_words_of_the_language(use_language):
    use_language("german")
    assert parse_query("günstige Kessel").sort == "price_asc"

    use_language("french")
    assert parse_query("bouilloire pas chère").sort == "price_asc"


def test_several_conditions_are_listed_in_the_order_of_their_words():
    parsed = parse_query("cheap kettle under 45 without cord", catalogue=Shop())

    assert parsed.text == "kettle"
    assert [each.words for each in parsed.conditions] == ["cheap", "under 45", "without cord"]


def test_an_exclusion_lists_how_products_say_that_they_lack_something():
    (exclusion,) = parse_query("pot without handle").exclusions

    assert {"no handle", "without handle", "handle free"} <= {*exclusion.absent}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_each_language_can_be_read(language):
    words = condition_words(language)

    assert words.decimal in (".", ",")
    assert words.absent
    assert all("_" in pattern for pattern in words.absent)


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map(" ".join)))
def test_any_text_is_parsed_and_loses_only_words_of_conditions(text):
    parsed = parse_query(text, catalogue=Shop())
    written = clean_text(text)

    assert all(condition.words in written for condition in parsed.conditions)
    assert len(parsed.text) < len(written) if parsed.conditions else parsed.text == written


@pytest.mark.parametrize("piece", ['"', '"a ', "under ", "not a ", "20 to ", "1.", "- ", "free "])
def test_the_work_grows_with_the_length(piece, monkeypatch):
    look_up, places = Phrases.end_at, []

    def counted(phrases, tokens, start):
        places.append(start)
        return look_up(phrases, tokens, start)

    monkeypatch.setattr(Phrases, "end_at", counted)
    text = piece * 500
    parse_query(text)

    assert len(places) < 60 * len(text)


@pytest.mark.parametrize(
    "query",
    [
        "MAX 4711",
        "max 47",
        "max 4711 pump",
        "pump max 4711",
        "pump for max 4711",
        "under 50 pump",
        "kor max 40",
        "part no velmo",
        "cheap gull jeans",
        "jeans Cheap Gull",
        "No Torv shirt",
        "not vel's shampoo",
        "max 50",
    ],
)
def test_what_the_index_has_as_an_identifier_or_brand_states_no_condition(query):
    parsed = parse_query(query, catalogue=Shop())

    assert (parsed.text, parsed.conditions) == (query, ())


@pytest.mark.parametrize(
    ("query", "rest", "words"),
    [
        ("max $4711 pump", "pump", ["max $4711"]),
        ("cheap gull jeans under 40", "cheap gull jeans", ["under 40"]),
        ("cheap under oakley shirt", "under oakley shirt", ["cheap"]),
        ("pump max 50", "pump", ["max 50"]),
        ("pump max 40", "pump", ["max 40"]),
        ("bracket without velmo", "bracket", ["without velmo"]),
    ],
)
def test_a_condition_beside_a_name_is_understood(query, rest, words):
    parsed = parse_query(query, catalogue=Shop())

    assert parsed.text == rest
    assert [condition.words for condition in parsed.conditions] == words
