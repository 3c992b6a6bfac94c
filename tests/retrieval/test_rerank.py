import pytest

from gram_es.records import WeightedCode
from gram_es.retrieval.calibration import Calibration
from gram_es.retrieval.queries import Clauses
from gram_es.retrieval.rerank import RankedHit, WindowHit, in_retrieval_order, rank_window

CALIBRATION = Calibration(scale=0.1, scorer=1.0, text=0.2)
CODES = (WeightedCode("drill", 0.5), WeightedCode("cordless", 0.25))
CLAUSES = Clauses("drill", "drill", CODES, None, "m1", scale=0.1)


def hit(name: str, rank: int, score: float, codes: tuple[str, ...] = ()) -> WindowHit:
    return WindowHit(name, "index", rank, score, codes)


def order(hits: list[RankedHit]) -> list[str]:
    return [hit.id for hit in hits]


def test_a_score_is_split_into_codes_and_text():
    [ranked] = rank_window([hit("a", 0, 1.05, ("saw", "drill"))], CLAUSES, CALIBRATION, [0.4])

    assert ranked.matched == (WeightedCode("drill", 0.5),)
    assert ranked.codes == 0.5
    assert ranked.text == pytest.approx(5.5)
    assert ranked.scorer == 0.4
    assert ranked.score == pytest.approx(0.4 + 0.2)  # the best text of the window counts in full


def test_the_blend_decides():
    hits = [hit("a", 0, 0.9), hit("b", 1, 0.5), hit("c", 2, 0.2)]

    ranked = rank_window(hits, CLAUSES, CALIBRATION, [0.1, 0.9, 0.5])

    assert order(ranked) == ["b", "c", "a"]
    assert [hit.score for hit in ranked] == pytest.approx(
        [0.9 + 0.2 * 5 / 9, 0.5 + 0.2 * 2 / 9, 0.3]
    )
    assert [hit.rank for hit in ranked] == [1, 2, 0]


def test_without_cosines_text_decides_and_codes_alone_come_last():
    hits = [
        hit("codes", 0, 0.75, ("drill", "cordless")),
        hit("both", 1, 0.6, ("drill",)),
        hit("text", 2, 0.3),
        hit("code", 3, 0.25, ("cordless",)),
    ]

    assert order(rank_window(hits, CLAUSES, CALIBRATION)) == ["text", "both", "codes", "code"]


def test_rounding_of_single_floats_is_no_text():
    [ranked] = rank_window([hit("a", 0, 0.750001, ("drill", "cordless"))], CLAUSES, CALIBRATION)

    assert ranked.text == 0.0


def test_a_product_without_a_vector_stands_in_the_middle():
    hits = [hit("low", 0, 0.1), hit("none", 1, 0.1), hit("high", 2, 0.1)]

    ranked = rank_window(hits, CLAUSES, CALIBRATION, [0.2, None, 0.8])

    assert order(ranked) == ["high", "none", "low"]
    assert ranked[1].scorer is None


def test_ties_keep_the_retrieval_order():
    hits = [hit("b", 0, 0.1), hit("a", 1, 0.1)]

    assert order(rank_window(hits, CLAUSES, CALIBRATION, [0.5, 0.5])) == ["b", "a"]


def test_what_the_identifier_names_comes_first_reranked_or_not():
    clauses = Clauses("x 1", "x 1", (), "x1", None, scale=0.1)
    named = WindowHit("named", "index", 1, 10.2, identifiers=("x1", "4006381333931"))
    hits = [hit("other", 0, 12.0), named]

    ranked = rank_window(hits, clauses, CALIBRATION)

    assert order(ranked) == ["named", "other"]
    assert ranked[0].exact
    assert ranked[0].text == pytest.approx(2.0)
    assert order(rank_window(hits, clauses, CALIBRATION, [0.9, 0.1])) == ["named", "other"]


def test_codes_alone_have_no_text_part():
    clauses = Clauses("", "", CODES, None, "m1", scale=0.1)

    ranked = rank_window([hit("a", 0, 0.5, ("drill",))], clauses, CALIBRATION)

    assert ranked[0].text == 0.0


def test_beyond_the_window_nothing_moves():
    hits = [hit("a", 500, 0.1), hit("b", 501, 0.3)]

    assert order(in_retrieval_order(hits, CLAUSES)) == ["a", "b"]


def test_an_empty_window_stays_empty():
    assert rank_window([], CLAUSES, CALIBRATION, []) == []
