"""The losses of the joint and the preference stage for two texts and an untrained network."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from gram_es.codes.trie import Trie
from gram_es.model.network import GramNetwork
from gram_es.training.stages.co_alignment import CodeHead
from gram_es.training.stages.joint import joint_stage, targets_from_head, targets_from_teachers
from gram_es.training.stages.preference import ANCHOR, BETA, MARGIN, preference_stage

TRIE = Trie([[4], [5], [5, 6], [5, 6, 4]], end=3)


@pytest.fixture
def network(untrained_network: Callable[[Trie], GramNetwork]) -> GramNetwork:
    return untrained_network(TRIE)


@pytest.fixture
def texts() -> torch.Tensor:
    vectors = torch.randn(2, 16, generator=torch.Generator().manual_seed(1))
    return F.normalize(vectors, dim=1).requires_grad_()


def test_the_loss_of_one_target_code_is_its_negative_log_probability(
    network: GramNetwork, texts: torch.Tensor
):
    codes, weights = torch.tensor([[2], [3]]), torch.ones(2, 1)

    targets = targets_from_teachers(texts, (codes, weights), np.random.default_rng(0))
    loss = joint_stage(network, TRIE, [targets])

    expected = -network.code_log_probs(texts, codes, TRIE).mean()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)


def test_the_mean_loss_of_drawn_codes_is_that_of_the_whole_distribution(
    network: GramNetwork, texts: torch.Tensor
):
    codes, weights = torch.tensor([[1, 2, 3]] * 2), torch.tensor([[0.2, 0.5, 0.3]] * 2)
    rng = np.random.default_rng(0)

    with torch.no_grad():
        draws = [targets_from_teachers(texts, (codes, weights), rng) for _ in range(400)]
        losses = [joint_stage(network, TRIE, [targets]).item() for targets in draws]
        expected = -(weights * network.code_log_probs(texts, codes, TRIE)).sum(1).mean()

    assert np.mean(losses) == pytest.approx(expected.item(), rel=0.01)


def test_a_text_without_teachers_has_no_effect(network: GramNetwork, texts: torch.Tensor):
    teachers = torch.tensor([[1, 2], [0, 0]]), torch.tensor([[0.5, 0.5], [0.0, 0.0]])

    joint_stage(
        network, TRIE, [targets_from_teachers(texts, teachers, np.random.default_rng(0))]
    ).backward()

    assert texts.grad is not None
    assert texts.grad[0].abs().max() > 0
    assert texts.grad[1].abs().max() == 0


def test_targets_from_the_head_are_its_own_distribution(texts: torch.Tensor):
    head = CodeHead(4, 16)
    torch.nn.init.normal_(head.weight)

    targets = targets_from_head(head, texts, np.random.default_rng(0))

    probs = head(texts).exp().gather(1, targets.codes)
    assert torch.allclose(targets.weights, probs)
    assert (probs[:, :-1] >= probs[:, 1:]).all()


def test_the_preference_loss_falls_with_the_lead_of_the_better_code(
    network: GramNetwork, texts: torch.Tensor
):
    pairs = torch.tensor([[0, 3], [2, 1]])

    loss = preference_stage(network, TRIE, queries=texts, pairs=pairs)

    better, worse = network.code_log_probs(texts, pairs, TRIE).unbind(1)
    lead = BETA * (better - worse) - MARGIN
    expected = (1 + (-lead).exp()).log().mean() - ANCHOR * better.mean()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)
