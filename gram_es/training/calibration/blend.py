"""Fit the blend: the weights of cosine, BM25, lexical features and feedback in the rerank."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gram_es.training.stages.scorer import listwise

_PRIOR_STRENGTH = 1e-3  # weight of the squared distance to the prior; it matters with few queries
_ITERATIONS = 100
_MIN_COSINE = 1.0  # fits on real judgments give the cosine a weight of about 12


def fit_weights(features: Tensor, gains: Tensor, prior: Sequence[float]) -> tuple[float, ...]:
    """Return the weights with which a softmax over each window comes closest to the gains.

    A window contains the products that are reranked for one query. The weights are divided by the
    weight of the first feature, the cosine, because a common factor does not change the order. If
    the fitted weight of the cosine is below ``_MIN_COSINE``, the fit is not plausible, and the
    weights in ``prior`` are returned instead.

    :param features: ``(queries, window, F)``.
    :param gains: ``(queries, window)``, not negative; a window without a relevant product has no
        effect.
    :param prior: ``(F,)``, the weights to start from and to stay close to, before the division.
    """
    start = torch.tensor(prior, dtype=torch.float32)
    weights = start.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([weights], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        penalty = _PRIOR_STRENGTH * (weights - start).square().sum()
        total = listwise(features @ weights, gains) + penalty
        total.backward()
        return total

    optimiser.step(loss)
    fitted = weights.detach()
    if fitted[0] < _MIN_COSINE:
        fitted = start
    return tuple((fitted / fitted[0]).tolist())
