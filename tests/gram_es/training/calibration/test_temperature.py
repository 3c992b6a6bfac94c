import numpy as np
import pytest
import torch

from gram_es.training.calibration.temperature import TEMPERATURES, fit_temperature, ndcg

LOG_PROBS = torch.tensor([[0.5, 0.26, 0.24]]).log()
CODES = torch.tensor([[0, 1, 2]])


def test_equal_scores_share_their_ranks():
    scores = np.array([0.0, 1.0, 0.0], dtype=np.float32)

    assert ndcg(scores, {1: 1.0}) == 1.0
    assert ndcg(scores, {0: 1.0}) == pytest.approx((1 / np.log2(3) + 1 / np.log2(4)) / 2)


def test_weights_are_sharp_where_the_first_code_is_enough():
    both, first = [1, 2], [0]

    temperature = fit_temperature(CODES, LOG_PROBS, [both, first, both], [{1: 1.0}])

    assert temperature == TEMPERATURES[0]


def test_weights_are_even_where_several_codes_agree():
    both, first = [1, 2], [0]

    temperature = fit_temperature(CODES, LOG_PROBS, [first, both, first], [{1: 1.0}])

    assert LOG_PROBS[0].div(temperature).softmax(0)[1:].sum() > 0.5


def test_a_dropped_code_has_no_effect():
    dropped = LOG_PROBS.masked_fill(CODES == 0, -torch.inf)

    assert fit_temperature(CODES, dropped, [[0], [1]], [{1: 1.0}]) == TEMPERATURES[0]


def test_without_relevant_products_the_temperature_is_one():
    assert fit_temperature(CODES, LOG_PROBS, [[0]], [{}]) == 1.0
