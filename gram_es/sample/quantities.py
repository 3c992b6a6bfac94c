"""One quantity, many spellings: ``18 V``, ``18V``, ``18 volt``; ``500 ml``, ``17 oz``."""

from __future__ import annotations

import re
from fractions import Fraction

STYLES = ("spaced", "tight", "word", "dash", "other")

# Symbol of the unit: how it is written close to the number, and its word.
_UNITS = {
    "V": ("V", "volt"),
    "W": ("W", "watt"),
    "Ah": ("Ah", "Ah"),
    "mAh": ("mAh", "mAh"),
    "Nm": ("Nm", "Nm"),
    "in": ('"', "inch"),
    "ft": ("ft", "foot"),
    "lb": ("lb", "pound"),
    "oz": ("oz", "ounce"),
    "ml": ("ml", "milliliter"),
    "L": ("L", "liter"),
    "qt": ("qt", "quart"),
    "gal": ("gal", "gallon"),
    "cup": ("cup", "cup"),
    "GB": ("GB", "gigabyte"),
    "lm": ("lm", "lumen"),
    "mm": ("mm", "mm"),
    "load": ("load", "load"),
    "person": ("P", "person"),
    "piece": ("pc", "piece"),
    "slice": ("slice", "slice"),
    "hour": ("h", "hour"),
}
# Unit: (the other unit, how many of those one of these makes, decimals to round to).
_OTHERS = {
    "in": ("cm", 2.54, 0),
    "ft": ("m", 0.3048, 1),
    "lb": ("kg", 0.4536, 1),
    "ml": ("oz", 0.033814, 0),
    "L": ("oz", 33.814, 0),
    "qt": ("L", 0.9464, 1),
    "gal": ("L", 3.785, 0),
    "cup": ("L", 0.2366, 1),
    "mm": ("cm", 0.1, 1),
}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?|\d+/\d+|\d+ x \d+) ([A-Za-z]+)")


def spell(value: str, style: str) -> str:
    """Return ``value`` in one of ``STYLES``; a value that is no quantity comes back as it is.

    ``other`` changes the system of units where there is another, and falls back to ``spaced``.
    """
    found = _QUANTITY.fullmatch(value)
    if found is None:
        return value
    number, unit = found.groups()
    if unit == "pack":
        return _spell_pack(number, style)
    if unit not in _UNITS:
        return value
    if " x " in number:
        return _spell_area(number, unit, style)
    symbol, word = _UNITS[unit]
    joint = " " if symbol == word else "-"
    spellings = {
        "tight": f"{number}{symbol}",
        "word": f"{number} {word}",
        "dash": f"{number}{joint}{word}",
    }
    return spellings.get(style) or (_convert(number, unit) if style == "other" else None) or value


def _spell_pack(number: str, style: str) -> str:
    return {
        "spaced": f"{number} pack",
        "tight": f"{number}pk",
        "word": f"pack of {number}",
        "dash": f"{number}-pack",
        "other": f"{number} ct",
    }[style]


def _spell_area(number: str, unit: str, style: str) -> str:
    symbol, word = _UNITS[unit]
    width, length = number.split(" x ")
    mark = {"in": '"', "ft": "'"}.get(unit, symbol)
    return {
        "spaced": f"{number} {unit}",
        "tight": f"{width}x{length}",
        "word": f"{width} by {length} {word}",
        "dash": f"{width}{mark} x {length}{mark}",
        "other": f"{_convert(width, unit, bare=True)} x {_convert(length, unit)}",
    }[style]


def _convert(number: str, unit: str, *, bare: bool = False) -> str | None:
    if unit == "ml" and float(number) % 500 == 0:
        return f"{float(number) / 1000:g} L"
    if unit not in _OTHERS:
        return None
    other, factor, decimals = _OTHERS[unit]
    amount = f"{round(float(Fraction(number)) * factor, decimals):g}"
    return amount if bare else f"{amount} {other}"
