"""Forms of a query with words that are joined, parted or spelt in another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from gram_es.settings import current_settings
from gram_es.text.lexicon import COMMON, language_words
from gram_es.text.normalise import is_word
from gram_es.text.spelling_variants import english_variants
from gram_es.text.units import UNIT_WORDS
from gram_es.text.vocabulary import Vocabulary
from gram_es.text.words import stop_words

MAX_ALTERNATIVES: Final = 3
_MIN_JOINED_CHARS: Final = 4
_MIN_PART_CHARS: Final = 3
_MIN_COMPOUND_PART_CHARS: Final = 4
_COMPOUNDING: Final = frozenset({"german", "dutch", "danish", "norwegian", "swedish"})
_LINKS: Final = ("", "s")  # "Arbeitshandschuhe" is "Arbeit", a linking s and "Handschuhe"


@dataclass(frozen=True, slots=True)
class _Change:
    """New text for the words ``start`` up to but not including ``end`` of a query."""

    start: int
    end: int
    text: str


def alternatives(normalised: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return at most three forms of a query with other words that the catalogue has.

    Neighbouring words are joined, compounds are parted, and words are written as in another
    spelling of the same language.

    If several words can change, the first form has all changes.
    """
    words = normalised.split()
    found = [
        *_joined(words, vocabulary),
        *_parted(words, vocabulary),
        *_respelt(words, vocabulary),
    ]
    changes = list(_without_overlap(found))
    if len(changes) < 2:
        return tuple(_apply(words, [change]) for change in changes)
    forms = [changes, *([change] for change in changes)]
    return tuple(_apply(words, form) for form in forms[:MAX_ALTERNATIVES])


def _joined(words: list[str], vocabulary: Vocabulary) -> Iterator[_Change]:
    """Yield the neighbouring words that are one word in the catalogue."""
    links = _LINKS if current_settings().language in _COMPOUNDING else _LINKS[:1]
    for start, (left, right) in enumerate(pairwise(words)):
        for link in links:
            joined = f"{left}{link}{right}"
            can_join = _can_join(left) and _can_join(right) and len(joined) >= _MIN_JOINED_CHARS
            if can_join and vocabulary.has_compound(joined):
                yield _Change(start, start + 2, joined)
                break


def _can_join(word: str) -> bool:
    return is_word(word) and word not in stop_words() and word not in UNIT_WORDS


def _parted(words: list[str], vocabulary: Vocabulary) -> Iterator[_Change]:
    """Yield the words that are two words in the catalogue."""
    for start, word in enumerate(words):
        pair = vocabulary.parted(word) or _split(word, vocabulary)
        if pair is not None and is_word(word):
            yield _Change(start, start + 1, pair)


def _respelt(words: list[str], vocabulary: Vocabulary) -> Iterator[_Change]:
    """Yield the words that the catalogue has in another spelling of the same language."""
    for start, word in enumerate(words):
        variants = (*english_variants(word), *vocabulary.spelt_like(word))
        variant = next((each for each in variants if each in vocabulary), None)
        if variant is not None:
            yield _Change(start, start + 1, variant)


def _split(word: str, vocabulary: Vocabulary) -> str | None:
    """Return two words of the catalogue that make up ``word``, although they never stand together.

    In languages with compounds any word is split, in others only a word that neither the catalogue
    nor the language has. Of several splits the one whose rarer word is the most frequent is
    returned.
    """
    has_compounds = current_settings().language in _COMPOUNDING
    if not has_compounds and (word in vocabulary or language_words().get(word, 0.0) >= COMMON):
        return None
    least = _MIN_COMPOUND_PART_CHARS if has_compounds else _MIN_PART_CHARS
    splits = [
        (left, right)
        for cut in range(least, len(word) - least + 1)
        for right in (word[cut:],)
        for left in _without_link(word[:cut], linked=has_compounds)
        if left in vocabulary.words and right in vocabulary.words
    ]
    counts = vocabulary.words
    best = max(splits, key=lambda parts: min(map(counts.__getitem__, parts)), default=None)
    return " ".join(best) if best else None


def _without_link(left: str, *, linked: bool) -> Iterator[str]:
    """Yield the first part of a compound, also without a linking s at its end."""
    yield left
    if linked and left.endswith("s") and len(left) > _MIN_COMPOUND_PART_CHARS:
        yield left[:-1]


def _without_overlap(changes: list[_Change]) -> Iterator[_Change]:
    """Yield the changes from left to right; of two for the same word only the first."""
    end = 0
    for change in sorted(changes, key=lambda change: change.start):
        if change.start >= end:
            yield change
            end = change.end


def _apply(words: list[str], changes: list[_Change]) -> str:
    parts: list[str] = []
    position = 0
    for change in changes:
        parts += [*words[position : change.start], change.text]
        position = change.end
    return " ".join([*parts, *words[position:]])
