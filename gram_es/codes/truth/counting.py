"""What codes count or measure: seasons in "4 season tents"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from gram_es.codes.codebook import Codebook
from gram_es.codes.titles import Words, quantities
from gram_es.codes.truth.claims import COUNTS


class Counting:
    """Find the codes that take a number of a query for one of something else.

    Without it, a language model that reads "tent for 4 people" finds "4 season tents" likely.
    """

    def __init__(self, codebook: Codebook, units: Collection[str]) -> None:
        self._units = units
        self._codes: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for code, each in enumerate(codebook):
            for unit, amount in quantities(_in_digits(each.label.split()), units):
                self._codes[_number(amount)].append((unit, code))

    def others(self, words: Words) -> list[int]:
        """Return the codes that have a number of these words with a unit that the words lack."""
        asked = {_number(amount) for _, amount in quantities(_in_digits(words), self._units)}
        return [
            code
            for number in asked & self._codes.keys()
            for unit, code in self._codes[number]
            if unit not in words
        ]


def _in_digits(words: Iterable[str]) -> Words:
    """Write number words as digits: "four season tent" counts seasons, too."""
    return tuple(COUNTS.get(word, word) for word in words)


def _number(amount: str) -> str:
    return amount.split()[0]
