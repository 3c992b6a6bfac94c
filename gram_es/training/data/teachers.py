"""Teacher codes: the codes that a query or a product should generate, with their weights.

The weight of a query's code is proportional to the code's retrieval efficiency (GRAM, section 3.2).
The efficiency is the sum of the gains of the relevant products with the code, times the code's
rarity. A product counts less if it also has a better teacher code of the query. The teacher codes
of a product are the codes in its own text and the teacher codes of the queries for which the
product is relevant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gram_es.training.data.postings import Postings
from gram_es.training.data.query_pairs import QueryExample

MAX_QUERY_CODES = 6
MAX_PRODUCT_CODES = 12
_MAX_RELEVANT = 40  # relevant products used for a query; more of them change the weights little
_MAX_VOTED = 200  # products for which a query votes, at most

Target = tuple[NDArray[np.int64], NDArray[np.float64]]


def query_target(example: QueryExample, postings: Postings, idf: NDArray[np.float64]) -> Target:
    """Return a query's teacher codes and their weights, which sum to 1.

    Up to ``MAX_QUERY_CODES`` codes are chosen greedily. The result is empty if the relevant
    products have no codes, or only codes that all products of the catalogue have.
    """
    positions = np.argsort(-example.gains, kind="stable")
    if len(positions) > _MAX_RELEVANT:
        positions = positions[np.linspace(0, len(positions) - 1, _MAX_RELEVANT).astype(np.int64)]
    gains_by_code: dict[int, dict[int, float]] = {}
    for position in positions.tolist():
        for code in postings.codes_of(int(example.products[position])).tolist():
            gains_by_code.setdefault(code, {})[position] = float(example.gains[position])
    chosen: list[int] = []
    values: list[float] = []
    covered: Counter[int] = Counter()
    while gains_by_code and len(chosen) < MAX_QUERY_CODES:
        code, value = max(
            ((c, _added_gain(gains, covered) * idf[c]) for c, gains in gains_by_code.items()),
            key=lambda pair: (pair[1], -pair[0]),
        )
        if value <= 0:
            break
        chosen.append(code)
        values.append(value)
        covered.update(gains_by_code.pop(code).keys())
    return _normalise(chosen, values)


def _added_gain(gains: dict[int, float], covered: Counter[int]) -> float:
    """Return the sum of the gains of the products with a code.

    Each gain is divided by 1 + the number of codes of its product that have already been chosen.

    :param gains: the gains of the products, by the product's position in the example.
    :param covered: the number of chosen codes of a product, by the product's position.
    """
    return sum(gain / (1 + covered[position]) for position, gain in gains.items())


def product_targets(
    postings: Postings,
    examples: Sequence[QueryExample],
    query_targets: Sequence[Target],
    idf: NDArray[np.float64],
) -> list[Target]:
    """Return each product's teacher codes and their weights, which sum to 1.

    They are codes in the product's own text, and teacher codes of the queries for which the product
    is relevant. Such a query adds a vote to the weight of each of its codes. A vote is the
    product's gain times the code's weight for the query.
    """
    votes: list[Counter[int]] = [Counter() for _ in range(postings.products)]
    for example, (codes, weights) in zip(examples, query_targets, strict=True):
        step = max(1, len(example.products) // _MAX_VOTED)
        for product, gain in zip(
            example.products[::step].tolist(), example.gains[::step].tolist(), strict=True
        ):
            for code, weight in zip(codes.tolist(), weights.tolist(), strict=True):
                votes[product][code] += gain * weight
    return [_product_target(postings.codes_of(n), votes[n], idf) for n in range(postings.products)]


def _product_target(
    own_codes: NDArray[np.int64], votes: Counter[int], idf: NDArray[np.float64]
) -> Target:
    # Because of the logarithm, a few votes count about as much as a code in the product's own text.
    values = {code: float(idf[code]) for code in own_codes.tolist()}
    for code, vote in votes.items():
        values[code] = values.get(code, 0.0) + float(np.log1p(vote) * idf[code])
    best = sorted(values, key=lambda code: (-values[code], code))[:MAX_PRODUCT_CODES]
    return _normalise(best, [values[code] for code in best])


def _normalise(codes: list[int], values: list[float]) -> Target:
    weights = np.array(values, dtype=np.float64)
    total = weights.sum()
    if total <= 0:
        return np.empty(0, dtype=np.int64), np.empty(0)
    return np.array(codes, dtype=np.int64), weights / total
