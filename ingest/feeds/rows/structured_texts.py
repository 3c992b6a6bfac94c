"""Google's structured title and description: texts with a note on how they were written.

XML has the content in an element of its own, a table has ``trained_algorithmic_media:"content"``,
and JSON has an object with ``digitalSourceType`` and ``content``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ingest.feeds.rows.records import RawRow

_TARGETS = {"structuredtitle": "title", "structureddescription": "description"}
_SOURCE_TYPES = (
    "trained_algorithmic_media",
    "composite_with_trained_algorithmic_media",
    "algorithmic_media",
    "default",
)


def with_plain_texts(row: RawRow) -> RawRow:
    """Return the row with structured texts as its title and description, where it has no others."""
    names = [name for texts in (row.fields, row.attributes) for name in texts if _target_of(name)]
    if not names:
        return row
    fields, attributes, origins = dict(row.fields), dict(row.attributes), dict(row.origins)
    for name in names:
        values = fields.pop(name, ()) or attributes.pop(name, ())
        written = origins.pop(name, name)
        if _is_content(name) and not any(fields.get(target := _target_of(name), ())):
            fields[target], origins[target] = tuple(map(_content, values)), written
    return replace(row, fields=fields, attributes=attributes, origins=origins)


@lru_cache(maxsize=4_096)
def _target_of(name: str) -> str:
    """Return the field that a name structures, or an empty text."""
    key = name.partition("(")[0].partition(".")[0].replace("_", "").replace(" ", "").lower()
    return _TARGETS.get(key, "")


def _is_content(name: str) -> bool:
    """Return whether a name is that of the text itself, not of a note on it."""
    return name.partition(".")[2].lower() in ("", "content")


def _content(text: str) -> str:
    """Return a text of a table without its source type and the quotation marks around it."""
    source_type, colon, content = text.partition(":")
    if not colon or source_type.strip().lower() not in _SOURCE_TYPES:
        return text
    return content.strip().removeprefix('"').removesuffix('"')
