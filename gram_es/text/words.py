"""Stems and stop words: when two normalised words count as one."""

from __future__ import annotations

import threading
from functools import lru_cache

import snowballstemmer

_STOP_WORDS = (
    "a all also an and any are as at be been but by can do for from get has have if in into is it "
    "its more most new no not of off on or other our out over per so such than that the their "
    "them then these they this to up use used very via was we which will with x you your"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())

_stemmer = snowballstemmer.stemmer("english")
_lock = threading.Lock()


@lru_cache(maxsize=262_144)
def stem(word: str) -> str:
    """Return the Porter2 stem of a normalised word; numbers stay as they are."""
    if not word.isalpha() or len(word) < 3:
        return word
    with _lock:  # one stemmer object keeps its state between calls
        return str(_stemmer.stemWord(word))


def stems(normalised: str) -> tuple[str, ...]:
    """Return the stems of a normalised text in order, repetitions included."""
    return tuple(stem(word) for word in normalised.split())
