"""The words of the shop's language that the catalogue lacks, and the types they may lead to."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Codebook
from gram_es.codes.facets import TYPE
from gram_es.text.lexicon import RARE, language_words
from gram_es.text.words import stems, stop_words

_MIN_LETTERS = 3
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
    """Return the numbers of the codes that are a type and nothing else, the most frequent first."""
    numbers = [
        number
        for number, code in enumerate(codebook)
        if len(code.facets) == 1 and code.facets[0].name == TYPE
    ]
    numbers.sort(key=lambda number: (-codebook.codes[number].count, number))
    return np.array(numbers[:_MAX_TYPES], dtype=np.intp)


def repeats(word: str, label: str) -> bool:
    """Return whether a word begins as a word of the label does: "matlab" is no word for a mat."""
    return any(word.startswith(part[: max(_MIN_LETTERS, len(part) - 2)]) for part in label.split())
