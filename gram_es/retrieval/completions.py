"""Complete a query while it is typed, with codes, brands and categories (no I/O)."""

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
    """A text that completes a query, and the number of products that have it.

    ``kind`` is ``code``, ``brand``, ``category`` or ``product``. A completion of the kind
    ``product`` is the title of one product.
    """

    text: str
    kind: str
    count: int


class Completions:
    """An immutable set of completions in memory, searched by prefix.

    A prefix can begin at any word of a completion: ``dr`` finds ``cordless drill``. If several
    completions have the same normal form, only the first of them is kept.
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
        """Return a new set that contains these completions and also ``completions``."""
        return Completions([*(completion for _, completion in self._entries), *completions])

    def of(self, text: str, size: int) -> tuple[Completion, ...]:
        """Return at most ``size`` completions of ``text``, the best first.

        Completions that begin with ``text`` come first. Completions in which only a later word
        begins with ``text`` follow. Each of these two groups is sorted by the number of products.
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
        """Return at most ``size`` completions, those with the most products first."""
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
    """Return the suffixes of ``key`` that begin at a word: ``b c`` and ``c`` for ``b c``."""
    words = key.split(" ")
    return (" ".join(words[start:]) for start in range(len(words)))
