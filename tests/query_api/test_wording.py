import pytest

from gram_es.retrieval.query.identifiers import find_identifiers
from gram_es.retrieval.recall.relevance import RelevanceRule
from gram_es.retrieval.recall.required_words import required_words
from gram_es.retrieval.request import DroppedConstraint, SearchRequest
from query_api import wording
from query_api.wording import _names_one


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 10, "0 %"),
        (0, 0, "0 %"),
        (1, 5_000, "under 0.1 %"),
        (1, 1_000, "0.1 %"),
        (99, 1_000, "9.9 %"),
        (1, 3, "33 %"),
        (10, 10, "100 %"),
    ],
)
def test_the_share_of_a_nonempty_part_is_never_zero(part, whole, words):
    assert wording.percent(part, whole) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-05-31T12:00:59+00:00", "2026-05-31 12:00 UTC"),
        ("2026-05-31T12:00:00Z", "2026-05-31 12:00 UTC"),
        ("2026-05-31", "2026-05-31 00:00"),
        ("last week", "last week"),
    ],
)
def test_a_timestamp_is_shown_to_the_minute(text, words):
    assert wording.timestamp(text) == words


def test_dropped_words_and_filters_are_described_in_sentences() -> None:
    words = DroppedConstraint("q", ("qqqq",))
    brand = DroppedConstraint("brand", ("Acme", "ACME"))
    volt = DroppedConstraint("attr.volt", ("18V",))
    unfiltered = SearchRequest("drill")
    filtered = SearchRequest("drill", categories=("Tools",))

    assert wording.relaxed((words, brand), unfiltered) == (
        "No product matches qqqq, so the search ignores it.",
        "Nothing matches with the filter brand: Acme, so the search ignores it.",
    )
    assert wording.relaxed((volt,), filtered) == (
        "Nothing matches with all filters, so the search ignores volt: 18V.",
    )
    assert wording.relaxed((brand, volt), unfiltered) == (
        "Nothing matches with all filters, so the search ignores brand: Acme; volt: 18V.",
    )


@pytest.mark.parametrize(
    ("query", "names_one"),
    [
        ("drill driver", False),
        ("drill", False),
        ("bx47-00912c", True),
        ("saw bx47-00912c", True),
        ("pan 28 cm", False),
        ("shoes size 11", False),
        ("bx 47 00912 c", True),
        ("6.414-552.0", True),
        ("64145520", True),
    ],
)
def test_only_a_query_with_a_part_number_is_said_to_name_one(query: str, names_one: bool) -> None:
    rule = RelevanceRule(
        (required_words(query),), identifiers=find_identifiers(query, lambda _: True)
    )

    assert _names_one(rule) is names_one
