"""Correct the spelling of queries, where a word is surely misspelt, and find their other forms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import inf
from pathlib import Path
from threading import Lock
from typing import Final

from symspellpy import SymSpell, Verbosity

from gram_es.text.normalise import fold, is_word
from gram_es.text.spelling.compounds import IsIndexed, alternatives
from gram_es.text.spelling.lexicon import COMMON, RARE, language_words
from gram_es.text.spelling.misspelling import SWAPPED, VOWEL, misspelling_cost
from gram_es.text.spelling.vocabulary import Vocabulary
from gram_es.text.words import stem

# Of 2,600 generated misspellings these limits repair 90 % and make another word of 2 %, with the
# words of the sample shop as with those of 55,000 other titles. They change none of the 20,000 most
# frequent English words, and 1.5 % of the rare words of a dictionary.
_MIN_LENGTH: Final = 4
_LONG: Final = 8  # letters; a shorter word has many neighbours
_VERY_LONG: Final = 10
_MAX_COST: Final = 1.2
_MAX_COST_OF_LONG: Final = 1.8
_MAX_COST_OF_VERY_LONG: Final = 2.2
_MIN_SCORE: Final = 2.8  # Zipf value less cost
_MIN_SCORE_OF_LONG: Final = 1.5
_MIN_LEAD: Final = 0.3  # of the best candidate's score over that of any other
_MIN_LENGTH_OF_LISTED: Final = 6
_MIN_RATIO: Final = 2.0  # in orders of magnitude, to a word that the language has, though seldom
_MIN_RATIO_TO_RARE: Final = 1.2
_NOT_SOLD: Final = 0.5  # off the Zipf value of a word of the language that the catalogue lacks
_IN_CONTEXT: Final = 1.0  # added for a word that the catalogue has beside the neighbouring word


@dataclass(frozen=True, slots=True)
class Spelling:
    """The forms of a query.

    ``typed`` is its normal form. ``corrected`` has the same number of words; it is equal to
    ``typed`` if there is nothing to correct. ``alternatives`` are joined or parted forms of
    ``corrected``, which are searched beside it.
    """

    typed: str
    corrected: str
    alternatives: tuple[str, ...] = ()

    @property
    def replaced(self) -> tuple[str, ...]:
        """The typed words that ``corrected`` replaces."""
        pairs = zip(self.typed.split(), self.corrected.split(), strict=True)
        return tuple(dict.fromkeys(typed for typed, corrected in pairs if typed != corrected))


class Speller:
    """Corrects words that neither the catalogue contains nor the shop's language commonly uses.

    ``counts`` are the counts of the catalogue's words and pairs, see
    :func:`~gram_es.text.spelling.vocabulary.count_words`.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._vocabulary = Vocabulary(counts)
        self._lock = Lock()
        self._candidates = lru_cache(maxsize=16_384)(self._candidates_uncached)

    @classmethod
    def load(cls, path: Path) -> Speller:
        """Read a speller written by :meth:`save`.

        :raises OSError: if the file cannot be read.
        :raises ValueError: if a line is not ``word<TAB>count``.
        """
        lines = path.read_text(encoding="utf-8").splitlines()
        pairs = (line.split("\t") for line in lines)
        return cls({text: int(count) for text, count in pairs})

    def save(self, path: Path) -> None:
        """Write a text file with one ``word<TAB>count`` or ``pair of words<TAB>count`` per line."""
        counts = {**self._vocabulary.words, **self._vocabulary.pairs}
        lines = (f"{text}\t{count}\n" for text, count in sorted(counts.items()))
        path.write_text("".join(lines), encoding="utf-8")

    def spell(
        self,
        normalised: str,
        keep: Collection[str] = (),
        is_indexed: IsIndexed = lambda _words: False,
    ) -> Spelling:
        """Return the forms of a query.

        A word is corrected if it is unknown and a word of the catalogue or of the language is both
        close to it and far likelier.

        :param keep: words that are not corrected.
        :param is_indexed: returns whether joined or parted words are in products newer than
            the vocabulary.
        """
        words = normalised.split()
        corrected = " ".join(
            word if word in keep else self._corrected(words, number)
            for number, word in enumerate(words)
        )
        forms = alternatives(corrected, self._vocabulary, is_indexed)
        return Spelling(normalised, corrected, forms)

    def correct(self, normalised: str) -> str:
        """Return the corrected form of a query, without regard to any index or override."""
        return self.spell(normalised).corrected

    def knows(self, word: str) -> bool:
        """Return whether the catalogue or the shop's language has ``word``, however seldom."""
        form = fold(word)
        return form in self._vocabulary or form in language_words()

    def is_foreign(self, word: str) -> bool:
        """Return whether the catalogue has no form of ``word``."""
        return fold(word) not in self._vocabulary

    def _corrected(self, words: list[str], number: int) -> str:
        """Return the correction of one of the words, or the word itself if none is sure."""
        word = words[number]
        before, after = words[number - 1 : number], words[number + 1 : number + 2]
        pairs = self._vocabulary.pairs
        best, best_score, lead = word, 0.0, inf
        for meant, score in self._candidates(word):
            phrases = (*(f"{left} {meant}" for left in before), *(f"{meant} {w}" for w in after))
            score += _IN_CONTEXT if any(phrase in pairs for phrase in phrases) else 0.0
            is_form = stem(meant) == stem(best)
            if score > best_score:
                lead = lead if is_form else score - best_score
                best, best_score = meant, score
            elif not is_form:
                lead = min(lead, best_score - score)
        return best if lead >= _MIN_LEAD else word

    def _candidates_uncached(self, word: str) -> tuple[tuple[str, float], ...]:
        """Return the words that may replace ``word``, each with its score; higher is likelier."""
        if len(word) < _MIN_LENGTH or not is_word(word) or word in self._vocabulary:
            return ()
        if language_words().get(word, 0.0) >= COMMON or self._vocabulary.parted(word):
            return ()
        with self._lock:  # the index is built once
            index = self._index
        near = index.lookup(word, Verbosity.ALL, max_edit_distance=2)
        scored = ((str(each.term), self._score(word, str(each.term))) for each in near)
        return tuple((meant, score) for meant, score in scored if score is not None)

    def _score(self, word: str, meant: str) -> float | None:
        """Return how likely ``word`` is a misspelling of ``meant``; ``None`` if it is unlikely."""
        length = len(word)
        cost = misspelling_cost(word, meant)
        score = self._zipf(meant) - cost
        if cost > _max_cost(length) or score < _min_score(length):
            return None
        return score if _may_be_slip(word, meant, cost) else None

    def _zipf(self, word: str) -> float:
        in_language = language_words().get(word, 0.0)
        sold = word in self._vocabulary.words
        return max(self._vocabulary.zipf(word), in_language - (0.0 if sold else _NOT_SOLD))

    @cached_property
    def _index(self) -> SymSpell:
        """The deletion index of the catalogue's and the language's common words; a second."""
        index = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        common = (word for word, zipf in language_words().items() if zipf >= COMMON)
        for word in dict.fromkeys((*self._vocabulary.words, *common)):
            if len(word) >= _MIN_LENGTH and is_word(word):
                index.create_dictionary_entry(word, 1)
        return index


def _max_cost(length: int) -> float:
    if length >= _VERY_LONG:
        return _MAX_COST_OF_VERY_LONG
    return _MAX_COST_OF_LONG if length >= _LONG else _MAX_COST


def _min_score(length: int) -> float:
    return _MIN_SCORE_OF_LONG if length >= _LONG else _MIN_SCORE


def _may_be_slip(word: str, meant: str, cost: float) -> bool:
    """Return whether ``word`` is no word of the language, or surely a slip for ``meant``.

    Most words that the language has, though seldom, are names and plain rare words, so only a
    doubled or swapped letter, or in a rare word a vowel, counts as a slip.
    """
    words = language_words()
    zipf = words.get(word)
    if zipf is None:
        return True
    ratio = words.get(meant, 0.0) - zipf
    if zipf < RARE:
        return cost <= VOWEL and ratio >= _MIN_RATIO_TO_RARE
    return cost <= SWAPPED and ratio >= _MIN_RATIO and len(word) >= _MIN_LENGTH_OF_LISTED
