"""Fit the blend: what cosine, text and lexical features weigh in the order of a window."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gram_es.training.stages.losses import listwise

_PULL = 1e-3  # towards the prior, per squared unit: matters where there are few queries
_ITERATIONS = 100
_LEAST_COSINE = 1.0  # of a dozen that fits on real judgments give it


def fit_weights(features: Tensor, gains: Tensor, prior: Sequence[float]) -> tuple[float, ...]:
    """Return the weights under which a softmax over each window is nearest to its gains.

    The result is relative to the weight of the first feature, the cosine: a score may be scaled.
    Where the cosine is of no use something is wrong with the windows: the prior stays.

    :param features: ``(queries, window, F)``; ``gains``: ``(queries, window)``, not negative; a
        window without a relevant product says nothing.
    :param prior: weights to start from and to stay near, ``(F,)``, as logits.
    """
    start = torch.tensor(prior, dtype=torch.float32)
    weights = start.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([weights], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        pull = _PULL * (weights - start).square().sum()
        total = listwise(features @ weights, gains) + pull
        total.backward()
        return total

    optimiser.step(loss)
    found = weights.detach()
    if found[0] < _LEAST_COSINE:
        found = start
    return tuple((found / found[0]).tolist())
