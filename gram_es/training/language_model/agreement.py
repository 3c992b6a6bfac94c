"""How well the codes of a query and of a product agree, by granularity.

The score of a pair is a weighted sum over the granularities of one less the Jensen–Shannon
divergence of both sides' distributions over codes: more agreement scores higher. A hinge loss
learns the weights from pairs of a relevant and another product.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

_MARGIN: Final = 0.1
_STEPS, _RATE = 300, 0.05


def agreement(query: Tensor, product: Tensor) -> Tensor:
    """Return how much two distributions agree, ``(...,)`` from 0, in no code, to 1, in all.

    :param query: ``(..., codes)``, weights of codes, not negative; they are scaled to the sum 1.
    :param product: ``(..., codes)``, likewise. Without weights on a side there is no agreement.
    """
    first, second = _scaled(query), _scaled(product)
    mean = (first + second) / 2
    divergence = (_relative_entropy(first, mean) + _relative_entropy(second, mean)) / 2
    has_both = (first.sum(-1) > 0) & (second.sum(-1) > 0)
    return torch.where(has_both, 1.0 - divergence / math.log(2.0), 0.0)


def hinge_loss(relevant: Tensor, other: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of max(0, margin - score of the relevant product + score of the other).

    :param relevant: ``(n, granularities)``, the agreements of queries with relevant products.
    :param other: ``(n, granularities)``, those of the same queries with other products.
    :param weights: ``(granularities,)``.
    """
    return (_MARGIN - (relevant - other) @ weights).clamp(min=0.0).mean()


def fit_granularity_weights(relevant: Tensor, other: Tensor) -> Tensor:
    """Return the weights with the lowest hinge loss, none negative and with the sum 1.

    :param relevant: ``(n, granularities)``; ``other``: likewise, see :func:`hinge_loss`.
    """
    raw = torch.zeros(relevant.shape[1], requires_grad=True)
    optimiser = torch.optim.Adam([raw], lr=_RATE)
    for _ in range(_STEPS):
        loss = hinge_loss(relevant, other, raw.softmax(0))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return raw.detach().softmax(0)


def _scaled(weights: Tensor) -> Tensor:
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-12)


def _relative_entropy(distribution: Tensor, mean: Tensor) -> Tensor:
    """Return KL(distribution || mean), where 0 log 0 is 0."""
    ratio = distribution / mean.clamp(min=1e-12)
    entropy: Tensor = torch.special.xlogy(distribution, ratio).sum(-1)
    return entropy
