"""The words of the shop's language that the catalogue lacks."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from gram_es.text.spelling.lexicon import language_words
from gram_es.text.words import stems, stop_words

_MIN_LETTERS = 3
_MAX_COMMON_LETTERS = 4


def foreign_words(catalogue_stems: AbstractSet[str]) -> list[str]:
    """Return the words of the language of which the catalogue has no form, common ones first."""
    stopped = stop_words()
    return [
        word
        for word in language_words()
        if len(word) >= _MIN_LETTERS
        and word not in stopped
        and catalogue_stems.isdisjoint(stems(word))
    ]


def repeats(word: str, label: str) -> bool:
    """Return whether a word has a word of the label in it, or begins as one does.

    A language model takes "matlab" for a mat and a "lawsuit" for a suit; the encoder by itself
    finds the hammer in "sledgehammer".
    """
    return any(
        part in word or word.startswith(part[:_MAX_COMMON_LETTERS])
        for part in label.split()
        if len(part) >= _MIN_LETTERS
    )
