"""Unicode's normalization forms, in time that is linear in the length of a text."""

from __future__ import annotations

import unicodedata
from typing import Literal

import regex

# Python sorts the marks of a letter by insertion: a text of 500,000 marks takes ten minutes.
# Unicode (UAX #15, D4) expects no more than 30. The two signs of half width decompose to marks.
_MARKS = regex.compile(r"([\p{M}\uff9e\uff9f]{32})[\p{M}\uff9e\uff9f]+")


def unicode_form(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """Return ``text`` in a normalization form; a letter keeps at most 32 marks."""
    bounded = _MARKS.sub(r"\1", text)
    return unicodedata.normalize(form, bounded)  # noqa: TID251
