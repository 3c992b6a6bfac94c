"""Spelling correction towards the words of the catalogue (SymSpell's deletion index)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from symspellpy import SymSpell, Verbosity

from gram_es.text.normalise import UNIT_WORDS, is_word
from gram_es.text.words import stop_words

MIN_WORD_COUNT = 3  # a rarer word is as likely to be a merchant's own misspelling as a word
_MIN_LENGTH = 4
_MIN_PART_LENGTH = 3


def count_words(texts: Iterable[str]) -> dict[str, int]:
    """Return, for each word, how many of the normalised ``texts`` contain it.

    Numbers and words in fewer than ``MIN_WORD_COUNT`` texts are left out.
    """
    counts = Counter(word for text in texts for word in set(text.split()))
    return {w: n for w, n in sorted(counts.items()) if n >= MIN_WORD_COUNT and is_word(w)}


@dataclass(frozen=True, slots=True)
class Spelling:
    """The forms of a query.

    ``typed`` is the query in normal form. ``corrected`` equals ``typed`` if there is nothing to
    correct. ``alternatives`` are joined or parted forms, which are searched beside them.
    """

    typed: str
    corrected: str
    alternatives: tuple[str, ...] = ()


class Speller:
    """Corrects words that the catalogue does not contain.

    ``counts`` maps each word of the catalogue to its count, see :func:`count_words`.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = dict(counts)
        self._index = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word, count in self._counts.items():
            self._index.create_dictionary_entry(word, count)
        self._correct_word = lru_cache(maxsize=16_384)(self._correct_uncached)

    @classmethod
    def load(cls, path: Path) -> Speller:
        """Read a speller written by :meth:`save`.

        :raises OSError: if the file cannot be read.
        :raises ValueError: if a line is not ``word<TAB>count``.
        """
        lines = path.read_text(encoding="utf-8").splitlines()
        pairs = (line.split("\t") for line in lines)
        return cls({word: int(count) for word, count in pairs})

    def save(self, path: Path) -> None:
        """Write a text file with one ``word<TAB>count`` per line."""
        lines = (f"{word}\t{count}\n" for word, count in sorted(self._counts.items()))
        path.write_text("".join(lines), encoding="utf-8")

    def correct(self, normalised: str) -> str:
        """Return the text with each unknown word replaced by a similar word of the catalogue.

        An unknown word stays as it is if the catalogue has no similar word.
        """
        return " ".join(self._correct_word(word) for word in normalised.split())

    def knows_any_word(self, normalised: str) -> bool:
        """Return whether the catalogue contains a word of the text; stop words do not count."""
        words = set(normalised.split()) - stop_words()
        return any(word in self._counts for word in words)

    def _correct_uncached(self, word: str) -> str:
        if len(word) < _MIN_LENGTH or not is_word(word) or self._is_known(word):
            return word
        # Short words have too many neighbours for two edits.
        edits = 1 if len(word) < 6 else 2
        near = self._index.lookup(word, Verbosity.CLOSEST, max_edit_distance=edits)
        if near and near[0].distance == 1:
            return str(near[0].term)
        parts = self._split(word)
        if parts is not None:
            return parts
        return str(near[0].term) if near else word

    def _is_known(self, word: str) -> bool:
        return word in self._counts or word in UNIT_WORDS

    def _split(self, word: str) -> str | None:
        """Split a joined pair ("deckpaint") into two known words.

        If several splits are possible, compare the counts of their rarer words and return the split
        with the highest. If no split is possible, return ``None``.
        """
        best, best_count = None, 0
        for cut in range(_MIN_PART_LENGTH, len(word) - _MIN_PART_LENGTH + 1):
            left, right = word[:cut], word[cut:]
            count = min(self._counts.get(left, 0), self._counts.get(right, 0))
            if count > best_count:
                best, best_count = f"{left} {right}", count
        return best
