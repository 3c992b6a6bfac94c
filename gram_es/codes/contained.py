"""Find the phrases, such as the labels of codes, whose words a query contains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence


class ContainedPhrases:
    """Finds the phrases whose stems are all among the stems of a query."""

    def __init__(self, phrases: Sequence[Sequence[str]]) -> None:
        """Index the phrases.

        :param phrases: the stems of each phrase, at least one.
        """
        frequency = Counter(stem for phrase in phrases for stem in set(phrase))
        by_rarest: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
        for number, phrase in enumerate(phrases):
            rarest = min(phrase, key=lambda stem: (frequency[stem], stem))
            by_rarest[rarest].append((number, frozenset(phrase)))
        self._by_rarest = dict(by_rarest)

    def find(self, stems: Collection[str]) -> list[int]:
        """Return the numbers of the phrases whose stems are all in ``stems``, in any order."""
        given = frozenset(stems)
        return [
            number
            for stem in given
            for number, phrase in self._by_rarest.get(stem, ())
            if phrase <= given
        ]
