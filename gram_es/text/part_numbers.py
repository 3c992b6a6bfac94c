"""Tell part numbers from words, sizes and measures by how they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Final
from unicodedata import category

from gram_es.text.gtin import is_trade_number
from gram_es.text.identifiers import identifier_key
from gram_es.text.units import UNIT_WORDS
from gram_es.text.words import stop_words

IsKnown = Callable[[str], bool]
"""Returns whether a word, in lower case, is one of the catalogue or of the shop's language."""

_MORE_UNITS: Final = """
    a ah bar bit bits btu cal cc count counts ct cu cups dpi fps ghz gsm hp hr hrs hz in iu k kbps
    kcal khz km kmh kva kwh lm lumen lumens mb mbit mbps mcg mg mhz min mins ml mp mpa mph ms mw nd
    nm ohm ohms oz p pa ply pix ppm psi px qt rd rpm sheets sq st teeth th tpi um va vac vdc wh x
    year years yr
"""
_UNITS: Final = UNIT_WORDS | frozenset(_MORE_UNITS.split())
_RUNS: Final = re.compile(r"\d+|[^\W\d_]+")
_JOINED: Final = re.compile(r"(?<=[^\W_])[-_./+‐-―−](?=[^\W_])")
_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,'’]\d{3})*(?:[.,]\d{1,2})?|\d+[.,]\d{1,3}")
# 60w, 3/4in, 4x8ft, 100-240v: numbers with at most a unit behind the last one, and no zeros before
_MEASURE: Final = re.compile(r"(?!0\d)\d+(?:[.,/x-]\d+)*([^\W\d_]{0,9})[\"'″′°%]?")
_DIMENSION: Final = re.compile(r"\dx\d")
# m10-1.5, x5-1/4, m8x1.25, 1/4-20: sizes of screws, not part numbers
_SIZE: Final = re.compile(r"[a-z]{0,2}\d{1,2}(?:[-x/.,]\d{1,3}){1,2}[\"'″′a-z]{0,3}")
_SIZE_SIGN: Final = re.compile(r"\d[x/.,]\d")
_MIN_CHARS: Final = 5
_MIN_SLUG_CHARS: Final = 8
_MIN_WORD_CHARS: Final = 3
_MIN_DIGITS: Final = 3
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_MIN_NUMBER_DIGITS: Final = 8
_MIN_POSSIBLE_NUMBER_DIGITS: Final = 5
_MIN_DIGITS_OF_GROUPS: Final = 6
_MAX_MEASURE_DIGITS: Final = 6  # 100000btu
_MAX_DIGITS_BEFORE_LETTER: Final = 4  # 2700k; 53208k is a part number


class Likeness(IntEnum):
    """How surely a text is a part number, if a product of the index has it as one.

    ``POSSIBLE`` is a text that is at least as likely a size, a type or a quantity, as ``m10`` is.
    """

    NONE = 0
    POSSIBLE = 1
    SURE = 2


def likeness(written: str, is_known: IsKnown) -> Likeness:
    """Return how surely a word of a longer query, as typed, is a part number."""
    lower = written.casefold()
    key = identifier_key(written)
    if not any(char.isdigit() for char in key):
        return _likeness_of_letters(lower, key, is_known)
    if key.isdigit():
        return _likeness_of_number(lower, key)
    if is_measure(lower) or is_amount(written):
        return Likeness.NONE
    is_short = len(key) < _MIN_CHARS
    if is_short or is_size(lower) or _is_word_with_number(lower, key, is_known):
        return Likeness.POSSIBLE
    return Likeness.SURE


def likeness_of_words(words: Sequence[str], is_known: IsKnown) -> Likeness:
    """Return how surely neighbouring words of a longer query, joined, are a part number.

    ``bx 47 00912 c`` is one, ``office chair 2`` and ``27 inch`` are not.
    """
    runs = _RUNS.findall(" ".join(words).casefold())
    key = identifier_key("".join(words))
    letters = [run for run in runs if not run[0].isdigit()]
    if not letters:
        return Likeness.SURE if is_trade_number(key) else Likeness.NONE
    digits = sum(char.isdigit() for char in key)
    if not digits:
        has_new_word = any(_is_new(word, is_known) for word in letters)
        is_slug = has_new_word and len(key) >= _MIN_SLUG_CHARS
        return Likeness.SURE if is_slug else Likeness.NONE
    has_measure = any(map(_is_measure_with_unit, words)) or any(
        left.isdecimal() and is_unit(right) for left, right in pairwise(words)
    )
    has_word = any(_is_word(word, is_known) for word in letters)
    if has_measure or has_word or digits < _MIN_DIGITS or len(key) < _MIN_CHARS:
        return Likeness.NONE
    return Likeness.SURE


def is_measure(written: str) -> bool:
    """Return whether a word is a quantity with its unit, such as ``60w``, or a dimension."""
    lower = written.casefold()
    match = _MEASURE.fullmatch(lower)
    if match is None:
        return False
    digits = max(len(run) for run in _RUNS.findall(lower) if run[0].isdigit())
    unit = match[1]
    most = _MAX_MEASURE_DIGITS if len(unit) > 1 else _MAX_DIGITS_BEFORE_LETTER
    has_unit = unit in _UNITS and digits <= most
    return not unit or has_unit or _DIMENSION.search(lower) is not None


def _is_measure_with_unit(written: str) -> bool:
    return is_measure(written) and not identifier_key(written).isdigit()


def is_size(written: str) -> bool:
    """Return whether a word is the size of a screw or a fraction, such as ``m10-1.5``."""
    lower = written.casefold()
    return _SIZE.fullmatch(lower) is not None and _SIZE_SIGN.search(lower) is not None


def is_amount(written: str) -> bool:
    """Return whether a word is a price, or a number with a decimal point or thousands separators.

    Digits alone are none.
    """
    bare = written.strip("".join(sign for sign in written if category(sign) == "Sc"))
    is_plain = written.isdecimal()
    return not is_plain and (bare.isdecimal() or _NUMBER.fullmatch(bare) is not None)


def is_unit(word: str) -> bool:
    """Return whether a word behind a number is its unit."""
    return word.casefold().strip(".") in _UNITS


def is_slug(written: str, is_known: IsKnown) -> bool:
    """Return whether a word is made of joined words of which one is new, as ``lorvi-blue`` is."""
    parts = _RUNS.findall(written.casefold())
    return is_joined(written) and any(_is_new(part, is_known) for part in parts)


def is_joined(written: str) -> bool:
    """Return whether a word has punctuation between letters or digits."""
    return _JOINED.search(written) is not None


def _likeness_of_letters(lower: str, key: str, is_known: IsKnown) -> Likeness:
    if is_joined(lower):
        return Likeness.SURE if len(key) >= _MIN_SLUG_CHARS else Likeness.NONE
    return Likeness.SURE if _is_new(lower, is_known) else Likeness.NONE


def _is_new(word: str, is_known: IsKnown) -> bool:
    return len(word) > _MIN_WORD_CHARS and word.isalpha() and not is_known(word)


def _likeness_of_number(lower: str, key: str) -> Likeness:
    groups = _RUNS.findall(lower)
    is_grouped = len(groups) > 1 and len(key) >= _MIN_DIGITS_OF_GROUPS
    if is_amount(lower):
        return Likeness.NONE
    if len(key) >= _MIN_NUMBER_DIGITS or (is_grouped and not is_size(lower)):
        return Likeness.SURE
    is_long = len(key) >= _MIN_POSSIBLE_NUMBER_DIGITS
    return Likeness.POSSIBLE if is_long else Likeness.NONE


def _is_word(word: str, is_known: IsKnown) -> bool:
    """Return whether letters beside a number are a word; any two letters are one of some list."""
    return word in stop_words() or (len(word) >= _MIN_WORD_CHARS and is_known(word))


def _is_word_with_number(lower: str, key: str, is_known: IsKnown) -> bool:
    """Return whether ``lower`` is a known word with a small number or a year, as ``iphone12`` is.

    Three letters are a word only if there are no others.
    """
    runs = _RUNS.findall(lower)
    letters = [run for run in runs if not run[0].isdigit()]
    digits = "".join(char for char in key if char.isdigit())
    words = [run for run in letters if len(run) >= _MIN_WORD_CHARS]
    is_word = len(letters) == 1 or any(len(word) > _MIN_WORD_CHARS for word in words)
    is_small = len(digits) < _MIN_DIGITS or _YEAR.fullmatch(digits) is not None
    return bool(words) and is_word and is_small and all(map(is_known, words))
