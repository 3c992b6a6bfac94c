"""Paired bootstrap: confidence intervals for the difference between two systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gram_es.evaluation.measures import Scores

_RESAMPLES = 2_000
_SEED = 0
_TAILS = (0.025, 0.975)
_DRAWS_PER_BLOCK = 1_000_000  # 8 MB


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of means over queries; its 95 % interval is ``low`` to ``high``."""

    difference: float
    low: float
    high: float


def differences(a: Scores, b: Scores) -> dict[str, Difference]:
    """Return, for each measure, the paired difference ``a - b`` of two systems.

    Both systems must have been measured on the same queries.
    """
    return {name: paired_difference(a.by_query[name], b.by_query[name]) for name in a.by_query}


def paired_difference(
    a_by_query: Mapping[str, float], b_by_query: Mapping[str, float]
) -> Difference:
    """Return the mean of ``a - b`` with its percentile interval over 2,000 resamples of queries.

    Every resample draws queries with replacement and uses both systems' scores of each query, so
    that the difficulty of a query cancels out (Sakai, SIGIR 2006). The seed is fixed: the same
    scores in the same order give the same interval.
    """
    assert a_by_query.keys() == b_by_query.keys()
    values = np.array([score - b_by_query[query] for query, score in a_by_query.items()])
    low, high = np.quantile(_resampled_means(values), _TAILS)
    return Difference(float(values.mean()), float(low), float(high))


def _resampled_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    rng = np.random.default_rng(_SEED)
    rows = max(1, _DRAWS_PER_BLOCK // len(values))
    sizes = [min(rows, _RESAMPLES - first) for first in range(0, _RESAMPLES, rows)]
    drawn = (values[rng.integers(len(values), size=(size, len(values)))] for size in sizes)
    return np.concatenate([sample.mean(axis=1) for sample in drawn])
