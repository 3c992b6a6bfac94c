import math

import pytest
import torch

from gram_es.training.language_model.alignment import BETA, alignment_loss, pair_log_probs


def test_the_probability_of_a_code_for_a_pair_is_the_mean_of_both_sides():
    log_probs = pair_log_probs(torch.tensor([0.4, 0.1]).log(), torch.tensor([0.2, 0.3]).log())

    assert log_probs.exp().tolist() == pytest.approx([0.3, 0.2])


def test_without_a_change_the_loss_is_the_log_of_two():
    loss = alignment_loss(torch.zeros(3), torch.ones(3), torch.tensor([True, False, False]))

    assert float(loss) == pytest.approx(math.log(2.0))


def test_the_loss_is_that_of_the_margin_by_the_token():
    gains, lengths = torch.tensor([1.0, -2.0]), torch.tensor([2.0, 4.0])

    loss = alignment_loss(gains, lengths, torch.tensor([True, False]))

    margin = BETA * (1.0 / 2 - -2.0 / 4)
    assert float(loss) == pytest.approx(math.log(1 + math.exp(-margin)))


def test_a_long_code_is_pushed_no_harder_than_a_short_one():
    gains = torch.zeros(3, requires_grad=True)
    lengths = torch.tensor([2.0, 2.0, 6.0])

    alignment_loss(gains, lengths, torch.tensor([True, False, False])).backward()

    assert gains.grad is not None
    agreed, short, long = gains.grad.tolist()
    assert agreed < 0 < long < short
    assert long * 6 == pytest.approx(short * 2)
