"""Find words of shoppers: what a language model knows of the words that a catalogue lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
from tqdm import tqdm

from gram_es.codes.codebook import Codebook
from gram_es.codes.nearness import CodeTypes
from gram_es.codes.prior import Vectors
from gram_es.codes.shopper_words import ShopperWord
from gram_es.language_model.kinds import Kinds
from gram_es.language_model.likelihood import LanguageModel
from gram_es.training.shopper_words.candidates import foreign_words, repeats

_CHUNK = 1_000  # words
# A word is kept if its nearest type is so near, with up to so many types that are so near. P@10 by
# type for 277 queries in words that the sample shop lacks, by codes alone, in two halves: no words
# .52, .49; these 4,717 words in 32,596 lines .61, .65; five types a word .59, .61; twenty, from .2,
# .62, .66 (90,186 lines); words from .5 .63, .66 (85,962 lines), from .7 .56, .59 (8,251).
_MIN_NEARNESS = 0.6
_TYPES = 10
_MIN_TYPE_NEARNESS = 0.4


def find_shopper_words(
    model: LanguageModel,
    codebook: Codebook,
    *,
    catalogue_stems: AbstractSet[str],
) -> list[ShopperWord]:
    """Return words of the language that the catalogue lacks, each with the types it is near to.

    :param catalogue_stems: the stems of all words of the catalogue.
    """
    words, kinds = foreign_words(catalogue_stems), Kinds(model, codebook)
    if not kinds.types.labels:
        return []
    found: list[ShopperWord] = []
    with tqdm(total=len(words), desc="find words of shoppers", unit="word", disable=None) as bar:
        for start in range(0, len(words), _CHUNK):
            chunk = words[start : start + _CHUNK]
            nearness = kinds.type_nearness(chunk)
            found += _near_types(chunk, kinds.types, nearness, origin=model.name)
            bar.update(len(chunk))
    return sorted(found, key=lambda entry: (entry.words, -entry.weight, entry.code))


def _near_types(
    words: Sequence[str], types: CodeTypes, nearness: Vectors, *, origin: str
) -> Iterator[ShopperWord]:
    nearest = np.argsort(-nearness, axis=1, kind="stable")[:, :_TYPES]
    for row in np.flatnonzero(nearness.max(axis=1) >= _MIN_NEARNESS).tolist():
        first, *_ = nearest[row].tolist()
        if repeats(words[row], types.names[first]):
            continue
        for column in nearest[row].tolist():
            weight = float(nearness[row, column])
            if weight >= _MIN_TYPE_NEARNESS and not repeats(words[row], types.names[column]):
                yield ShopperWord(words[row], types.labels[column], min(weight, 1.0), origin)
