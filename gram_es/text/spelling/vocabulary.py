"""The words and pairs of words that the texts of a catalogue contain, with their counts."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from heapq import nlargest
from itertools import pairwise
from math import log10
from typing import Final

from gram_es.text.normalise import is_word
from gram_es.text.spelling.variants import bare_spelling
from gram_es.text.units import UNIT_WORDS
from gram_es.text.words import stem, stop_words

MIN_WORD_COUNT: Final = 3  # a rarer word is as likely to be a merchant's own misspelling as a word
_MAX_PAIRS: Final = 100_000  # 2 MB
_MAX_COUNTED_PAIRS: Final = 2_000_000  # of these, pairs that occur once are dropped: about 200 MB
_MIN_RIGHT_CHARS: Final = 2  # "t shirt" and "wi fi", but not "inch e"


def count_words(texts: Iterable[str]) -> dict[str, int]:
    """Return, for each word and pair of neighbouring words, how many of the ``texts`` contain it.

    A pair is joined by a blank. Numbers, and what occurs in fewer than ``MIN_WORD_COUNT`` texts,
    are left out. Of the pairs, the most frequent 100,000 without a stop word are kept.

    :param texts: normalised texts, which are read once.
    """
    words, pairs = Counter[str](), Counter[str]()
    for text in texts:
        tokens = text.split()
        words.update(set(tokens))
        pairs.update(set(_pairs(tokens)))
        if len(pairs) > _MAX_COUNTED_PAIRS:
            pairs = Counter({pair: count for pair, count in pairs.items() if count > 1})
    frequent = nlargest(_MAX_PAIRS, pairs.items(), key=lambda item: (item[1], item[0]))
    counts = {word: count for word, count in words.items() if is_word(word)} | dict(frequent)
    return {text: count for text, count in sorted(counts.items()) if count >= MIN_WORD_COUNT}


class Vocabulary:
    """The counted words and pairs of a catalogue, found by the word and by its stem.

    ``counts`` is the result of :func:`count_words`.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.words = {text: count for text, count in counts.items() if " " not in text}
        self.pairs = {text: count for text, count in counts.items() if " " in text}
        self._per_billion = 1e9 / max(1, sum(self.words.values()))

    def __contains__(self, word: str) -> bool:
        """Return whether the catalogue contains a form of ``word``; the search compares stems."""
        return word in self.words or word in UNIT_WORDS or stem(word) in self._stems

    def zipf(self, word: str) -> float:
        """Return the decimal logarithm of the word's frequency in a billion words, at least 0."""
        return log10(max(1.0, self.words.get(word, 0) * self._per_billion))

    def word(self, word: str) -> str | None:
        """Return ``word`` if the catalogue contains it, else ``None``."""
        return word if word in self.words else None

    def form_of(self, word: str) -> str | None:
        """Return ``word`` if the catalogue contains it, else its most frequent inflected form."""
        return self.word(word) or self._form_by_stem.get(stem(word))

    def ending_with(self, ending: str) -> Iterator[str]:
        """Yield the longer words of the catalogue that end with ``ending``."""
        reverse = ending[::-1]
        for backward in self._backward[bisect(self._backward, reverse) :]:
            if not backward.startswith(reverse):
                break
            yield backward[::-1]

    def has_compound(self, word: str) -> bool:
        """Return whether the catalogue contains ``word`` as singular or plural."""
        return any(form in self.words for form in _singular_and_plural(word))

    def parted(self, word: str) -> str | None:
        """Return the pair of the catalogue that makes up ``word``, as singular or plural, if any.

        Stems are not compared: with its stem ``showering`` would be ``shower ring``.
        """
        forms = _singular_and_plural(word)
        pairs = [self._pair_of_joined[form] for form in forms if form in self._pair_of_joined]
        return max(pairs, key=lambda pair: self.pairs[pair], default=None)

    def spelt_like(self, word: str) -> tuple[str, ...]:
        """Return the other words of the catalogue with the same bare spelling as ``word``."""
        bare = bare_spelling(word)
        others = (bare, *self._by_bare_spelling.get(bare, ()))
        return tuple(other for other in others if other != word and other in self.words)

    @cached_property
    def _by_bare_spelling(self) -> Mapping[str, tuple[str, ...]]:
        """Return the words whose bare spelling is another one, by their bare spelling."""
        words: dict[str, tuple[str, ...]] = {}
        for word in self.words:
            if (bare := bare_spelling(word)) != word:
                words[bare] = (*words.get(bare, ()), word)
        return words

    @cached_property
    def _form_by_stem(self) -> Mapping[str, str]:
        by_count = sorted(self.words, key=lambda word: (self.words[word], word))
        return {stem(word): word for word in by_count}

    @cached_property
    def _backward(self) -> list[str]:
        """Return the words of the catalogue, read backwards, in alphabetical order."""
        return sorted(word[::-1] for word in self.words)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(self._form_by_stem)

    @cached_property
    def _pair_of_joined(self) -> Mapping[str, str]:
        by_count = sorted(self.pairs, key=lambda pair: (self.pairs[pair], pair))
        return {pair.replace(" ", ""): pair for pair in by_count}


def _singular_and_plural(word: str) -> tuple[str, str]:
    return word, word[:-1] if word.endswith("s") else f"{word}s"


def _pairs(tokens: list[str]) -> Iterator[str]:
    stops = stop_words()
    for left, right in pairwise(tokens):
        are_words = is_word(left) and is_word(right) and not {left, right} & stops
        if are_words and len(right) >= _MIN_RIGHT_CHARS:
            yield f"{left} {right}"
