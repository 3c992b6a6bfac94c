"""Cells of a CSV file that a spreadsheet shows as text instead of running them as formulas.

An apostrophe makes a spreadsheet take a cell for text. It is put before each place where a program
could begin a cell with a formula: at the start of a cell, and after a separator or a line break
inside it, because a program that expects another separator parts the cell there.
"""

from __future__ import annotations

import re
from typing import Final

_START: Final = r"(?:^|(?<=[;\t\r\n]))"
_FORMULA: Final = "[\"']*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"  # also in full width
_UNGUARDED: Final = re.compile(f"{_START}(?={_FORMULA})")
_GUARDED: Final = re.compile(f"{_START}'(?={_FORMULA})")


def guard_cell(text: str) -> str:
    """Return ``text`` with an apostrophe before whatever a spreadsheet could run."""
    return _UNGUARDED.sub("'", text)


def unguard_cell(text: str) -> str:
    """Return the text that :func:`guard_cell` was given; other texts mostly stay as they are."""
    return _GUARDED.sub("", text)
