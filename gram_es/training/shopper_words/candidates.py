"""The words of the shop's language that the catalogue lacks, and the types they may lead to."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Codebook
from gram_es.codes.facets import bare_types
from gram_es.text.spelling.lexicon import RARE, language_words
from gram_es.text.words import stems, stop_words

_MIN_LETTERS = 3
_MAX_COMMON_LETTERS = 4
_MIN_PRODUCTS = 10  # of a type; rarer ones are mostly phrases of titles
_MAX_TYPES = 300


def foreign_words(catalogue_stems: AbstractSet[str]) -> list[str]:
    """Return the words of the language of which the catalogue has no form, common ones first."""
    stopped = stop_words()
    return [
        word
        for word, zipf in language_words().items()
        if zipf >= RARE
        and len(word) >= _MIN_LETTERS
        and word not in stopped
        and catalogue_stems.isdisjoint(stems(word))
    ]


def type_codes(codebook: Codebook) -> NDArray[np.intp]:
    """Return the numbers of the frequent codes that claim a type alone, the most frequent first."""
    types = bare_types(codebook).values()
    numbers = [number for number in types if codebook.codes[number].count >= _MIN_PRODUCTS]
    numbers.sort(key=lambda number: (-codebook.codes[number].count, number))
    return np.array(numbers[:_MAX_TYPES], dtype=np.intp)


def repeats(word: str, label: str) -> bool:
    """Return whether a word has a word of the label in it, or begins as one does.

    Both experts take "matlab" for a mat and a "lawsuit" for a suit; the encoder alone finds the
    hammer in "sledgehammer".
    """
    return any(
        part in word or word.startswith(part[:_MAX_COMMON_LETTERS])
        for part in label.split()
        if len(part) >= _MIN_LETTERS
    )
