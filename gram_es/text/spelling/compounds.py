"""Forms of a query with words that are joined, parted or spelt in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from gram_es.settings import current_settings
from gram_es.text.normalise import is_word
from gram_es.text.spelling.lexicon import COMMON, language_words
from gram_es.text.spelling.variants import english_variants
from gram_es.text.spelling.vocabulary import Vocabulary
from gram_es.text.units import UNIT_WORDS
from gram_es.text.words import stop_words

MAX_ALTERNATIVES: Final = 3
_MAX_QUESTIONS: Final = 4
_MAX_PAIRS: Final = 2
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


IsIndexed = Callable[[str], bool]
"""Returns whether a product of the live index contains a word, or words beside each other."""


def alternatives(
    normalised: str, vocabulary: Vocabulary, is_indexed: IsIndexed = lambda _words: False
) -> tuple[str, ...]:
    """Return at most three forms of a query with other words that the catalogue has.

    Neighbouring words are joined, compounds are parted, and words are written as in another
    spelling of the same language. In languages with compounds, words that the catalogue lacks are
    also replaced by another of their inflected forms, which not every node stems, or by a compound
    of the catalogue that they are the last part of: a "Schlauch" may be a "Gartenschlauch".

    If several words can change, the first form has all changes.

    :param is_indexed: returns whether products have words that are newer than the vocabulary.
    """
    words = normalised.split()
    asked = _Asked(is_indexed)
    found = [
        *_joined(words, vocabulary, asked),
        *_respelt(words, vocabulary),
        *_parted(words, vocabulary, asked),
        *_compounds(words, vocabulary),
    ]
    changes = list(_without_overlap(found))
    if len(changes) < 2:
        return tuple(_apply(words, [change]) for change in changes)
    forms = [changes, *([change] for change in changes)]
    return tuple(_apply(words, form) for form in forms[:MAX_ALTERNATIVES])


class _Asked:
    """Asks the index about the words of one query, a few times at most: each takes a request."""

    def __init__(self, is_indexed: IsIndexed) -> None:
        self._is_indexed = is_indexed
        self._left = _MAX_QUESTIONS

    def has(self, words: str) -> bool:
        """Return whether a product contains the words; false once the index was asked too often."""
        self._left -= 1
        return self._left >= 0 and self._is_indexed(words)


def _joined(words: list[str], vocabulary: Vocabulary, asked: _Asked) -> Iterator[_Change]:
    """Yield the neighbouring words that are one word in the catalogue or in the index."""
    links = _LINKS if _has_compounds() else _LINKS[:1]
    for start, (left, right) in enumerate(pairwise(words)):
        for link in links:
            joined = f"{left}{link}{right}"
            can_join = _can_join(left) and _can_join(right) and len(joined) >= _MIN_JOINED_CHARS
            form = _catalogue_form(joined, vocabulary) if can_join else None
            if form is not None:
                yield _Change(start, start + 2, form)
                break
        else:
            joined = f"{left}{right}"
            if _may_be_joined(left, right, vocabulary) and asked.has(joined):
                yield _Change(start, start + 2, joined)


def _may_be_joined(left: str, right: str, vocabulary: Vocabulary) -> bool:
    """Return whether two words may be one that is newer than the vocabulary."""
    if not (_can_join(left) and _can_join(right)):
        return False
    is_new = left not in vocabulary or right not in vocabulary
    joined = f"{left}{right}"
    return len(joined) >= _MIN_JOINED_CHARS and (is_new or joined in language_words())


def _has_compounds() -> bool:
    return current_settings().language in _COMPOUNDING


def _catalogue_form(joined: str, vocabulary: Vocabulary) -> str | None:
    """Return the form in which the catalogue has a joined word, or ``None``."""
    if vocabulary.has_compound(joined):
        return joined
    return vocabulary.form_of(joined) if _has_compounds() else None


def _can_join(word: str) -> bool:
    return is_word(word) and word not in stop_words() and word not in UNIT_WORDS


def _parted(words: list[str], vocabulary: Vocabulary, asked: _Asked) -> Iterator[_Change]:
    """Yield the words that are two words in the catalogue or in the index."""
    for start, word in enumerate(words):
        if not is_word(word):
            continue
        pair = vocabulary.parted(word)
        if pair is None and (split := _split(word, vocabulary)):
            is_word_of_index = not _has_compounds() and asked.has(word)
            pair = None if is_word_of_index else split
        pair = pair or next(filter(asked.has, _possible_pairs(word, vocabulary)), None)
        if pair is not None:
            yield _Change(start, start + 1, pair)


def _possible_pairs(word: str, vocabulary: Vocabulary) -> list[str]:
    """Return the pairs of common words that make up a word that the vocabulary lacks."""
    if word in vocabulary:
        return []
    cuts = range(_MIN_PART_CHARS, len(word) - _MIN_PART_CHARS + 1)
    pairs = ((word[:cut], word[cut:]) for cut in cuts)
    frequency = language_words()
    common = [
        (min(frequency.get(left, 0.0), frequency.get(right, 0.0)), f"{left} {right}")
        for left, right in pairs
    ]
    best = sorted((pair for pair in common if pair[0] >= COMMON), reverse=True)
    return [pair for _, pair in best[:_MAX_PAIRS]]


def _respelt(words: list[str], vocabulary: Vocabulary) -> Iterator[_Change]:
    """Yield the words that the catalogue has in another spelling of the same language."""
    for start, word in enumerate(words):
        variants = (*english_variants(word), *vocabulary.spelt_like(word))
        variant = next((each for each in variants if each in vocabulary), None)
        if variant is None and _has_compounds():
            variant = vocabulary.form_of(word)
        if variant not in (None, word):
            yield _Change(start, start + 1, str(variant))


def _compounds(words: list[str], vocabulary: Vocabulary) -> Iterator[_Change]:
    """Yield the words that the catalogue has only at the end of compounds."""
    for start, word in enumerate(words if _has_compounds() else ()):
        is_head = len(word) >= _MIN_COMPOUND_PART_CHARS and is_word(word)
        if not is_head or word in vocabulary or word in stop_words():
            continue
        compounds = (
            compound
            for compound in vocabulary.ending_with(word)
            if _is_first_part(compound.removesuffix(word), vocabulary)
        )
        best = max(compounds, key=vocabulary.words.__getitem__, default=None)
        if best is not None:
            yield _Change(start, start + 1, best)


def _is_first_part(part: str, vocabulary: Vocabulary) -> bool:
    """Return whether the language or the catalogue has the first part of a compound as a word."""
    forms = _without_link(part, linked=True)
    return len(part) >= _MIN_PART_CHARS and any(
        form in vocabulary or form in language_words() for form in forms
    )


def _split(word: str, vocabulary: Vocabulary) -> str | None:
    """Return two words of the catalogue that make up ``word``, although they never stand together.

    In languages with compounds any word is split, in others only a word that neither the catalogue
    nor the language has. Of several splits the one whose rarer word is the most frequent is
    returned.
    """
    has_compounds = _has_compounds()
    if not has_compounds and (word in vocabulary or language_words().get(word, 0.0) >= COMMON):
        return None
    least = _MIN_COMPOUND_PART_CHARS if has_compounds else _MIN_PART_CHARS
    takes_forms = has_compounds and word not in vocabulary
    form_of = vocabulary.form_of if takes_forms else vocabulary.word
    splits = [
        (left, right)
        for cut in range(least, len(word) - least + 1)
        if (right := form_of(word[cut:])) is not None
        for part in _without_link(word[:cut], linked=has_compounds)
        if (left := form_of(part)) is not None
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
