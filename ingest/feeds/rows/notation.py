"""The notation of numbers in a feed's prices, learned from its first rows.

``1,299`` and ``1.299`` can be thousands or decimals. Other prices of the feed show which: with
``12.50`` in another row, the comma of ``1,299`` parts thousands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from ingest.feeds.rows.records import FileFault, InvalidRow, RawRow

_FIELDS = ("price", "sale_price")
_MAX_ROWS = 200
_MAX_CHARACTERS = 1 << 20
_MAX_PRICE_CHARACTERS = 100
_START = r"(?<!\d)(?<!\d[.,])"  # of a number; the dot of an abbreviation may precede it: Rs.499
_DECIMALS = re.compile(_START + r"\d[\d.,' ]*([.,])(?:\d{1,2}(?!\d)|[-–—])")
_THOUSANDS = re.compile(_START + r"\d{1,3}([.,])\d{3}\1\d{3}(?!\d)")
_THREE_DECIMALS = re.compile(_START + r"(?:0|\d{4,})([.,])\d{3}(?!\d)")
_AMBIGUOUS = re.compile(_START + r"(?<!\d[' ])([1-9]\d{0,2})([.,])(\d{3})(?![\d.,' ]*\d)")
_OTHER = {".": ",", ",": "."}


@dataclass(frozen=True, slots=True)
class Notation:
    """The mark before decimals, and whether prices have three of them.

    ``decimal`` is empty if the feed shows no mark, or both.
    """

    decimal: str = ""
    has_three_decimals: bool = False


def in_own_notation(
    rows: Iterator[RawRow | InvalidRow | FileFault],
) -> Iterator[RawRow | InvalidRow | FileFault]:
    """Yield the rows of a feed, their prices clear where its first rows show the notation."""
    first: list[RawRow | InvalidRow | FileFault] = []
    characters = 0
    for row in rows:
        first.append(row)
        characters += _size(row)
        if len(first) >= _MAX_ROWS or characters > _MAX_CHARACTERS:
            break
    notation = notation_of(row for row in first if isinstance(row, RawRow))
    for row in chain(first, rows):
        yield with_clear_prices(row, notation) if isinstance(row, RawRow) else row


def notation_of(rows: Iterable[RawRow]) -> Notation:
    """Return the notation that all prices of the rows share."""
    marks: set[str] = set()
    has_three_decimals = False
    for text in chain.from_iterable(map(_price_texts, rows)):
        marks.update(_DECIMALS.findall(text))
        marks.update(_OTHER[mark] for mark in _THOUSANDS.findall(text))
        if three := _THREE_DECIMALS.findall(text):
            marks.update(three)
            has_three_decimals = True
    return Notation(marks.pop(), has_three_decimals) if len(marks) == 1 else Notation()


def with_clear_prices(row: RawRow, notation: Notation) -> RawRow:
    """Return the row with prices such as ``1,299`` rewritten as ``1299`` if that is what it means.

    A mark before decimals stays if the feed has prices with three decimals; otherwise the price
    can still be read two ways.
    """

    def clear(match: re.Match[str]) -> str:
        whole, mark, digits = match.groups()
        if mark != notation.decimal:
            return f"{whole}{digits}"
        return f"{whole}.{digits}0" if notation.has_three_decimals else match[0]

    texts = {name: row.fields[name] for name in _FIELDS if row.fields.get(name)}
    if not notation.decimal or not any(map(_is_ambiguous, chain.from_iterable(texts.values()))):
        return row
    cleared = {
        name: tuple(_AMBIGUOUS.sub(clear, v) if _is_ambiguous(v) else v for v in values)
        for name, values in texts.items()
    }
    return replace(row, fields={**row.fields, **cleared})


def _is_ambiguous(text: str) -> bool:
    return len(text) <= _MAX_PRICE_CHARACTERS and len(_AMBIGUOUS.findall(text)) == 1


def _price_texts(row: RawRow) -> Iterator[str]:
    for name in _FIELDS:
        yield from (v for v in row.fields.get(name, ()) if len(v) <= _MAX_PRICE_CHARACTERS)


def _size(row: RawRow | InvalidRow | FileFault) -> int:
    if not isinstance(row, RawRow):
        return 0
    return sum(
        len(value)
        for texts in (row.fields, row.attributes)
        for values in texts.values()
        for value in values
    )
