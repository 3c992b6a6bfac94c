import numpy as np
import pytest
import torch

from gram_es.training.calibration.temperature import TEMPERATURES, fit_temperature, ndcg

LOG_PROBS = torch.tensor([[0.5, 0.26, 0.24]]).log()
CODES = torch.tensor([[0, 1, 2]])


def test_equal_scores_share_their_places():
    scores = np.array([0.0, 1.0, 0.0], dtype=np.float32)

    assert ndcg(scores, {1: 1.0}) == 1.0
    assert ndcg(scores, {0: 1.0}) == pytest.approx((1 / np.log2(3) + 1 / np.log2(4)) / 2)


def test_where_the_first_code_tells_it_all_the_weights_are_sharp():
    both, first = [1, 2], [0]

    found = fit_temperature(CODES, LOG_PROBS, [both, first, both], [{1: 1.0}])

    assert found == TEMPERATURES[0]


def test_where_several_codes_agree_the_weights_are_even():
    both, first = [1, 2], [0]

    found = fit_temperature(CODES, LOG_PROBS, [first, both, first], [{1: 1.0}])

    assert LOG_PROBS[0].div(found).softmax(0)[1:].sum() > 0.5


def test_a_dropped_code_has_no_say():
    dropped = LOG_PROBS.masked_fill(CODES == 0, -torch.inf)

    assert fit_temperature(CODES, dropped, [[0], [1]], [{1: 1.0}]) == TEMPERATURES[0]


def test_nothing_to_fit_on_leaves_the_probabilities_as_they_are():
    assert fit_temperature(CODES, LOG_PROBS, [[0]], [{}]) == 1.0
