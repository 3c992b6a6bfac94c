"""BM25 over the catalogue, for hard negatives and calibration.

Training computes BM25 without Elasticsearch. The cluster may stem some words differently. This
does not matter: calibration fits only weights and how often stems occur.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gram_es.text.words import stems

K1, B = 0.4, 0.75  # as in the index


class Bm25Index:
    """An inverted index with Lucene's BM25 (Robertson and Zaragoza 2009, without k1 + 1)."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.products = len(texts)
        postings: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        lengths = np.empty(len(texts), dtype=np.float32)
        for number, text in enumerate(texts):
            counts = Counter(stems(text))
            lengths[number] = counts.total()
            for stem, count in counts.items():
                product_numbers, frequencies = postings[stem]
                product_numbers.append(number)
                frequencies.append(count)
        average = max(float(lengths.sum()) / max(len(texts), 1), 1.0)
        norms = K1 * (1 - B + B * lengths / average)
        self._impacts: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        for stem, (product_numbers, frequencies) in postings.items():
            owners, tf = np.array(product_numbers), np.array(frequencies, dtype=np.float32)
            idf = np.log1p((len(texts) - len(owners) + 0.5) / (len(owners) + 0.5))
            self._impacts[stem] = owners, (idf * tf / (tf + norms[owners])).astype(np.float32)

    @property
    def frequencies(self) -> dict[str, int]:
        """Return, by stem, the number of products that contain it."""
        return {stem: len(owners) for stem, (owners, _) in self._impacts.items()}

    @property
    def stems(self) -> frozenset[str]:
        """Return the stems that occur in the catalogue."""
        return frozenset(self._impacts)

    def scores(self, text: str) -> NDArray[np.float32]:
        """Return the score of every product for a normalised ``text``, ``(products,)``."""
        total = np.zeros(self.products, dtype=np.float32)
        for stem in stems(text):
            if stem in self._impacts:
                owners, impact = self._impacts[stem]
                total[owners] += impact
        return total
