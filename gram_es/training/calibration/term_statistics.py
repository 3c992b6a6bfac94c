"""Fit the term statistics of a catalogue: count its stems, and see what titles score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gram_es.records import Product
from gram_es.text.normalise import normalise
from gram_es.text.term_statistics import TermStatistics
from gram_es.training.data.bm25 import Bm25Index

_MIN_COUNT = 3  # rarer stems are left out: they score like stems that the catalogue lacks
_SAMPLE = 300
_QUERY_WORDS = 4  # of a title, which make up about a query


def fit_term_statistics(
    bm25: Bm25Index, products: Sequence[Product], *, seed: int
) -> TermStatistics:
    """Return the statistics of a catalogue.

    The first words of some titles serve as queries; what their own products score, compared with
    the most that the words could score, is the reach.

    :param bm25: the index of the search texts of ``products``.
    """
    counts = {stem: count for stem, count in bm25.frequencies.items() if count >= _MIN_COUNT}
    every = TermStatistics(len(products), counts)
    drawn = np.random.default_rng(seed).permutation(len(products))[:_SAMPLE].tolist()
    shares = []
    for number in drawn:
        query = " ".join(normalise(products[number].title).split()[:_QUERY_WORDS])
        if best := every.best_score(query):
            shares.append(float(bm25.scores(query)[number]) / best)
    reach = float(np.median(shares)) if shares else 1.0
    return TermStatistics(len(products), dict(sorted(counts.items())), min(max(reach, 0.1), 1.0))
