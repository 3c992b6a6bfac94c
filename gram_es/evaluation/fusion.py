"""Fuse the hits of several systems by reciprocal ranks or by normalised scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

ScoredHits = Mapping[str, float]  # product id to score, best first

_RRF_K = 60  # as in the paper; also Elasticsearch's default
_EQUAL = 1e-6


def reciprocal_rank_fusion(systems: Sequence[ScoredHits]) -> dict[str, float]:
    """Return the products of all ``systems`` with the sum of 1 / (60 + rank), best first.

    Ranks start at 1; the scores are not used (Cormack et al., SIGIR 2009). Tied products stay in
    the order in which they first appear in ``systems``.
    """
    ranked = [{p: 1 / (_RRF_K + rank) for rank, p in enumerate(hits, 1)} for hits in systems]
    return _summed(ranked)


def min_max_hybrid(systems: Sequence[ScoredHits]) -> dict[str, float]:
    """Return the products of all ``systems`` with the mean of their normalised scores, best first.

    Elasticsearch's ``linear`` retriever does the same with ``minmax`` and equal weights. If a
    system did not retrieve a product, the product's score in that system is 0. Tied products stay
    in the order in which they first appear in ``systems``.
    """
    weight = 1 / len(systems)
    return _summed([{p: weight * s for p, s in min_max(hits).items()} for hits in systems])


def min_max(hits: ScoredHits) -> dict[str, float]:
    """Return ``hits`` with scores scaled linearly to [0, 1]; equal scores all become 1."""
    if not hits:
        return {}
    low, high = min(hits.values()), max(hits.values())
    if high - low < _EQUAL:
        return dict.fromkeys(hits, 1.0)
    return {product: (score - low) / (high - low) for product, score in hits.items()}


def _summed(systems: Sequence[ScoredHits]) -> dict[str, float]:
    totals: defaultdict[str, float] = defaultdict(float)
    for hits in systems:
        for product, score in hits.items():
            totals[product] += score
    return dict(sorted(totals.items(), key=lambda pair: -pair[1]))
