"""The products of each code with their weights, stored as compressed sparse rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """A many-to-many relation between products and codes.

    The products of code ``c``, ascending, and their weights are ``products[first[c] : first[c +
    1]]`` and ``weights[first[c] : first[c + 1]]``. ``count`` is the number of products, including
    those without codes.
    """

    first: Numbers
    products: NDArray[np.int32]
    weights: NDArray[np.float32]
    count: int

    @classmethod
    def of(cls, products: Iterable[Mapping[int, float]], *, codes: int) -> Postings:
        """Build the postings from each product's weights by code number.

        :param codes: how many codes there are.
        """
        # Arrays take 12 bytes for each code of a product; tuples would take ten times as much.
        numbers, owners, weights = array("i"), array("i"), array("f")
        count = 0
        for count, own in enumerate(products, start=1):
            numbers.extend(own.keys())
            owners.extend([count - 1] * len(own))
            weights.extend(own.values())
        by_product = np.array(numbers, dtype=np.int32)
        order = np.argsort(by_product, kind="stable")
        sizes = np.bincount(by_product, minlength=codes)
        return cls(
            np.concatenate([[0], sizes.cumsum()]),
            np.array(owners, dtype=np.int32)[order],
            np.array(weights, dtype=np.float32)[order],
            count,
        )

    @property
    def counts(self) -> Numbers:
        """Return how many products each code has, ``(codes,)``."""
        return np.diff(self.first)

    def products_of(self, code: int) -> NDArray[np.int32]:
        """Return D_c, the numbers of the products with the code c, ascending."""
        return self.products[self.first[code] : self.first[code + 1]]

    def scores(self, query: Mapping[int, float]) -> NDArray[np.float32]:
        """Return the sum of the products of weights over the shared codes, ``(count,)``."""
        scores = np.zeros(self.count, dtype=np.float32)
        for code, weight in query.items():
            part = slice(self.first[code], self.first[code + 1])
            scores[self.products[part]] += np.float32(weight) * self.weights[part]
        return scores
