"""The parts of a title: segments between punctuation, quantities, and the noun that names the type.

A title is read without a grammar. In "Bemis Round Toilet Seat in White (2-Pack)" the preposition
ends the noun phrase, and the words that end noun phrases in many titles are the types of products.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import pairwise

from gram_es.settings import current_settings
from gram_es.text.languages import ENGLISH
from gram_es.text.normalise import is_word, normalise
from gram_es.text.units import UNITS
from gram_es.text.words import stems, stop_words

_ENGLISH_PREPOSITIONS = frozenset(
    "at by featuring for from in includes including of on plus to w with without".split()  # noqa: SIM905
)
_PARENTHESISED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SEPARATOR = re.compile(r"[,;:](?=\s|$)|[()\[\]|!]|\s[-–—]+\s|\s,")
_PACK_OF = re.compile(r"\b(?:pack|case|box|carton|bundle) of (\d+)\b")
_LONGEST_TYPE_WORDS = 3
_CACHED_TITLES = 65_536
_CACHED_KEYS = 262_144
Words = tuple[str, ...]


def prepositions() -> frozenset[str]:
    """Return the words that end the noun phrase of a title in the shop's language."""
    is_english = current_settings().language == ENGLISH
    return _ENGLISH_PREPOSITIONS if is_english else stop_words()


@lru_cache(maxsize=_CACHED_TITLES)
def segments(title: str) -> tuple[Words, ...]:
    """Return the normalised words of each part of a title; punctuation separates the parts."""
    parts = (tuple(normalise(part).split()) for part in _SEPARATOR.split(title))
    return tuple(part for part in parts if part)


def heads(title: str) -> Iterator[Words]:
    """Yield the words of each segment of a title up to its first preposition."""
    stops = prepositions()
    for words in segments(title):
        yield words[: next((n for n, word in enumerate(words) if n and word in stops), len(words))]


def noun_phrases(title: str, *, without: Collection[str] = ()) -> Iterator[Words]:
    """Yield the words of each segment up to its noun, which is the last word.

    Text in parentheses is left out, and so is what follows a preposition. Numbers, units, single
    letters and the words of ``without``, such as the product's colour, are removed at the end.
    """
    for words in heads(_PARENTHESISED.sub(" , ", title)):
        end = len(words)
        while end and _is_trailing(words[end - 1], without):
            end -= 1
        if end:
            yield words[:end]


def _is_trailing(word: str, without: Collection[str]) -> bool:
    return len(word) < 2 or not is_word(word) or word in UNITS or word in without


def suffixes(words: Words) -> Iterator[Words]:
    """Yield the phrases of at most three words that end ``words``, the longest first."""
    for length in range(min(_LONGEST_TYPE_WORDS, len(words)), 0, -1):
        yield words[-length:]


def quantities(words: Words, units: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield ``(unit, amount with unit)`` of each quantity, such as ``("volt", "18 volt")``.

    A unit with several amounts is a dimension ("28 x 52 inch") or a range, and is left out.
    """
    amounts: dict[str, set[str]] = {}
    dimensions: set[str] = set()
    for place, (number, unit) in enumerate(pairwise(words)):
        if not is_word(number) and unit in units:
            amounts.setdefault(unit, set()).add(f"{number} {unit}")
            before = [word for word in words[max(0, place - 2) : place] if word != "x"]
            if before and not is_word(before[-1]):
                dimensions.add(unit)
    for match in _PACK_OF.finditer(" ".join(words)):
        amounts.setdefault("pack", set()).add(f"{match[1]} pack")
    for unit, values in amounts.items():
        if len(values) == 1 and unit not in dimensions:
            yield unit, values.pop()


def title_quantities(title: str, units: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the quantities of a whole title, as :func:`quantities` does."""
    return quantities(tuple(word for part in segments(title) for word in part), units)


def key_of(words: Words) -> Words:
    """Return the stems of some words, in the shop's language."""
    return _key_of(words, current_settings().language)


@lru_cache(maxsize=_CACHED_KEYS)
def _key_of(words: Words, _language: str) -> Words:
    return stems(" ".join(words))
