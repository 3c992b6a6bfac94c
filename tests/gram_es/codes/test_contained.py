import pytest

from gram_es.codes.codebook import Code, Codebook
from gram_es.codes.contained import ContainedCodes
from gram_es.text.words import stems

CODES = ContainedCodes(
    Codebook(
        [
            Code("drills", ("drill",), 9),
            Code("18 volt drills", ("18", "volt", "drill"), 5),
            Code("volt meters", ("volt", "meter"), 4),
            Code("18 volt batteries", ("18", "volt", "batteri"), 4),
            Code("knock knock", ("knock", "knock"), 3),
        ]
    )
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
def test_the_codes_all_of_whose_stems_a_query_has_are_contained(query: str, numbers: list[int]):
    assert sorted(CODES.find(stems(query))) == numbers


def test_a_codebook_without_codes_contains_nothing():
    assert ContainedCodes(Codebook([])).find(["drill"]) == []
