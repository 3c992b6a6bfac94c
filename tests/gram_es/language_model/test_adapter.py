from __future__ import annotations

from copy import deepcopy

import pytest
import torch

from gram_es.errors import ModelError
from gram_es.language_model.adapter import (
    WithoutAdapter,
    adapter_tensors,
    add_adapter,
    insert_adapter,
)
from gram_es.language_model.likelihood import LanguageModel

LABELS = ["sofa bed", "drill"]


def test_a_new_adapter_changes_nothing_and_a_trained_one_can_be_left_out(
    own_language_model: LanguageModel, language_model: LanguageModel
):
    network = own_language_model._network
    plain = language_model.log_likelihoods(language_model.prompt("to find"), LABELS)

    weights = add_adapter(network, seed=1)
    new = own_language_model.log_likelihoods(own_language_model.prompt("to find"), LABELS)
    with torch.no_grad():
        for weight in weights:
            weight += 0.3
    trained = own_language_model.log_likelihoods(own_language_model.prompt("to find"), LABELS)
    bare = LanguageModel(own_language_model._tokenizer, WithoutAdapter(network), name="bare")
    without = bare.log_likelihoods(bare.prompt("to find"), LABELS)
    again = own_language_model.log_likelihoods(own_language_model.prompt("to find"), LABELS)

    assert new == pytest.approx(plain, abs=1e-5)
    assert without == pytest.approx(plain, abs=1e-5)
    assert abs(trained - plain).max() > 1e-3
    assert again.tolist() == trained.tolist()


def test_trained_weights_are_inserted_into_the_same_network_only(
    own_language_model: LanguageModel, language_model: LanguageModel
):
    weights = add_adapter(own_language_model._network, seed=1)
    with torch.no_grad():
        for weight in weights:
            weight += 0.3
    tensors = adapter_tensors(own_language_model._network)
    expected = own_language_model.log_likelihoods(own_language_model.prompt("to find"), LABELS)

    network = deepcopy(language_model._network)
    insert_adapter(network, tensors)
    model = LanguageModel(own_language_model._tokenizer, network, name="trained")

    assert model.log_likelihoods(model.prompt("to find"), LABELS) == pytest.approx(
        expected, abs=1e-4
    )
    assert not any(weight.requires_grad for weight in network.parameters())
    with pytest.raises(ModelError, match="does not fit the language model"):
        insert_adapter(deepcopy(language_model._network), dict(list(tensors.items())[1:]))


def test_equal_seeds_begin_with_equal_weights(language_model: LanguageModel):
    networks = [deepcopy(language_model._network) for _ in range(3)]
    first, second, other = (
        add_adapter(network, seed=seed) for network, seed in zip(networks, (1, 1, 2), strict=True)
    )

    assert all(a.equal(b) for a, b in zip(first, second, strict=True))
    assert not all(a.equal(b) for a, b in zip(first, other, strict=True))
