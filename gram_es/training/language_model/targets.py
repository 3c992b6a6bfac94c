"""Which codes a query or a product is to have, at three granularities.

Codes know how much they claim: a type is coarse, a type with one value medium, with two fine. Each
granularity has a share in a target, so that neither side learns to write broad codes alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Code

GRANULARITIES: Final = 3
_CODES_EACH: Final = 2  # of a granularity in a target; a code may have six, as in the paper
_MIN_USE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Target:
    """The codes that a text is to have: their numbers, and their weights, which sum to 1."""

    codes: tuple[int, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, weights: Mapping[int, float]) -> Target:
        """Scale weights of codes to the sum 1."""
        total = sum(weights.values())
        return cls(tuple(weights), tuple(weight / total for weight in weights.values()))


def granularity(code: Code) -> int:
    """Return 0 for a coarse code, 1 for a medium and 2 for a fine one."""
    claims = len(code.facets) or len(code.key)
    return min(claims, GRANULARITIES) - 1


def drawn_target(
    weights: Mapping[int, float], granularities: Sequence[int], rng: np.random.Generator
) -> Target:
    """Draw codes of a product: at most two of each granularity, heavy ones more often.

    :param weights: the product's codes with their weights, one or more.
    :param granularities: ``(codes,)``, the granularity of each code of the codebook.
    """
    drawn: dict[int, float] = {}
    for group in _by_granularity(weights, granularities):
        shares = np.array([weights[code] for code in group])
        count = min(_CODES_EACH, len(group))
        chosen = rng.choice(group, count, replace=False, p=shares / shares.sum())
        drawn |= dict.fromkeys(chosen.tolist(), 1.0)
    return Target.of(drawn)


def best_target(uses: Mapping[int, float], granularities: Sequence[int]) -> Target | None:
    """Return the most useful codes of a query, at most two of each granularity, weighted by use.

    :param uses: how well each code finds the query's products, from 0 to 1; see :func:`code_uses`.
    :return: ``None`` if no code finds them well.
    """
    usable = {code: use for code, use in uses.items() if use >= _MIN_USE}
    best: dict[int, float] = {}
    for group in _by_granularity(usable, granularities):
        ranked = sorted(group, key=lambda code: (-usable[code], code))[:_CODES_EACH]
        best |= {code: usable[code] for code in ranked}
    return Target.of(best) if best else None


def code_uses(
    products: Sequence[int],
    gains: NDArray[np.float64],
    codes_of: Sequence[Mapping[int, float]],
    counts: NDArray[np.int64],
) -> dict[int, float]:
    """Return how well codes find relevant products: the F-measure of precision and recall.

    :param products: ``(n,)``, the numbers of the relevant products.
    :param gains: ``(n,)``, how relevant each is, in (0, 1].
    :param codes_of: the codes of each product of the catalogue.
    :param counts: ``(codes,)``, how many products have each code.
    """
    reached: dict[int, float] = defaultdict(float)
    for product, gain in zip(products, gains.tolist(), strict=True):
        for code in codes_of[product]:
            reached[code] += gain
    total = float(gains.sum())
    return {code: 2 * gain / (total + float(counts[code])) for code, gain in reached.items()}


def _by_granularity(codes: Mapping[int, float], granularities: Sequence[int]) -> list[list[int]]:
    groups: list[list[int]] = [[] for _ in range(GRANULARITIES)]
    for code in codes:
        groups[granularities[code]].append(code)
    return [group for group in groups if group]
