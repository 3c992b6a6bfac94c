import numpy as np
import pytest

from gram_es.retrieval.rerank.feedback import feedback_cosines

EAST, NORTH, BETWEEN = [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]


def test_what_resembles_the_best_hit_is_near():
    products = np.array([EAST, NORTH, BETWEEN], dtype=np.float32)

    cosines = feedback_cosines(products, np.array([9.0, 0.0, 0.0], dtype=np.float32))

    assert cosines == pytest.approx([1.0, 0.0, 0.6], abs=1e-3)


def test_equals_share_the_middle():
    products = np.array([EAST, NORTH], dtype=np.float32)

    cosines = feedback_cosines(products, np.array([0.5, 0.5], dtype=np.float32))

    assert cosines == pytest.approx([0.5**0.5, 0.5**0.5])


def test_only_the_best_twenty_count():
    products = np.array([EAST] * 20 + [NORTH] * 500, dtype=np.float32)
    scores = np.array([0.1] * 20 + [0.0] * 500, dtype=np.float32)

    assert feedback_cosines(products, scores)[-1] == pytest.approx(0.0)


def test_what_is_left_out_has_no_say():
    products = np.array([EAST, NORTH], dtype=np.float32)

    cosines = feedback_cosines(products, np.array([0.2, -np.inf], dtype=np.float32))

    assert cosines == pytest.approx([1.0, 0.0])
