"""Measure how well the codes of queries aim: the share of a code's products that is relevant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from gram_es.records import Enrichment, Product, WeightedCode


def code_precision(
    codes: Mapping[str, Sequence[WeightedCode]],
    relevant: Mapping[str, Collection[str]],
    products: Sequence[Product],
    enrichments: Sequence[Enrichment],
) -> float:
    """Return the mean, over queries, of the weighted share of their codes' products that match.

    The share of a query is the sum, over its codes, of the code's weight times the share of the
    products with the code that are relevant. Brands and values that the query does not imply lower
    it. A query without codes counts 0.

    :param codes: the codes of each query.
    :param relevant: the ids of the relevant products of each query.
    :param enrichments: the enrichments of ``products``, in the same order.
    """
    labels = {product.id: e.codes for product, e in zip(products, enrichments, strict=True)}
    counts = Counter(code.label for own in labels.values() for code in own)
    shares = []
    for query, weighted in codes.items():
        found = Counter(c.label for i in relevant[query] if i in labels for c in labels[i])
        shares.append(sum(c.weight * found[c.label] / max(1, counts[c.label]) for c in weighted))
    return sum(shares) / max(1, len(shares))
