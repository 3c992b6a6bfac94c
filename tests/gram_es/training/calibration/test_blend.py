import pytest
import torch

from gram_es.training.calibration.blend import fit_weights

PRIOR = (10.0, 0.0)


def test_a_feature_that_tells_right_from_wrong_gains_weight():
    # cosines are equal; only the second feature knows the relevant product
    features = torch.tensor([[[0.5, 1.0], [0.5, 0.0]], [[0.5, 0.0], [0.5, 1.0]]])
    gains = torch.tensor([[1.0, 0.0], [0.0, 1.0]])

    cosine, told = fit_weights(features, gains, PRIOR)

    assert cosine == 1.0
    assert told > 0.2


def test_a_feature_that_misleads_loses_weight():
    features = torch.tensor([[[0.5, 1.0], [0.5, 0.0]]])

    _, told = fit_weights(features, torch.tensor([[0.0, 1.0]]), PRIOR)

    assert told < -0.2


def test_windows_that_say_nothing_leave_the_prior_as_it_is():
    features = torch.rand(3, 5, 2, generator=torch.Generator().manual_seed(0))

    weights = fit_weights(features, torch.zeros(3, 5), (10.0, 4.0))

    assert weights == pytest.approx((1.0, 0.4))


def test_graded_gains_share_the_weight():
    """Two products, gains 3 to 1: the difference of their scores is ln 3 where nothing pulls."""
    features = torch.tensor([[[0.0, 1.0], [0.0, 0.0]]])

    _, told = fit_weights(features, torch.tensor([[3.0, 1.0]]), (1.0, 0.0))

    assert told == pytest.approx(1.0986, abs=0.02)


def test_windows_in_which_the_cosine_misleads_leave_the_prior():
    """Something is wrong with such windows; no weight may be divided by next to nothing."""
    features = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]]).expand(50, -1, -1)

    weights = fit_weights(features, torch.tensor([[0.0, 1.0]]).expand(50, -1), (10.0, 4.0))

    assert weights == pytest.approx((1.0, 0.4))
