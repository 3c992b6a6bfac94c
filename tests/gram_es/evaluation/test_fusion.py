import pytest

from gram_es.evaluation.fusion import min_max, min_max_hybrid, reciprocal_rank_fusion

WORDS = {"a": 9.0, "b": 6.0, "c": 5.0}
DENSE = {"b": 0.9, "d": 0.8, "a": 0.5}


def test_reciprocal_ranks_add_up():
    fused = reciprocal_rank_fusion([WORDS, DENSE])

    assert list(fused) == ["b", "a", "d", "c"]
    assert fused == pytest.approx(
        {"b": 1 / 62 + 1 / 61, "a": 1 / 61 + 1 / 63, "d": 1 / 62, "c": 1 / 63}
    )


def test_reciprocal_ranks_do_not_depend_on_scores():
    scaled = {product: 100 * score for product, score in WORDS.items()}

    assert reciprocal_rank_fusion([scaled, DENSE]) == reciprocal_rank_fusion([WORDS, DENSE])


def test_the_hybrid_is_the_mean_of_scores_between_0_and_1():
    fused = min_max_hybrid([WORDS, DENSE])

    assert list(fused) == ["b", "a", "d", "c"]
    assert fused == pytest.approx(
        {"b": (1 / 4 + 1) / 2, "a": (1 + 0) / 2, "d": (0 + 3 / 4) / 2, "c": 0.0}
    )


def test_equal_scores_all_become_1():
    assert min_max({"a": 3.0, "b": 3.0}) == {"a": 1.0, "b": 1.0}


def test_a_system_without_hits_does_not_change_the_order_of_the_other():
    assert list(reciprocal_rank_fusion([{}, DENSE])) == list(DENSE)
    assert list(min_max_hybrid([{}, DENSE])) == list(DENSE)
    assert min_max_hybrid([{}, {}]) == {}


def test_ties_keep_the_order_of_the_systems():
    assert list(reciprocal_rank_fusion([{"x": 2.0}, {"a": 2.0}])) == ["x", "a"]
