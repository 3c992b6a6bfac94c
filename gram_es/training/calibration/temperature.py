"""Fit the temperature that turns log-probabilities of codes into weights that rank well."""

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
    """Return the temperature, one of ``TEMPERATURES``, with the highest mean nDCG.

    Return 1 if no query has both a code and a relevant product. A product's score is the sum of the
    weights that the query gives to the product's codes, as in the index. Unlike in the index,
    product codes with low scores count too, because the lowest score is fitted later.

    :param codes: ``(Q, K)``, the codes of each query.
    :param log_probs: ``(Q, K)``, the log-probabilities of the codes; ``-inf`` for a dropped code.
    :param codes_by_product: the codes of each product.
    :param relevant: for each query, the gains of its relevant products by product number.
    """
    queries = [n for n, gains in enumerate(relevant) if gains and log_probs[n].isfinite().any()]
    if not queries:
        return 1.0
    has_code = _has_code(codes_by_product, codes=max(int(codes.max()), 0) + 1)
    totals = np.zeros(len(TEMPERATURES))
    for query in queries:
        is_usable = log_probs[query].isfinite()
        matches = has_code[codes[query][is_usable].numpy()].astype(np.float32)
        for n, temperature in enumerate(TEMPERATURES):
            weights = (log_probs[query][is_usable] / temperature).softmax(0).numpy()
            totals[n] += ndcg(weights @ matches, relevant[query])
    return TEMPERATURES[int(totals.argmax())]


def ndcg(scores: NDArray[np.float32], relevant: Mapping[int, float]) -> float:
    """Return the nDCG of all products ranked by score.

    Products with equal scores share their ranks: each gets the mean discount of these ranks.

    :param scores: ``(N,)``, the score of each product.
    :param relevant: gains by product number; at least one is not 0.
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


def _has_code(codes_by_product: Sequence[Sequence[int]], *, codes: int) -> NDArray[np.bool_]:
    """Return which codes each product has, ``(codes, products)``."""
    table = torch.zeros(codes, len(codes_by_product), dtype=torch.bool)
    for product, product_codes in enumerate(codes_by_product):
        table[[code for code in product_codes if code < codes], product] = True
    has_code: NDArray[np.bool_] = table.numpy()
    return has_code
