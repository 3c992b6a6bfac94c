"""Teacher codes: which codes a query or a product ought to generate, as a distribution.

For a query the measure is retrieval efficiency (GRAM, section 3.2): a code is worth the relevant
products that it reaches, those that better codes reach already counting less, the more the rarer it
is. For a product it is
its own codes, and the codes of the queries that it satisfies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gram_es.training.data.postings import Postings
from gram_es.training.data.query_pairs import QueryExample

QUERY_CODES = 6
PRODUCT_CODES = 12
_MAX_READ = 40  # relevant products looked at: more change the shares little
_MAX_VOTED = 200  # products that a query votes for

Target = tuple[NDArray[np.int64], NDArray[np.float64]]


def query_target(example: QueryExample, postings: Postings, idf: NDArray[np.float64]) -> Target:
    """Return up to ``QUERY_CODES`` codes with weights that sum to 1, or nothing."""
    read = np.argsort(-example.gains, kind="stable")
    if len(read) > _MAX_READ:
        read = read[np.linspace(0, len(read) - 1, _MAX_READ).astype(np.int64)]
    reach: dict[int, dict[int, float]] = {}
    for at in read.tolist():
        for code in postings.codes_of(int(example.products[at])).tolist():
            reach.setdefault(code, {})[at] = float(example.gains[at])
    chosen: list[int] = []
    worth: list[float] = []
    covered: Counter[int] = Counter()
    while reach and len(chosen) < QUERY_CODES:
        code, value = max(
            ((c, _added(found, covered) * idf[c]) for c, found in reach.items()),
            key=lambda pair: (pair[1], -pair[0]),
        )
        if value <= 0:
            break
        chosen.append(code)
        worth.append(value)
        covered.update(reach.pop(code).keys())
    return _normal(chosen, worth)


def _added(found: dict[int, float], covered: Counter[int]) -> float:
    return sum(gain / (1 + covered[at]) for at, gain in found.items())


def product_targets(
    postings: Postings,
    examples: Sequence[QueryExample],
    query_targets: Sequence[Target],
    idf: NDArray[np.float64],
) -> list[Target]:
    """Return each product's target: its own codes by rarity, and those of its queries by votes."""
    votes: list[Counter[int]] = [Counter() for _ in range(postings.products)]
    for example, (codes, weights) in zip(examples, query_targets, strict=True):
        every = range(0, len(example.products), max(1, len(example.products) // _MAX_VOTED))
        voted = list(every)
        for product, gain in zip(
            example.products[voted].tolist(), example.gains[voted].tolist(), strict=True
        ):
            for code, weight in zip(codes.tolist(), weights.tolist(), strict=True):
                votes[product][code] += gain * weight
    return [_product_target(postings.codes_of(n), votes[n], idf) for n in range(postings.products)]


def _product_target(
    own: NDArray[np.int64], votes: Counter[int], idf: NDArray[np.float64]
) -> Target:
    # One vote is as good as standing in the product's text; many votes grow slowly.
    worth = {code: float(idf[code]) for code in own.tolist()}
    for code, vote in votes.items():
        worth[code] = worth.get(code, 0.0) + float(np.log1p(vote) * idf[code])
    best = sorted(worth, key=lambda code: (-worth[code], code))[:PRODUCT_CODES]
    return _normal(best, [worth[code] for code in best])


def _normal(codes: list[int], worth: list[float]) -> Target:
    weights = np.array(worth, dtype=np.float64)
    total = weights.sum()
    if total <= 0:
        return np.empty(0, dtype=np.int64), np.empty(0)
    return np.array(codes, dtype=np.int64), weights / total
