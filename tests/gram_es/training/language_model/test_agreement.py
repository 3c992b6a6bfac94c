import math

import pytest
import torch

from gram_es.training.language_model.agreement import (
    agreement,
    fit_granularity_weights,
    hinge_loss,
)


def test_equal_distributions_agree_wholly_and_disjoint_ones_not_at_all():
    query = torch.tensor([[2.0, 2.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    product = torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 0.0]])

    assert agreement(query, product).tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-6)


def test_more_agreement_scores_higher():
    query = torch.tensor([0.5, 0.5])
    products = torch.tensor([[0.9, 0.1], [0.7, 0.3], [0.5, 0.5]])

    scores = agreement(query.expand(3, 2), products).tolist()

    assert scores == sorted(scores)
    # mean (.7, .3): (.9 ln(.9/.7) + .1 ln(.1/.3) + .5 ln(.5/.7) + .5 ln(.5/.3)) / 2
    terms = ((0.9, 0.7), (0.1, 0.3), (0.5, 0.7), (0.5, 0.3))
    divergence = sum(p * math.log(p / m) for p, m in terms) / 2
    assert scores[0] == pytest.approx(1 - divergence / math.log(2), abs=1e-6)


def test_the_hinge_is_zero_where_the_margin_is_kept():
    relevant, other = torch.tensor([[0.8, 0.2], [0.5, 0.5]]), torch.tensor([[0.2, 0.2], [0.5, 0.5]])

    loss = hinge_loss(relevant, other, torch.tensor([0.5, 0.5]))

    assert float(loss) == pytest.approx(0.1 / 2)  # .3 beyond the margin, and none


def test_a_granularity_that_tells_relevant_products_apart_weighs_more():
    relevant, other = torch.tensor([[0.15, 0.5]]), torch.tensor([[0.1, 0.9]])

    weights = fit_granularity_weights(relevant, other)

    assert weights[0] > 0.9
    assert float(weights.sum()) == pytest.approx(1.0)
