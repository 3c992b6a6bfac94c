import numpy as np
import torch

from gram_es.training.trainer import CachedVectors


def test_a_quarter_of_the_cached_queries_drawn_have_typing_errors():
    cached = CachedVectors(
        queries=torch.zeros(2_000, 1),
        mistyped=torch.ones(2_000, 1),
        labels=torch.empty(0, 1),
        products=torch.empty(0, 1),
    )

    drawn = cached.draw_queries(range(2_000), np.random.default_rng(0))

    assert 0.2 < float(drawn.mean()) < 0.3
