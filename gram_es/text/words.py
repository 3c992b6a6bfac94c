"""Stems and stop words in the shop's language."""

from __future__ import annotations

import threading
from functools import cache, lru_cache
from typing import Final

import snowballstemmer
from stop_words import StopWordError, get_stop_words

from gram_es.settings import current_settings
from gram_es.text.languages import ENGLISH
from gram_es.text.normalise import is_word, normalise
from gram_es.text.units import UNITS

_ENGLISH: Final = (
    "a all also an and any are as at be been but by can do for from get has have if in into is it "
    "its more most new no not of off on or other our out over per so such than that the "
    "their them then these they this to up use used very via was we which will with x you your"
)
_lock = threading.Lock()


def stop_words() -> frozenset[str]:
    """Return the normalised stop words of the shop's language, together with their stems."""
    return _stop_words(current_settings().language)


def stem(word: str) -> str:
    """Return the Snowball stem of a normalised word; numbers stay as they are."""
    return _stem(word, current_settings().language)


def stems(normalised: str) -> tuple[str, ...]:
    """Return the stem of each word of a normalised text, in order and with repetitions."""
    language = current_settings().language
    return tuple(_stem(word, language) for word in normalised.split())


def content_stems(normalised: str) -> frozenset[str]:
    """Return the stems of the words of a normalised text that are no stop words.

    A word such as ``cans`` counts, although its stem is a stop word.
    """
    ignored = stop_words()
    return frozenset(stems(" ".join(word for word in normalised.split() if word not in ignored)))


def content_words(normalised: str) -> list[str]:
    """Return the words of a normalised text that are neither numbers nor stop words."""
    ignored = stop_words()
    return [word for word in normalised.split() if is_word(word) and word not in ignored]


@cache
def _stop_words(language: str) -> frozenset[str]:
    if language == ENGLISH:
        return frozenset(_ENGLISH.split())
    try:
        listed_words = get_stop_words(language)
    except StopWordError:
        return frozenset()
    normalised = map(normalise, listed_words)
    single_words = {word for word in normalised if len(word.split()) == 1 and is_word(word)}
    return frozenset(single_words | {_stem(word, language) for word in single_words}) - UNITS


@lru_cache(maxsize=262_144)
def _stem(word: str, language: str) -> str:
    stemmer = _stemmer(language)
    if stemmer is None or len(word) < 3 or not is_word(word):
        return word
    with _lock:  # a stemmer object has state, so only one thread may use it
        return str(stemmer.stemWord(word)) or word  # Greek's stemmer returns "" for some words


@cache
def _stemmer(language: str) -> snowballstemmer.stemmer | None:
    is_supported = language in snowballstemmer.algorithms()
    return snowballstemmer.stemmer(language) if is_supported else None
