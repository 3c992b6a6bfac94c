import numpy as np
import torch

from gram_es.training.kept import KeptVectors


def test_kept_vectors_of_queries_are_now_and_then_mistyped_ones():
    kept = KeptVectors(
        queries=torch.zeros(2_000, 1),
        mistyped=torch.ones(2_000, 1),
        labels=torch.full((5, 1), 2.0),
        products=torch.full((3, 1), 3.0),
    )

    queries, products = kept.draw(range(2_000), [4, 0], [1], np.random.default_rng(0))

    assert queries.shape == (2_002, 1)
    assert 0.2 < float(queries[:2_000].mean()) < 0.3
    assert queries[2_000:].tolist() == [[2.0], [2.0]]
    assert products.tolist() == [[3.0]]
