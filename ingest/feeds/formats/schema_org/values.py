"""The values of schema.org properties as texts, types and names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ingest.feeds.rows.values import as_text

Node = Mapping[str, Any]

_NAMES = ("name", "value", "@value", "codeValue")
_LINKS = ("url", "contentUrl", "@value")
_MAX_ALTERNATIVES = 100
# Common codes of UN/CEFACT recommendation 20.
_UNITS = {
    "CMT": "cm",
    "FOT": "ft",
    "GRM": "g",
    "INH": "in",
    "KGM": "kg",
    "LBR": "lb",
    "LTR": "l",
    "MGM": "mg",
    "MLT": "ml",
    "MMT": "mm",
    "MTR": "m",
    "ONZ": "oz",
    "WTT": "W",
}


def items_of(value: object) -> Sequence[Any]:
    """Return the items of a list, or the value as the only item; ``None`` has no items.

    An object whose names are all numbers is a list too: PHP writes some lists in this way.
    """
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return () if value is None else (value,)
    while isinstance(value, dict) and ("@list" in value or "@set" in value):
        value = value.get("@list", value.get("@set"))
    if isinstance(value, dict) and value and all(name.isdecimal() for name in value):
        return list(value.values())
    return value if isinstance(value, list) else (value,)


def local_name(name: str) -> str:
    """Return a name without its namespace: ``InStock`` for ``https://schema.org/InStock``."""
    name = name.strip().rstrip("/#")
    return name[max(name.rfind(mark) for mark in "/#:") + 1 :]


def compact_name(name: str) -> str:
    """Return a local name in lower case without blanks and punctuation: ``listprice``."""
    return "".join(c for c in local_name(name).lower() if c.isalnum())


def types_of(node: Node) -> set[str]:
    """Return the types of a node without their namespaces."""
    return {local_name(name) for name in items_of(node.get("@type")) if isinstance(name, str)}


def text_of(value: object) -> str:
    """Return a scalar as text, or the name or value of an object; otherwise an empty text."""
    return _text(value, _NAMES)


def link_of(value: object) -> str:
    """Return an address: a text, or the URL of an object; otherwise an empty text."""
    return _text(value, _LINKS).replace("&amp;", "&")


def first_text(*values: object) -> str:
    """Return the first text that is not empty in values and lists of values."""
    for value in values:
        if value is not None and (text := next(all_texts(value), "")):
            return text
    return ""


def all_texts(value: object) -> Iterator[str]:
    """Yield the texts of a value or a list of values that are not empty."""
    return (text for item in items_of(value) if (text := text_of(item)))


def names_of(value: object) -> Iterator[str]:
    """Yield the local names of enumeration members, which may be references to schema.org."""
    for item in items_of(value):
        written = item.get("@id") or text_of(item) if isinstance(item, dict) else item
        if isinstance(written, str) and written.strip():
            yield local_name(written)


def quantities_of(value: object) -> tuple[str, ...]:
    """Return the values of a property or a measure, each with its unit, such as ``250 g``."""
    if not isinstance(value, dict):
        return ()
    code = text_of(value.get("unitCode")).upper()
    unit = text_of(value.get("unitText")) or _UNITS.get(code, "")
    return tuple(f"{text} {unit}".strip() for text in all_texts(value.get("value")))


def _text(value: object, names: Sequence[str]) -> str:
    if not isinstance(value, dict):
        return "" if isinstance(value, list) else as_text(value)
    for name in names:
        for item in islice(items_of(value.get(name)), _MAX_ALTERNATIVES):
            inner = item.get("@value", item.get("name")) if isinstance(item, dict) else item
            if not isinstance(inner, (list, dict)) and (text := as_text(inner)):
                return text
    return ""
