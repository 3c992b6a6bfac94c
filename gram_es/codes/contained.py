"""The codes whose words a query contains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from gram_es.codes.codebook import Codebook


class ContainedCodes:
    """Finds the codes of a codebook whose stems are all among the stems of a query."""

    def __init__(self, codebook: Codebook) -> None:
        frequency = Counter(stem for code in codebook for stem in set(code.key))
        by_rarest: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
        for number, code in enumerate(codebook):
            rarest = min(code.key, key=lambda stem: (frequency[stem], stem))
            by_rarest[rarest].append((number, frozenset(code.key)))
        self._by_rarest = dict(by_rarest)

    def find(self, stems: Collection[str]) -> list[int]:
        """Return the numbers of the codes whose stems are all in ``stems``, in any order."""
        given = frozenset(stems)
        return [
            number
            for stem in given
            for number, key in self._by_rarest.get(stem, ())
            if key <= given
        ]
