"""Units of measure: one name for each, and the numbers that stand before them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_UNITS = {
    "inch": ("in", "inch", "inches"),
    "foot": ("ft", "foot", "feet"),
    "yard": ("yd", "yds", "yard", "yards"),
    "gallon": ("gal", "gals", "gallon", "gallons"),
    "quart": ("qt", "qts", "quart", "quarts"),
    "ounce": ("oz", "ounce", "ounces"),
    "pound": ("lb", "lbs", "pound", "pounds"),
    "volt": ("v", "volt", "volts"),
    "watt": ("w", "watt", "watts"),
    "kilowatt": ("kw", "kilowatt", "kilowatts"),
    "amp": ("amp", "amps", "ampere", "amperes"),
    "degree": ("deg", "degree", "degrees"),
    "mm": ("mm", "millimeter", "millimeters", "millimetre", "millimetres"),
    "cm": ("cm", "centimeter", "centimeters", "centimetre", "centimetres"),
    "m": ("m", "meter", "meters", "metre", "metres"),
    "ml": ("ml", "milliliter", "milliliters", "millilitre", "millilitres"),
    "cl": ("cl", "centiliter", "centiliters", "centilitre", "centilitres"),
    "l": ("l", "ltr", "liter", "liters", "litre", "litres"),
    "g": ("g", "gr", "gram", "grams", "gramme", "grammes"),
    "kg": ("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"),
    "gb": ("gb", "gigabyte", "gigabytes"),
    "tb": ("tb", "terabyte", "terabytes"),
    "mb": ("mb", "megabyte", "megabytes"),
    "ghz": ("ghz", "gigahertz"),
    "mah": ("mah",),
    "pack": ("pk", "pack", "packs"),
    "piece": ("pc", "pcs", "piece", "pieces"),
    "person": ("person", "persons", "people"),
}
UNITS: Final = frozenset(_UNITS)
"""The names of units in the normal form."""
_UNIT_OF = {form: unit for unit, forms in _UNITS.items() for form in forms}
UNIT_WORDS: Final = frozenset(_UNIT_OF)
"""All ways to write a unit."""
_SMALLER = {"l": ("ml", 1000), "kg": ("g", 1000), "cl": ("ml", 10), "tb": ("gb", 1000)}
_LARGER = {"ml": ("l", 1000), "g": ("kg", 1000), "gb": ("tb", 1000)}
_MAX_DIGITS: Final = 12
_INCH: Final = "in"
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


def as_decimal(value: float) -> str:
    """Return a number with at most three decimals, and without zeros at its end."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _convert(number: str, unit: str) -> tuple[str, str]:
    """Convert an amount below 1 to the smaller unit.

    Convert a multiple of 100 that is 1,000 or more to the larger unit.
    """
    if len(number) > _MAX_DIGITS:
        return number, unit
    value = float(number)
    while unit in _SMALLER and (value < 1 or unit == "cl"):
        unit, factor = _SMALLER[unit]
        value *= factor
    while unit in _LARGER and value >= 1000 and value % 100 == 0:
        unit, factor = _LARGER[unit]
        value /= factor
    return as_decimal(value), unit


def name_units(tokens: list[str]) -> list[str]:
    """Return the tokens of a text with one name for each unit behind a number."""
    joined: list[str] = []
    for token, following in zip(tokens, [*tokens, ""][1:], strict=False):
        after_number = bool(joined) and _NUMBER.fullmatch(joined[-1]) is not None
        is_count = token == _INCH and following.isdecimal()  # "2 in 1 laptop"
        unit = _UNIT_OF.get(token) if after_number and not is_count else None
        if unit is None:
            joined.append(token)
        else:
            joined[-1], unit = _convert(joined[-1], unit)
            joined.append(unit)
    return joined


def join_units(words: Iterable[str]) -> list[str]:
    """Return the words of a normal form, each number joined by a blank to the unit behind it."""
    joined: list[str] = []
    for word in words:
        if word in UNITS and joined and " " not in joined[-1] and _NUMBER.fullmatch(joined[-1]):
            joined[-1] = f"{joined[-1]} {word}"
        else:
            joined.append(word)
    return joined
