import numpy as np
import torch

from gram_es.training.trainer import KeptVectors


def test_kept_vectors_of_queries_are_now_and_then_mistyped_ones():
    kept = KeptVectors(
        queries=torch.zeros(2_000, 1),
        mistyped=torch.ones(2_000, 1),
        labels=torch.empty(0, 1),
        products=torch.empty(0, 1),
    )

    drawn = kept.draw_queries(range(2_000), np.random.default_rng(0))

    assert 0.2 < float(drawn.mean()) < 0.3
