import math

import pytest
import torch

from gram_es.training.stages.scorer import listwise, scorer_loss


def test_listwise_is_cross_entropy_with_graded_targets():
    scores = torch.tensor([[0.0, 0.0]])

    assert listwise(scores, torch.tensor([[1.0, 0.5]])).item() == pytest.approx(math.log(2))


def test_rows_without_a_relevant_product_are_ignored():
    scores = torch.tensor([[0.0, 0.0], [9.0, -9.0]])
    gains = torch.tensor([[1.0, 0.0], [0.0, 0.0]])

    assert listwise(scores, gains).item() == pytest.approx(math.log(2))


def test_the_scorer_loss_contrasts_the_products_of_a_query_and_the_queries_of_a_product():
    queries = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    products = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    right, wrong = torch.eye(2).flip(1), torch.eye(2)

    assert scorer_loss(queries, products, right).item() == pytest.approx(0.0, abs=1e-6)
    assert scorer_loss(queries, products, wrong).item() == pytest.approx(1.5 * 20, abs=1e-4)
