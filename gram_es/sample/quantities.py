"""Format a quantity in different styles: ``18 V``, ``18V``, ``18 volt``; ``500 ml``, ``17 oz``."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import get_args

from gram_es.sample.vocabulary import Unit, UnitStyle, vocabulary

STYLES: tuple[UnitStyle, ...] = get_args(UnitStyle)

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?|\d+/\d+|\d+ x \d+) ([A-Za-z]+)")


def plain_style(style: str) -> str:
    """Return the style of a brand's attributes, given the style of the brand's titles."""
    return style if style in ("tight", "other") else "spaced"


def format_value(value: str, style: str) -> str:
    """Return ``value`` in ``style``, one of ``STYLES``; a value that is no quantity stays as it is.

    The style ``other`` converts to the other system of units. If a unit has no conversion,
    ``other`` has the same result as ``spaced``.
    """
    match = _QUANTITY.fullmatch(value)
    if match is None:
        return value
    number, symbol = match.groups()
    if symbol == "pack":
        return _format_pack(number, style)
    unit = vocabulary().units.get(symbol)
    if unit is None:
        return value
    if " x " in number:
        return _format_area(number, symbol, unit, style)
    joint = " " if unit.symbol == unit.word else "-"
    forms = {
        "tight": f"{number}{unit.symbol}",
        "word": f"{number} {unit.word}",
        "dash": f"{number}{joint}{unit.word}",
    }
    converted = _convert(number, symbol, unit) if style == "other" else None
    return forms.get(style) or converted or value


def _format_pack(number: str, style: str) -> str:
    return {
        "spaced": f"{number} pack",
        "tight": f"{number}pk",
        "word": f"pack of {number}",
        "dash": f"{number}-pack",
        "other": f"{number} ct",
    }[style]


def _format_area(number: str, symbol: str, unit: Unit, style: str) -> str:
    width, length = number.split(" x ")
    mark = unit.area_symbol or unit.symbol
    return {
        "spaced": f"{number} {symbol}",
        "tight": f"{width}x{length}",
        "word": f"{width} by {length} {unit.word}",
        "dash": f"{width}{mark} x {length}{mark}",
        "other": f"{_convert(width, symbol, unit, bare=True)} x {_convert(length, symbol, unit)}",
    }[style]


def _convert(number: str, symbol: str, unit: Unit, *, bare: bool = False) -> str | None:
    if symbol == "ml" and float(number) % 500 == 0:
        return f"{float(number) / 1000:g} L"
    if unit.other is None:
        return None
    amount = f"{round(float(Fraction(number)) * unit.other.factor, unit.other.decimals):g}"
    return amount if bare else f"{amount} {unit.other.unit}"
