import numpy as np
import pytest
import torch

from gram_es.codes.codebook import Code, Codebook
from gram_es.language_model.adapter import add_adapter
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.sides import PRODUCTS, QUERIES
from gram_es.training.language_model.examples import CodeExample
from gram_es.training.language_model.supervised import PackedExamples, supervised_loss
from gram_es.training.language_model.targets import Target

CODEBOOK = Codebook([Code(text, (text,), 3) for text in ("sofa", "sofa bed", "drill")])


def test_the_loss_is_the_cross_entropy_of_queries_and_a_share_of_that_of_products():
    probabilities = torch.tensor([0.5, 0.25, 0.1])
    weights = torch.tensor([0.5, 0.5, 1.0])
    is_query = torch.tensor([True, True, False])

    loss = supervised_loss(probabilities.log(), weights, is_query, product_share=0.5)

    queries = -(0.5 * np.log(0.5) + 0.5 * np.log(0.25))
    assert float(loss) == pytest.approx(queries - 0.5 * np.log(0.1), abs=1e-5)


def test_two_queries_count_as_their_mean():
    log_probs = torch.tensor([-1.0, -3.0])

    loss = supervised_loss(log_probs, torch.ones(2), torch.tensor([True, True]))

    assert float(loss) == pytest.approx(2.0)


def packed(model: LanguageModel) -> PackedExamples:
    return PackedExamples.of(
        model,
        CODEBOOK,
        [
            CodeExample(QUERIES, "couch", Target((0, 1), (0.75, 0.25))),
            CodeExample(PRODUCTS, "bed to find", Target((1,), (1.0,))),
        ],
    )


def test_packed_examples_have_the_likelihoods_of_each_text_by_itself(
    language_model: LanguageModel,
):
    batch = packed(language_model)

    log_probs = language_model.path_log_probs(batch.tree, batch.starts)

    def alone(side, text: str, label: str) -> float:
        prompt = language_model.prompt(side.beginning)
        [question] = language_model.prompts([side.question(text)], after=prompt)
        return float(language_model.log_likelihoods(question, [label])[0])

    expected = [
        alone(QUERIES, "couch", "sofa"),
        alone(QUERIES, "couch", "sofa bed"),
        alone(PRODUCTS, "bed to find", "sofa bed"),
    ]
    assert log_probs.tolist() == pytest.approx(expected, abs=1e-4)
    assert batch.is_query.tolist() == [True, True, False]


def test_the_loss_falls_where_the_adapter_learns_and_the_network_stays(
    own_language_model: LanguageModel,
):
    model = own_language_model
    before = {n: p.clone() for n, p in model._network.named_parameters()}
    weights = add_adapter(model._network, seed=1)
    batch = packed(model)
    optimiser = torch.optim.AdamW(weights.parameters(), lr=0.1)

    losses = []
    for _ in range(40):
        log_probs = model.path_log_probs(batch.tree, batch.starts)
        loss = supervised_loss(log_probs, batch.weights, batch.is_query)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))

    assert losses[-1] < losses[0] - 0.1
    after = dict(model._network.named_parameters())
    for name, weight in before.items():
        place = name if name in after else name.replace(".weight", ".base_layer.weight")
        assert after[place].equal(weight), name
