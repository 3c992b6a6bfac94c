"""The losses of the decoder's stages, on two texts and a network that has learnt nothing."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from gram_es.codes.trie import Trie
from gram_es.model.network import GramNetwork
from gram_es.training.stages.co_alignment import CodeHead
from gram_es.training.stages.joint import joint_stage, taught, taught_by
from gram_es.training.stages.preference import ANCHOR, BETA, MARGIN, preference_stage

TRIE = Trie([[4], [5], [5, 6], [5, 6, 4]], end=3)


@pytest.fixture
def network(untrained: Callable[[Trie], GramNetwork]) -> GramNetwork:
    return untrained(TRIE)


@pytest.fixture
def texts() -> torch.Tensor:
    vectors = torch.randn(2, 16, generator=torch.Generator().manual_seed(1))
    return F.normalize(vectors, dim=1).requires_grad_()


def test_one_right_code_costs_its_log_probability(network: GramNetwork, texts: torch.Tensor):
    codes, weights = torch.tensor([[2], [3]]), torch.ones(2, 1)

    lesson = taught(texts, (codes, weights), np.random.default_rng(0))
    loss = joint_stage(network, TRIE, [lesson])

    expected = -network.code_log_probs(texts, codes, TRIE).mean()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)


def test_drawn_codes_cost_in_the_mean_what_the_whole_distribution_costs(
    network: GramNetwork, texts: torch.Tensor
):
    codes, weights = torch.tensor([[1, 2, 3]] * 2), torch.tensor([[0.2, 0.5, 0.3]] * 2)
    chance = np.random.default_rng(0)

    with torch.no_grad():
        lessons = [taught(texts, (codes, weights), chance) for _ in range(400)]
        losses = [joint_stage(network, TRIE, [lesson]).item() for lesson in lessons]
        expected = -(weights * network.code_log_probs(texts, codes, TRIE)).sum(1).mean()

    assert np.mean(losses) == pytest.approx(expected.item(), rel=0.01)


def test_a_text_without_teachers_teaches_nothing(network: GramNetwork, texts: torch.Tensor):
    teachers = torch.tensor([[1, 2], [0, 0]]), torch.tensor([[0.5, 0.5], [0.0, 0.0]])

    joint_stage(network, TRIE, [taught(texts, teachers, np.random.default_rng(0))]).backward()

    assert texts.grad is not None
    assert texts.grad[0].abs().max() > 0
    assert texts.grad[1].abs().max() == 0


def test_the_head_teaches_its_own_distribution(texts: torch.Tensor):
    head = CodeHead(4, 16)
    torch.nn.init.normal_(head.weight)

    lesson = taught_by(head, texts, np.random.default_rng(0))

    said = head(texts).exp().gather(1, lesson.codes)
    assert torch.allclose(lesson.weights, said)
    assert (said[:, :-1] >= said[:, 1:]).all()


def test_a_preference_costs_by_how_little_the_better_code_leads(
    network: GramNetwork, texts: torch.Tensor
):
    pairs = torch.tensor([[0, 3], [2, 1]])

    loss = preference_stage(network, TRIE, queries=texts, pairs=pairs)

    better, worse = network.code_log_probs(texts, pairs, TRIE).unbind(1)
    lead = BETA * (better - worse) - MARGIN
    expected = (1 + (-lead).exp()).log().mean() - ANCHOR * better.mean()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)
