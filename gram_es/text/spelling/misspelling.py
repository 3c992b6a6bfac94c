"""How far a typed word is from the word that was meant, by what fingers and ears confuse.

The distance is a cost in orders of magnitude: a misspelling of cost 1 is made about ten times as
rarely as one of cost 0. The costs were set by hand and checked on generated misspellings.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Final

from gram_es.settings import current_settings
from gram_es.text.languages import ENGLISH

_DOUBLED: Final = 0.6  # a letter doubled or not doubled
_WRONGLY_DOUBLED: Final = 0.9  # at most, if nothing else is wrong, such as vaccum for vacuum
SWAPPED: Final = 0.8  # two neighbouring letters
VOWEL: Final = 0.9  # a vowel for another one, left out or added
_LEFT_OUT: Final = 1.1
_NEIGHBOUR: Final = 1.1  # a key beside the right one, instead of it or in addition
_CONFUSED: Final = 1.0  # consonants that sound alike
_ADDED: Final = 1.5
_OTHER: Final = 2.2
_FIRST_LETTER: Final = 1.2  # added: people rarely mistake the first letter
_SAME_SOUND: Final = 1.3  # at most, for words that sound the same

_VOWELS: Final = frozenset("aeiouy")
_CONSONANTS: Final = frozenset(
    frozenset(pair) for pair in ("ck", "cs", "sz", "kq", "gj", "vw", "fv", "dt", "bp", "mn")
)
_ROWS: Final = {
    "german": ("qwertzuiop", "asdfghjkl", "yxcvbnm"),
    "french": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "russian": ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    "ukrainian": ("йцукенгшщзхї", "фівапролджє", "ячсмитьбю"),
}
_QWERTY: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_DOUBLE: Final = re.compile(r"(.)\1+")
_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn)", "n"),
        (r"^wr", "r"),
        (r"^wh", "w"),
        (r"ph", "f"),
        (r"gh", ""),
        (r"tch", "ch"),
        (r"dg(?=[eiy])", "j"),
        (r"g(?=[eiy])", "j"),
        (r"sch|sh|[cst]i(?=[aeo])", "S"),
        (r"ch", "C"),
        (r"c(?=[eiy])|z", "s"),
        (r"ck|c|q", "k"),
        (r"x", "ks"),
        (r"(?<=[aeiouy])h", ""),
        (r"mb$", "m"),
        (r"[aeiouy]+", "a"),
        (r"(.)\1+", r"\1"),
    )
)


def misspelling_cost(typed: str, meant: str) -> float:
    """Return the cost of the cheapest way to turn ``meant`` into ``typed``; 0 if they are equal."""
    if typed == meant:
        return 0.0
    language = current_settings().language
    cost = _edit_cost(typed, meant, _neighbours(language))
    if _without_doubles(typed) == _without_doubles(meant):
        return min(cost, _WRONGLY_DOUBLED)
    if language == ENGLISH and _sound(typed) == _sound(meant):
        return min(cost, _SAME_SOUND)
    return cost


def _edit_cost(typed: str, meant: str, neighbours: frozenset[str]) -> float:
    """Return the cheapest sequence of edits, where two swapped neighbours are one edit."""
    rows = [[0.0]]
    for j, letter in enumerate(meant):
        rows[0].append(rows[0][j] + _left_out_cost(meant, j, letter))
    for i in range(1, len(typed) + 1):
        row = [rows[i - 1][0] + _added_cost(typed, i - 1, neighbours)]
        for j in range(1, len(meant) + 1):
            ways = [
                rows[i - 1][j - 1] + _replaced_cost(typed, meant, i - 1, j - 1, neighbours),
                rows[i - 1][j] + _added_cost(typed, i - 1, neighbours),
                row[j - 1] + _left_out_cost(meant, j - 1, meant[j - 1]),
            ]
            if i > 1 and j > 1 and typed[i - 2 : i] == meant[j - 1] + meant[j - 2]:
                ways.append(rows[i - 2][j - 2] + SWAPPED + _first(i - 2))
            row.append(min(ways))
        rows.append(row)
    return rows[-1][-1]


def _replaced_cost(typed: str, meant: str, i: int, j: int, neighbours: frozenset[str]) -> float:
    wrong, right = typed[i], meant[j]
    if wrong == right:
        return 0.0
    if wrong in _VOWELS and right in _VOWELS:
        cost = VOWEL
    elif frozenset((wrong, right)) in _CONSONANTS:
        cost = _CONFUSED
    else:
        cost = _NEIGHBOUR if wrong + right in neighbours else _OTHER
    return cost + _first(i)


def _added_cost(typed: str, i: int, neighbours: frozenset[str]) -> float:
    letter, beside = typed[i], (typed[i - 1 : i], typed[i + 1 : i + 2])
    if letter in beside:
        return _DOUBLED
    if any(letter + other in neighbours for other in beside if other):
        return _NEIGHBOUR + _first(i)
    return (VOWEL if letter in _VOWELS else _ADDED) + _first(i)


def _left_out_cost(meant: str, j: int, letter: str) -> float:
    if letter in (meant[j - 1 : j], meant[j + 1 : j + 2]):
        return _DOUBLED
    return (VOWEL if letter in _VOWELS else _LEFT_OUT) + _first(j)


def _first(position: int) -> float:
    return _FIRST_LETTER if position == 0 else 0.0


@cache
def _neighbours(language: str) -> frozenset[str]:
    """Return all pairs of letters whose keys touch; a row begins half a key right of the upper."""
    rows = _ROWS.get(language, _QWERTY)
    pairs = {left + right for row in rows for left, right in pairwise(row)}
    for upper, lower in pairwise(rows):
        pairs |= {key + below for key, below in zip(upper, lower, strict=False)}
        pairs |= {key + below for key, below in zip(upper[1:], lower, strict=False)}
    return frozenset(pairs | {pair[::-1] for pair in pairs})


def _without_doubles(word: str) -> str:
    return _DOUBLE.sub(r"\1", word)


def _sound(word: str) -> str:
    """Return a rough form of how an English word sounds, in which all vowels are equal."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word
