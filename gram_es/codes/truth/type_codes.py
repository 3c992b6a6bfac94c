"""The codes of each type, and which types a product may have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Codebook
from gram_es.codes.facets import TYPE, bare_types
from gram_es.codes.stated import head_phrases
from gram_es.codes.titles import key_of

Mask = NDArray[np.bool_]
Scores = NDArray[np.float32]


class TypeCodes:
    """Which codes claim which types.

    ``untyped`` tells which codes claim no type, and ``specific`` which ones claim a type and more:
    both ``(codes,)``.
    """

    def __init__(self, codebook: Codebook) -> None:
        self.types = [[f.value for f in code.facets if f.name == TYPE] for code in codebook]
        self.untyped: Mask = np.array([not found for found in self.types], dtype=np.bool_)
        self.specific: Mask = np.array(
            [len(c.facets) > len(own) > 0 for c, own in zip(codebook, self.types, strict=True)],
            dtype=np.bool_,
        )
        self._codes: dict[str, list[int]] = defaultdict(list)
        self._bare = bare_types(codebook)
        for number, found in enumerate(self.types):
            for name in found:
                self._codes[name].append(number)
        self._names = tuple(self._bare)
        self._bare_codes = np.array([*self._bare.values()], dtype=np.int64)
        self._by_key = {key_of(tuple(name.split())): name for name in self._codes}

    def of(self, types: Iterable[str]) -> Mask:
        """Return which codes claim one of these types: ``(codes,)``."""
        mask: Mask = np.zeros(len(self.untyped), dtype=np.bool_)
        for name in types:
            mask[self._codes.get(name, [])] = True
        return mask

    def plausible(self, title: str, own: Sequence[str], scores: Scores) -> Mask:
        """Return which codes are of a type that a product may have: ``(codes,)``.

        A product may have its own types, those that its title names, and each type whose bare code
        fits it better than those of its own types do: the last word of a title may be no type at
        all ("photo paper matte"). A product without a known type may have every type.

        :param own: the types that the product's data state.
        :param scores: how well each code fits the product: ``(codes,)``.
        """
        known = [float(scores[self._bare[name]]) for name in own if name in self._bare]
        if not known:
            return np.ones(len(scores), dtype=np.bool_)
        better = np.flatnonzero(scores[self._bare_codes] >= max(known)).tolist()
        named = head_phrases(title) & self._by_key.keys()
        return self.of(
            {*own, *(self._names[n] for n in better), *(self._by_key[key] for key in named)}
        )
