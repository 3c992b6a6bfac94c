"""What came of one row of a feed, as a JSON object or as a text for people; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from gram_es.records import Product
from ingest.feeds.formats.lines import printable
from ingest.feeds.rows.reader import CheckedRow
from ingest.feeds.rows.records import FileFault, RejectedRow, Row

_INDENT = 15
_PATH_SEPARATOR = " > "


def row_json(row: CheckedRow) -> dict[str, Any]:
    """Return a row as a JSON object.

    A product has its fields, without empty ones, and the numbers of its ``row`` and ``line``. A row
    that is rejected has the reason in ``rejected``; what is wrong with a file is in ``fault``.
    """
    if isinstance(row, FileFault):
        return {"fault": str(row)}
    place = {"row": row.number, "line": row.line}
    if isinstance(row, RejectedRow):
        return {
            **place,
            "rejected": row.reason,
            "possible_ids": list(map(printable, row.possible_ids)),
            "may_have_any_id": row.may_have_any_id,
            "is_for_sale": row.is_for_sale,
            "excerpt": row.excerpt,
        }
    return {**_filled(row.product), **place}


def row_text(row: CheckedRow) -> str:
    """Return a product as lines of its fields and attributes, or the reason why there is none.

    Control characters are left out.
    """
    if not isinstance(row, Row):
        return "".join(filter(_is_shown, str(row)))
    filled = _filled(row.product)
    lines = [f"row {row.number}, line {row.line}"]
    attributes = filled.pop("attributes", {})
    lines += (f"  {name:<{_INDENT}}{_joined(value)}" for name, value in filled.items())
    lines += (f"  {name + ':':<{_INDENT}}{', '.join(v)}" for name, v in attributes.items())
    return "\n".join("".join(filter(_is_shown, line)) for line in lines)


def _filled(product: Product) -> dict[str, Any]:
    values = {field.name: getattr(product, field.name) for field in fields(product)}
    return {name: _plain(value) for name, value in values.items() if value not in (None, (), {})}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: list(inner) for name, inner in value.items()}
    return list(map(_plain, value)) if isinstance(value, tuple) else value


def _joined(value: object) -> str:
    """Return a value as text: the names of a category path, or several paths, one after another."""
    if not isinstance(value, list):
        return str(value)
    if any(isinstance(inner, list) for inner in value):
        return "; ".join(map(_joined, value))
    return _PATH_SEPARATOR.join(map(str, value))


def _is_shown(character: str) -> bool:
    return character.isprintable() or character == " "
