import pytest

from gram_es.codes.contained import ContainedPhrases
from gram_es.text.words import stems

PHRASES = ContainedPhrases(
    [
        ("drill",),
        ("18", "volt", "drill"),
        ("volt", "meter"),
        ("18", "volt", "batteri"),
        ("knock", "knock"),
    ]
)
DRILLS, VOLT_DRILLS, METERS, _BATTERIES, KNOCK = range(5)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("drill", [DRILLS]),
        ("drills 18 volt", [DRILLS, VOLT_DRILLS]),  # in any order
        ("hammer drill for a 18 volt outlet", [DRILLS, VOLT_DRILLS]),  # with other words between
        ("meter drill volt", [DRILLS, METERS]),
        ("18 volt", []),
        ("knock", [KNOCK]),
        ("lamp", []),
        ("", []),
    ],
)
def test_the_phrases_all_of_whose_stems_a_query_has_are_contained(query: str, numbers: list[int]):
    assert sorted(PHRASES.find(stems(query))) == numbers


def test_without_phrases_nothing_is_contained():
    assert ContainedPhrases([]).find(["drill"]) == []
