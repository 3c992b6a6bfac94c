"""The products of each code, stored as compressed sparse rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


class Postings:
    """A many-to-many relation between products and codes.

    :param codes_by_product: the numbers of each product's codes, best first.
    :param codes: how many codes there are.
    """

    def __init__(self, codes_by_product: Sequence[Sequence[int]], *, codes: int) -> None:
        lengths = np.array([len(c) for c in codes_by_product], dtype=np.int64)
        self._codes = np.array([c for cs in codes_by_product for c in cs], dtype=np.int64)
        owners = np.repeat(np.arange(len(lengths)), lengths)
        order = np.argsort(self._codes, kind="stable")
        self._products = owners[order]
        self.counts: Ids = np.bincount(self._codes, minlength=codes)
        self._code_starts = np.concatenate([[0], self.counts.cumsum()])
        self.products = len(lengths)

    def products_of(self, code: int) -> Ids:
        """Return D_c, the numbers of the products with the code c, ascending."""
        return self._products[self._code_starts[code] : self._code_starts[code + 1]]
