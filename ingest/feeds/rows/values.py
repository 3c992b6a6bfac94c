"""Conversion of values to texts: JSON values, and cells that a spreadsheet wrote."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence

_GUARDS = ("=", "'")
_FORMULA = re.compile(r'=\s*(?:T\()?"((?:[^"]|"")*)"\)?', re.IGNORECASE)
_NUMBER = re.compile(r"=[+-]?\d[\d.,]*")
_DECADE = re.compile(r"'\d0s\b")
_EXACT_INTEGERS = 1e15
# Byte order marks and the like, as files that were joined have them before a cell.
_INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060\x00\x1a"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class ExponentialNumber(float):
    """A number that is written with an exponent, so that it may be rounded; ``text`` is it so."""

    text: str

    def __new__(cls, text: str) -> ExponentialNumber:
        """Return the number that a text such as ``1.23457e12`` states."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def as_text(value: object) -> str:
    """Return one scalar as text: ``17.0`` is ``17``, ``True`` is ``true``, ``None`` is empty.

    Invisible characters at its ends are left out; a zero byte inside is damage, and shown as such.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_INTEGERS:
        return str(int(value))
    text = str(value).strip()
    if not text.isprintable():
        text = text.strip(_INVISIBLE + string.whitespace).replace("\x00", _REPLACEMENT)
    return without_guard(text) if text[:1] in _GUARDS else text


def without_guard(cell: str) -> str:
    """Return the text that a guard keeps from a spreadsheet: ``00123`` for ``="00123"``.

    An apostrophe is a guard before an identifier, a number or a formula: ``'00123``, ``'=A1``. It
    is not one in ``'90s music`` and ``'Tis`` and ``'quoted'``.
    """
    if cell[:1] == "=":
        match = _FORMULA.fullmatch(cell)
        number = cell[1:] if _NUMBER.fullmatch(cell) else cell
        return match[1].replace('""', '"').strip() if match else number
    if cell[:1] != "'" or "'" in cell[1:]:
        return cell
    is_identifier = not re.search(r"\s", cell) and any(map(str.isdigit, cell))
    is_guard = is_identifier or cell[1:2].isdigit() or cell[1:2] in tuple("=+-@")
    return cell[1:].strip() if is_guard and not _DECADE.match(cell) else cell


def as_texts(value: object) -> tuple[str, ...]:
    """Return a scalar or the items of a list as texts.

    The texts of a nested list are joined by ``>``, as the names of a path. An object counts by its
    name or its value.
    """
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_item_text(item) for item in value)
    return (as_text(value),)


def _item_text(item: object) -> str:
    if isinstance(item, (list, tuple)):
        return " > ".join(filter(None, map(_item_text, item)))
    if isinstance(item, Mapping):
        return as_text(next((item[key] for key in ("name", "value") if key in item), None))
    return as_text(item)


def attribute_pairs(value: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and the texts of each attribute in a JSON value.

    The value is an object, or a list of objects ``{"name": ..., "value": ...}``. The
    names of nested objects are joined by a dot: ``size.width``.
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, Mapping):
                for inner_name, texts in attribute_pairs(inner):
                    yield f"{as_text(name)}.{inner_name}", texts
            else:
                yield as_text(name), as_texts(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            if isinstance(item, Mapping) and "name" in item:
                yield as_text(item["name"]), as_texts(item.get("value"))
