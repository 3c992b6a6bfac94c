from math import log
from pathlib import Path

import pytest

from gram_es.text.term_statistics import TermStatistics

# Of a catalogue of n products, a stem in c of them has the inverse document frequency
# ln(1 + (n - c + .5) / (c + .5)) = ln((n + 1) / (c + .5)).
TERMS = TermStatistics(10, {"drill": 5, "lamp": 10})
DRILL, LAMP, UNKNOWN = log(11 / 5.5), log(11 / 10.5), log(11 / 0.5)


def test_a_stem_counts_by_its_rarity():
    weights = TERMS.weights("the drills drill lamp of couch")

    assert weights == pytest.approx({"drill": DRILL, "lamp": LAMP, "couch": UNKNOWN})


@pytest.mark.parametrize(
    ("query", "score"),
    [
        ("drill", DRILL),
        ("drills drill", DRILL),  # one stem
        ("drill lamp", DRILL + LAMP),
        ("the lamp of a drill", DRILL + LAMP),
        ("couch", UNKNOWN),  # nothing can match it well
        ("the", 0.0),
        ("", 0.0),
    ],
)
def test_the_best_score_is_that_of_a_title_with_every_word(query: str, score: float):
    assert TERMS.best_score(query) == pytest.approx(score)


def test_the_reach_is_a_share_of_the_inverse_frequencies():
    reached = TermStatistics(10, TERMS.counts, reach=0.75)

    assert reached.best_score("drill lamp") == pytest.approx(0.75 * (DRILL + LAMP))


def test_saved_statistics_are_loaded_again(tmp_path: Path):
    terms = TermStatistics(7, {"café": 3, "drill": 4}, reach=0.8125)

    terms.save(tmp_path / "terms.json")

    assert TermStatistics.load(tmp_path / "terms.json") == terms


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"products": 3}', r"terms\.json: .* 'counts'"),
        ("[3]", r"terms\.json: "),
        ("{", "double quotes"),
    ],
)
def test_a_damaged_file_is_rejected(tmp_path: Path, content: str, message: str):
    path = tmp_path / "terms.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ValueError, match=message):
        TermStatistics.load(path)
