import numpy as np
import pytest

from gram_es.evaluation.bootstrap import paired_difference

QUERIES = [f"query {n}" for n in range(50)]
HARD_AND_EASY = {query: n / 100 for n, query in enumerate(QUERIES)}


def test_identical_systems_have_no_difference():
    result = paired_difference(HARD_AND_EASY, HARD_AND_EASY)

    assert (result.difference, result.low, result.high) == (0.0, 0.0, 0.0)


def test_an_equal_gain_on_every_query_has_an_interval_of_width_zero():
    better = {query: score + 0.25 for query, score in HARD_AND_EASY.items()}

    result = paired_difference(better, HARD_AND_EASY)

    assert (result.difference, result.low, result.high) == pytest.approx((0.25, 0.25, 0.25))


def test_queries_are_paired_by_text_not_by_position():
    reversed_scores = dict(reversed(HARD_AND_EASY.items()))

    result = paired_difference(reversed_scores, HARD_AND_EASY)

    assert (result.low, result.high) == (0.0, 0.0)


def test_the_interval_is_that_of_the_mean_difference():
    # 100 queries, half better and half worse by .2: the standard error of the mean is .02
    base = {f"query {n}": 0.5 for n in range(100)}
    other = {query: 0.7 if n % 2 else 0.3 for n, query in enumerate(base)}

    result = paired_difference(other, base)

    assert result.difference == pytest.approx(0.0)
    assert (result.low, result.high) == pytest.approx((-1.96 * 0.02, 1.96 * 0.02), abs=0.004)


def test_swapping_the_systems_mirrors_the_interval():
    noise = np.random.default_rng(1).normal(0.05, 0.1, len(QUERIES))
    other = {q: HARD_AND_EASY[q] + float(n) for q, n in zip(QUERIES, noise, strict=True)}

    forward = paired_difference(other, HARD_AND_EASY)
    backward = paired_difference(HARD_AND_EASY, other)

    assert forward.low < forward.difference < forward.high
    assert (backward.difference, backward.low, backward.high) == pytest.approx(
        (-forward.difference, -forward.high, -forward.low)
    )
