"""The words that deny the word behind them: "non dimmable", "ohne Deckel"."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from gram_es.settings import current_settings
from gram_es.text.normalise import is_word
from gram_es.text.words import stem

_NEGATIONS: Final = {
    "danish": "uden ikke ingen intet ej",
    "dutch": "zonder niet geen non",
    "english": "no non none not without",
    "french": "sans non pas",
    "german": "ohne nicht kein keine keinen keiner",
    "italian": "senza non",
    "norwegian": "uten ikke ingen",
    "polish": "bez nie",
    "portuguese": "sem nao",
    "spanish": "sin no",
    "swedish": "utan inte ej ingen inget",
}
_FREE: Final = {
    "danish": "fri frit",
    "dutch": "vrij",
    "english": "free",
    "german": "frei",
    "norwegian": "fri fritt",
    "swedish": "fri fritt",
}


def negations() -> frozenset[str]:
    """Return the words that deny the next word in the shop's language, and their stems."""
    return _stems(_NEGATIONS.get(current_settings().language, ""))


def is_denied(stems: Sequence[str], start: int) -> bool:
    """Return whether a negation stands before the word at ``start``; "no. 10" denies nothing."""
    return start > 0 and stems[start - 1] in negations() and is_word(stems[start])


def is_negative(value: Sequence[str]) -> bool:
    """Return whether a value, given by its stems, says that something is lacking.

    So do "non dimmable", "none" and "sugar free", but not "free standing".
    """
    if len(value) == 1:
        return value[0] in negations()
    free = _stems(_FREE.get(current_settings().language, ""))
    return value[-1] in free or any(is_denied(value, n) for n in range(1, len(value)))


@cache
def _stems(words: str) -> frozenset[str]:
    return frozenset({*words.split(), *map(stem, words.split())})
