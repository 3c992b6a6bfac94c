"""What a query that is being typed may go on to: codes, brands, categories; pure."""

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
    """A text to search for, what it is, and how many products it stands on."""

    text: str
    kind: str
    count: int


class Completions:
    """Completions in memory, found by how one of their words begins; immutable.

    Of several that read alike the first is kept.
    """

    def __init__(self, completions: Iterable[Completion] = ()) -> None:
        kept: dict[str, Completion] = {}
        for completion in completions:
            kept.setdefault(normalise(completion.text), completion)
        self._kept = [(key, completion) for key, completion in kept.items() if key]
        self._beginnings = sorted(
            (beginning, number)
            for number, (key, _) in enumerate(self._kept)
            for beginning in _beginnings(key)
        )

    def with_more(self, completions: Iterable[Completion]) -> Completions:
        """Return these and ``completions``."""
        return Completions([*(held for _, held in self._kept), *completions])

    def of(self, text: str, size: int) -> tuple[Completion, ...]:
        """Return the ``size`` best that go on from ``text``.

        What begins with it comes before what has a later word that does; among those the more
        frequent come first.
        """
        typed = normalise(text)
        if not typed:
            return ()
        begin = bisect_left(self._beginnings, (typed, 0))
        end = bisect_left(self._beginnings, (typed + _LAST, 0))
        found = {number for _, number in self._beginnings[begin:end]}
        best = sorted(found, key=lambda number: self._rank(typed, number))
        return tuple(self._kept[number][1] for number in best[:size])

    def most_frequent(self, size: int) -> tuple[Completion, ...]:
        """Return those on most products."""
        return self._by_frequency[:size]

    @cached_property
    def _by_frequency(self) -> tuple[Completion, ...]:
        ordered = sorted(self._kept, key=lambda held: (-held[1].count, held[0]))
        return tuple(completion for _, completion in ordered)

    def _rank(self, typed: str, number: int) -> tuple[bool, int, str]:
        key, completion = self._kept[number]
        return not key.startswith(typed), -completion.count, key


NO_COMPLETIONS: Final = Completions()


def _beginnings(key: str) -> Iterable[str]:
    """Yield the text from each of its words on."""
    words = key.split(" ")
    return (" ".join(words[start:]) for start in range(len(words)))
