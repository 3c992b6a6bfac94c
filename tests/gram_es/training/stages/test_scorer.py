import math

import pytest
import torch

from gram_es.training.stages.losses import (
    agreement_loss,
    code_cross_entropy,
    listwise,
    preference_loss,
)


def test_listwise_is_cross_entropy_with_graded_targets():
    scores = torch.tensor([[0.0, 0.0]])

    assert listwise(scores, torch.tensor([[1.0, 0.5]])).item() == pytest.approx(math.log(2))


def test_rows_without_a_relevant_product_are_ignored():
    scores = torch.tensor([[0.0, 0.0], [9.0, -9.0]])
    gains = torch.tensor([[1.0, 0.0], [0.0, 0.0]])

    assert listwise(scores, gains).item() == pytest.approx(math.log(2))


def test_agreement_rewards_a_code_that_only_the_relevant_pair_shares():
    query = torch.tensor([[0.9, 0.1]])
    right, wrong = [0.9, 0.1], [0.1, 0.9]
    gains = torch.tensor([[1.0, 0.0]])

    aligned = agreement_loss(query, torch.tensor([right, wrong]), gains)
    crossed = agreement_loss(query, torch.tensor([wrong, right]), gains)

    assert aligned.item() == pytest.approx(-math.log(0.82 / (0.82 + 0.18)), abs=1e-4)
    assert crossed.item() == pytest.approx(-math.log(0.18 / (0.82 + 0.18)), abs=1e-4)


def test_disjoint_codes_still_give_a_finite_gradient():
    query = torch.tensor([[1.0, 0.0]], requires_grad=True)

    agreement_loss(query, torch.tensor([[0.0, 1.0]]), torch.ones(1, 1)).backward()

    assert query.grad is not None
    assert query.grad.isfinite().all()


def test_code_cross_entropy_weights_each_code():
    log_probs = torch.tensor([[0.5, 0.25], [0.125, 1.0]]).log()
    weights = torch.tensor([[0.5, 0.5], [1.0, 0.0]])

    loss = code_cross_entropy(log_probs, weights)

    assert loss.item() == pytest.approx((0.5 * 1 + 0.5 * 2 + 3) * math.log(2) / 2)


def test_preference_loss_falls_with_the_lead_of_the_better_code():
    better, worse = torch.tensor([-1.0]), torch.tensor([-3.0])

    loss = preference_loss(better, worse, beta=1.0, margin=0.5)

    assert loss.item() == pytest.approx(math.log(1 + math.exp(-1.5)))
