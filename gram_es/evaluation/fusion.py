"""Fusing the hits of several systems into one ranking: reciprocal ranks, or normalised scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

Scored = Mapping[str, float]  # product id to score, best first

_RRF_K = 60  # as in the paper, and Elasticsearch's default
_EQUAL = 1e-6


def reciprocal_rank_fusion(systems: Sequence[Scored]) -> dict[str, float]:
    """Return the products of all ``systems`` by the sum of 1 / (60 + rank), best first.

    Ranks count from 1; the scores are not looked at (Cormack et al., SIGIR 2009). Ties keep the
    order of the systems.
    """
    ranked = [{p: 1 / (_RRF_K + rank) for rank, p in enumerate(hits, 1)} for hits in systems]
    return _summed(ranked)


def min_max_hybrid(systems: Sequence[Scored]) -> dict[str, float]:
    """Return the products of all ``systems`` by the mean of their normalised scores, best first.

    What Elasticsearch's ``linear`` retriever does with ``minmax`` and equal weights: a product
    that a system did not retrieve gets 0 from it. Ties keep the order of the systems.
    """
    weight = 1 / len(systems)
    return _summed([{p: weight * s for p, s in min_max(hits).items()} for hits in systems])


def min_max(hits: Scored) -> dict[str, float]:
    """Return ``hits`` with the lowest score moved to 0, the highest to 1; equal scores become 1."""
    if not hits:
        return {}
    low, high = min(hits.values()), max(hits.values())
    if high - low < _EQUAL:
        return dict.fromkeys(hits, 1.0)
    return {product: (score - low) / (high - low) for product, score in hits.items()}


def _summed(systems: Sequence[Scored]) -> dict[str, float]:
    totals: defaultdict[str, float] = defaultdict(float)
    for hits in systems:
        for product, score in hits.items():
            totals[product] += score
    return dict(sorted(totals.items(), key=lambda pair: -pair[1]))
