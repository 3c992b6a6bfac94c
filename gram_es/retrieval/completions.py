"""Completions of a query that is being typed: codes, brands, categories; pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from gram_es.text.normalise import normalise

_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Completion:
    """A text to search for, what it is, and how many products have it."""

    text: str
    kind: str
    count: int


class Completions:
    """Completions in memory, found by the beginning of any of their words; immutable.

    Of several with the same normal form the first one counts.
    """

    def __init__(self, completions: Iterable[Completion] = ()) -> None:
        by_key: dict[str, Completion] = {}
        for completion in completions:
            by_key.setdefault(normalise(completion.text), completion)
        self._entries = [(key, completion) for key, completion in by_key.items() if key]
        self._beginnings = sorted(
            (beginning, number)
            for number, (key, _) in enumerate(self._entries)
            for beginning in _beginnings(key)
        )

    def with_more(self, completions: Iterable[Completion]) -> Completions:
        """Return these and ``completions``."""
        return Completions([*(completion for _, completion in self._entries), *completions])

    def of(self, text: str, size: int) -> tuple[Completion, ...]:
        """Return the ``size`` best completions of ``text``.

        Those that begin with it come before those with a later word that does; among each the more
        frequent come first.
        """
        typed = normalise(text)
        if not typed:
            return ()
        begin = bisect_left(self._beginnings, (typed, 0))
        end = bisect_left(self._beginnings, (typed + _LAST, 0))
        numbers = {number for _, number in self._beginnings[begin:end]}
        best = sorted(numbers, key=lambda number: self._rank(typed, number))
        return tuple(self._entries[number][1] for number in best[:size])

    def most_frequent(self, size: int) -> tuple[Completion, ...]:
        """Return those of most products."""
        return self._by_frequency[:size]

    @cached_property
    def _by_frequency(self) -> tuple[Completion, ...]:
        ordered = sorted(self._entries, key=lambda entry: (-entry[1].count, entry[0]))
        return tuple(completion for _, completion in ordered)

    def _rank(self, typed: str, number: int) -> tuple[bool, int, str]:
        key, completion = self._entries[number]
        return not key.startswith(typed), -completion.count, key


NO_COMPLETIONS: Final = Completions()


def _beginnings(key: str) -> Iterable[str]:
    """Yield the text from each of its words on."""
    words = key.split(" ")
    return (" ".join(words[start:]) for start in range(len(words)))
