"""The probabilities of codes in a small untrained network."""

from collections.abc import Callable

import pytest
import torch

from gram_es.codes.trie import Trie
from gram_es.model.network import GramNetwork

TRIE = Trie([[4], [4, 5], [4, 5, 6], [5, 6], [7]], end=3)


@pytest.fixture
def network(untrained_network: Callable[[Trie], GramNetwork]) -> GramNetwork:
    return untrained_network(TRIE)


def encoded(network: GramNetwork):
    ids = torch.tensor([[1, 4, 5, 0], [1, 6, 6, 7]])
    return network.encode(ids, torch.tensor([[True, True, True, False], [True] * 4]))


def test_the_probabilities_of_all_codes_sum_to_one(network: GramNetwork):
    all_codes = torch.arange(5).expand(2, -1)

    log_probs = network.code_log_probs(encoded(network), all_codes, TRIE)

    assert log_probs.exp().sum(1).tolist() == pytest.approx([1.0, 1.0], abs=1e-5)


def test_the_beam_gives_each_code_the_probability_that_training_gives_it(network: GramNetwork):
    beams = network.generate_codes(encoded(network), TRIE, beams=5)

    log_probs = network.code_log_probs(encoded(network), beams.codes, TRIE)

    assert beams.codes.sort(1).values.tolist() == [[0, 1, 2, 3, 4]] * 2
    assert torch.allclose(beams.log_probs, log_probs, atol=1e-4)


def test_padding_changes_nothing(network: GramNetwork):
    short = network.encode(torch.tensor([[1, 4, 5]]), torch.ones(1, 3, dtype=torch.bool))

    padded = encoded(network)

    assert torch.allclose(short[0], padded[0], atol=1e-5)


def test_an_initialised_decoder_generates_the_code_closest_to_the_text(network: GramNetwork):
    texts = encoded(network)
    opposite = -texts[0]
    codes = torch.stack([opposite, opposite, opposite, opposite, texts[0]])

    network.initialise_decoder(codes, TRIE)

    beams = network.generate_codes(texts, TRIE, beams=1)
    assert beams.codes[0, 0] == 4
