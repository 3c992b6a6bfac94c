import numpy as np
import pytest

from gram_es.retrieval.rerank.feedback import feedback_cosines

EAST, NORTH, BETWEEN = [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]


def test_products_similar_to_the_best_hit_have_a_high_cosine():
    products = np.array([EAST, NORTH, BETWEEN], dtype=np.float32)

    cosines = feedback_cosines(products, np.array([9.0, 0.0, 0.0], dtype=np.float32))

    assert cosines == pytest.approx([1.0, 0.0, 0.6], abs=1e-3)


def test_equal_scores_weigh_the_same():
    products = np.array([EAST, NORTH], dtype=np.float32)

    cosines = feedback_cosines(products, np.array([0.5, 0.5], dtype=np.float32))

    assert cosines == pytest.approx([0.5**0.5, 0.5**0.5])


def test_only_the_best_twenty_products_are_used():
    products = np.array([EAST] * 20 + [NORTH] * 500, dtype=np.float32)
    scores = np.array([0.1] * 20 + [0.0] * 500, dtype=np.float32)

    assert feedback_cosines(products, scores)[-1] == pytest.approx(0.0)


def test_excluded_products_are_not_used():
    products = np.array([EAST, NORTH], dtype=np.float32)

    cosines = feedback_cosines(products, np.array([0.2, -np.inf], dtype=np.float32))

    assert cosines == pytest.approx([1.0, 0.0])
