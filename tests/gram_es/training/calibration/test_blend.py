import pytest
import torch

from gram_es.training.calibration.blend import fit_weights

PRIOR = (10.0, 0.0)


def test_a_feature_that_separates_relevant_products_gains_weight():
    # The cosines are equal; only the second feature is higher for the relevant product.
    features = torch.tensor([[[0.5, 1.0], [0.5, 0.0]], [[0.5, 0.0], [0.5, 1.0]]])
    gains = torch.tensor([[1.0, 0.0], [0.0, 1.0]])

    cosine, weight = fit_weights(features, gains, PRIOR)

    assert cosine == 1.0
    assert weight > 0.2


def test_a_feature_that_misleads_loses_weight():
    features = torch.tensor([[[0.5, 1.0], [0.5, 0.0]]])

    _, weight = fit_weights(features, torch.tensor([[0.0, 1.0]]), PRIOR)

    assert weight < -0.2


def test_windows_without_relevant_products_keep_the_prior():
    features = torch.rand(3, 5, 2, generator=torch.Generator().manual_seed(0))

    weights = fit_weights(features, torch.zeros(3, 5), (10.0, 4.0))

    assert weights == pytest.approx((1.0, 0.4))


def test_graded_gains_share_the_weight():
    """Without a prior, the scores of two products with gains 3 and 1 differ by ln 3."""
    features = torch.tensor([[[0.0, 1.0], [0.0, 0.0]]])

    _, weight = fit_weights(features, torch.tensor([[3.0, 1.0]]), (1.0, 0.0))

    assert weight == pytest.approx(1.0986, abs=0.02)


def test_windows_in_which_the_cosine_misleads_keep_the_prior():
    """Weights must not be divided by a cosine weight that is near 0 or negative."""
    features = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]]).expand(50, -1, -1)

    weights = fit_weights(features, torch.tensor([[0.0, 1.0]]).expand(50, -1), (10.0, 4.0))

    assert weights == pytest.approx((1.0, 0.4))
