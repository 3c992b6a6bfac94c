"""The temperature of a query's code weights, by the order in which they retrieve products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TEMPERATURES = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)


def fit_temperature(
    codes: Tensor,
    log_probs: Tensor,
    carried: Sequence[Sequence[int]],
    relevant: Sequence[Mapping[int, float]],
) -> float:
    """Return the temperature whose weights rank relevant products highest, by their mean nDCG.

    A product's score is the sum of the weights of its codes, as in the index; of these the index
    leaves out what scores too low, which is not known yet.

    :param codes: ``(Q, K)``, the codes of each query; ``log_probs``: ``(Q, K)``, ``-inf`` where a
        code was dropped.
    :param carried: each product's codes; ``relevant``: each query's gains by product.
    """
    asked = [n for n, gains in enumerate(relevant) if gains and bool(log_probs[n].isfinite().any())]
    if not asked:
        return 1.0
    carries = _carries(carried, codes=max(int(codes.max()), 0) + 1)
    worth = np.zeros(len(TEMPERATURES))
    for query in asked:
        kept = log_probs[query].isfinite()
        matches = carries[codes[query][kept].numpy()].astype(np.float32)
        for n, temperature in enumerate(TEMPERATURES):
            weights = (log_probs[query][kept] / temperature).softmax(0).numpy()
            worth[n] += ndcg(weights @ matches, relevant[query])
    return TEMPERATURES[int(worth.argmax())]


def ndcg(scores: NDArray[np.float32], relevant: Mapping[int, float]) -> float:
    """Return the nDCG of the order of ``scores``, to its end; equal scores share their places.

    :param scores: ``(N,)``; ``relevant``: gains, not all of them 0, by product.
    """
    discounts = 1 / np.log2(np.arange(2, len(scores) + 2))
    sums = np.concatenate([[0.0], discounts.cumsum()])
    ordered = np.sort(-scores)
    rows = np.fromiter(relevant, dtype=np.int64)
    gains = np.fromiter(relevant.values(), dtype=np.float64)
    first = np.searchsorted(ordered, -scores[rows], side="left")
    last = np.searchsorted(ordered, -scores[rows], side="right")
    shared = (sums[last] - sums[first]) / (last - first)
    return float((gains * shared).sum() / (np.sort(gains)[::-1] * discounts[: len(gains)]).sum())


def _carries(carried: Sequence[Sequence[int]], *, codes: int) -> NDArray[np.bool_]:
    """Return which product carries which code, ``(codes, products)``."""
    table = torch.zeros(codes, len(carried), dtype=torch.bool)
    for product, own in enumerate(carried):
        table[[code for code in own if code < codes], product] = True
    found: NDArray[np.bool_] = table.numpy()
    return found
