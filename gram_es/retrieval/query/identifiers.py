"""Recognise a SKU, GTIN or model number, and write it as the index stores it."""

from __future__ import annotations

import re
from typing import Final

from gram_es.index.documents import identifier_key
from gram_es.text.gtin import is_gtin

_MAX_WORDS: Final = 4
_MAX_CHARS: Final = 64
# 60w, 5gal, 3/4in, 20000mah, 1200lumens, 4x8ft: a number with its unit, not a model
_MEASURE: Final = re.compile(r"\d+(?:[.,/x]\d+)*[a-z\"']{0,9}")
# m10-1.5 and x5-1/4 are sizes of screws: no model number has a point or a slash
_MODEL_PART: Final = re.compile(r"[a-z0-9][a-z0-9_#+]*")


def identifier_in(text: str) -> str | None:
    """Return ``text`` as the index stores identifiers.

    ``None`` when it has no digit, or is too long or has too many words for an identifier.
    """
    if len(text) > _MAX_CHARS or len(text.split()) > _MAX_WORDS:
        return None
    if not any(char.isdigit() for char in text):
        return None
    return identifier_key(text) or None


def looks_like_identifier(text: str) -> bool:
    """Return whether ``text`` is an identifier and nothing else, so that it needs no codes.

    True for GTINs with a right check digit (blanks and dashes allowed), for numbers of five
    digits and more, and for one word that mixes letters with at least three digits and is no
    measure.
    """
    key = identifier_in(text)
    if key is None:
        return False
    if key.isascii() and key.isdigit():
        return is_gtin(key) or (len(key) >= 5 and len(text.split()) == 1)
    if len(text.split()) > 1 or len(key) < 5 or not _MODEL_PART.fullmatch(key):
        return False
    digits = sum(char.isdigit() for char in key)
    letters = any(char.isalpha() for char in key)
    return letters and digits >= 3 and not _MEASURE.fullmatch(key)
