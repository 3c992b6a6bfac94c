"""Completions of a query that is being typed: codes, brands, categories; pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from gram_es.text.normalise import normalise

_LAST: Final = "\U0010ffff"  # sorts after every other character


@dataclass(frozen=True, slots=True)
class Completion:
    """A text to search for, what it is, and how many products have it."""

    text: str
    kind: str
    count: int


class Completions:
    """Completions in memory, searched by a prefix that begins at any of their words; immutable.

    Of several with the same normal form only the first is used.
    """

    def __init__(self, completions: Iterable[Completion] = ()) -> None:
        by_key: dict[str, Completion] = {}
        for completion in completions:
            by_key.setdefault(normalise(completion.text), completion)
        self._entries = [(key, completion) for key, completion in by_key.items() if key]
        self._suffixes = sorted(
            (suffix, number)
            for number, (key, _) in enumerate(self._entries)
            for suffix in _suffixes(key)
        )

    def with_more(self, completions: Iterable[Completion]) -> Completions:
        """Return a copy with ``completions`` added."""
        return Completions([*(completion for _, completion in self._entries), *completions])

    def of(self, text: str, size: int) -> tuple[Completion, ...]:
        """Return the ``size`` best completions of ``text``.

        Completions that begin with it come before those with a later word that begins with it;
        within each of the two the more frequent come first.
        """
        typed = normalise(text)
        if not typed:
            return ()
        start = bisect_left(self._suffixes, (typed, 0))
        end = bisect_left(self._suffixes, (typed + _LAST, 0))
        numbers = {number for _, number in self._suffixes[start:end]}
        best = sorted(numbers, key=lambda number: self._rank(typed, number))
        return tuple(self._entries[number][1] for number in best[:size])

    def most_frequent(self, size: int) -> tuple[Completion, ...]:
        """Return the ``size`` completions with the most products."""
        return self._by_frequency[:size]

    @cached_property
    def _by_frequency(self) -> tuple[Completion, ...]:
        ordered = sorted(self._entries, key=lambda entry: (-entry[1].count, entry[0]))
        return tuple(completion for _, completion in ordered)

    def _rank(self, typed: str, number: int) -> tuple[bool, int, str]:
        key, completion = self._entries[number]
        return not key.startswith(typed), -completion.count, key


NO_COMPLETIONS: Final = Completions()


def _suffixes(key: str) -> Iterable[str]:
    """Yield the rest of the text from each of its words."""
    words = key.split(" ")
    return (" ".join(words[start:]) for start in range(len(words)))
