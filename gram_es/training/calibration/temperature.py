"""Fit the temperature of a query's code weights by how well they rank products."""

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
    codes_by_product: Sequence[Sequence[int]],
    relevant: Sequence[Mapping[int, float]],
) -> float:
    """Return the one of ``TEMPERATURES`` with the highest mean nDCG; 1 without usable queries.

    A product's score is the sum of the weights of its codes, as in the index. The index also drops
    codes with too low a score; that limit is not known yet.

    :param codes: ``(Q, K)``, the codes of each query.
    :param log_probs: ``(Q, K)``, ``-inf`` where a code was dropped.
    :param codes_by_product: the codes of each product.
    :param relevant: the gains of each query's relevant products.
    """
    queries = [n for n, gains in enumerate(relevant) if gains and log_probs[n].isfinite().any()]
    if not queries:
        return 1.0
    carries_code = _carries_code(codes_by_product, codes=max(int(codes.max()), 0) + 1)
    totals = np.zeros(len(TEMPERATURES))
    for query in queries:
        is_usable = log_probs[query].isfinite()
        matches = carries_code[codes[query][is_usable].numpy()].astype(np.float32)
        for n, temperature in enumerate(TEMPERATURES):
            weights = (log_probs[query][is_usable] / temperature).softmax(0).numpy()
            totals[n] += ndcg(weights @ matches, relevant[query])
    return TEMPERATURES[int(totals.argmax())]


def ndcg(scores: NDArray[np.float32], relevant: Mapping[int, float]) -> float:
    """Return the nDCG of the whole order of ``scores``; products with equal scores share ranks.

    :param scores: ``(N,)``.
    :param relevant: gains by product, not all of them 0.
    """
    discounts = 1 / np.log2(np.arange(2, len(scores) + 2))
    sums = np.concatenate([[0.0], discounts.cumsum()])
    ordered = np.sort(-scores)
    rows = np.fromiter(relevant, dtype=np.int64)
    gains = np.fromiter(relevant.values(), dtype=np.float64)
    first = np.searchsorted(ordered, -scores[rows], side="left")
    last = np.searchsorted(ordered, -scores[rows], side="right")
    mean_discounts = (sums[last] - sums[first]) / (last - first)
    ideal = (np.sort(gains)[::-1] * discounts[: len(gains)]).sum()
    return float((gains * mean_discounts).sum() / ideal)


def _carries_code(codes_by_product: Sequence[Sequence[int]], *, codes: int) -> NDArray[np.bool_]:
    """Return which product carries which code, ``(codes, products)``."""
    table = torch.zeros(codes, len(codes_by_product), dtype=torch.bool)
    for product, product_codes in enumerate(codes_by_product):
        table[[code for code in product_codes if code < codes], product] = True
    carries_code: NDArray[np.bool_] = table.numpy()
    return carries_code
