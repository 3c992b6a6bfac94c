import numpy as np
import pytest

from gram_es.evaluation.bootstrap import paired_difference

QUERIES = [f"query {n}" for n in range(50)]
HARD_AND_EASY = {query: n / 100 for n, query in enumerate(QUERIES)}


def test_identical_systems_differ_by_nothing():
    found = paired_difference(HARD_AND_EASY, HARD_AND_EASY)

    assert (found.difference, found.low, found.high) == (0.0, 0.0, 0.0)


def test_an_equal_gain_on_every_query_is_certain_however_the_queries_differ():
    better = {query: score + 0.25 for query, score in HARD_AND_EASY.items()}

    found = paired_difference(better, HARD_AND_EASY)

    assert (found.difference, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_queries_are_paired_by_name_not_by_place():
    turned = dict(reversed(HARD_AND_EASY.items()))

    found = paired_difference(turned, HARD_AND_EASY)

    assert (found.low, found.high) == (0.0, 0.0)


def test_the_interval_is_that_of_a_mean_of_differences():
    # 100 queries, half of them won and half lost by .2: the mean's standard error is .02
    base = {f"query {n}": 0.5 for n in range(100)}
    other = {query: 0.7 if n % 2 else 0.3 for n, query in enumerate(base)}

    found = paired_difference(other, base)

    assert found.difference == pytest.approx(0.0)
    assert (found.low, found.high) == pytest.approx((-1.96 * 0.02, 1.96 * 0.02), abs=0.004)


def test_the_two_directions_mirror_each_other():
    noise = np.random.default_rng(1).normal(0.05, 0.1, len(QUERIES))
    other = {q: HARD_AND_EASY[q] + float(n) for q, n in zip(QUERIES, noise, strict=True)}

    there = paired_difference(other, HARD_AND_EASY)
    back = paired_difference(HARD_AND_EASY, other)

    assert there.low < there.difference < there.high
    assert (back.difference, back.low, back.high) == pytest.approx(
        (-there.difference, -there.high, -there.low)
    )
