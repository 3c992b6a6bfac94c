"""A row of an export while it is being converted to the fields and attributes of a product.

Cells are named as the shop system writes them; case and separators do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.records import InvalidRow, RawRow

_OFF = frozenset({"0", "n", "no", "false", "off", "disabled", "-1", "2"})
_DATE_FORMATS = ("%m/%d/%y, %I:%M %p", "%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%y", "%m/%d/%Y")
_LIST_SEPARATOR = re.compile(r"[,;|]")
_FIRST_DAY, _LAST_DAY = "1970-01-01", "9999-12-31"


class Draft:
    """A mutable copy of a row; its keys are normalised names."""

    def __init__(self, row: RawRow) -> None:
        self._row = row
        self._fields = dict(row.fields)
        self._attributes = {name: list(values) for name, values in row.attributes.items()}
        self._taken: set[str] = set()
        self._ignored = list(row.ignored)

    @property
    def line(self) -> int:
        """The line at which the row starts."""
        return self._row.line

    def get(self, name: str) -> str:
        """Return a cell, or an empty text."""
        return next(iter(self._fields.get(field_name(name), ())), "")

    def take(self, *names: str) -> str:
        """Remove cells from the row, and return the first that is not empty, or an empty text."""
        texts = [self.get(name) for name in names]
        for name in names:
            self._fields.pop(field_name(name), None)
            self._taken.add(field_name(name))
        return next(filter(None, texts), "")

    def put(self, field: str, *values: str) -> None:
        """Set a field to the values that are not empty; without any, remove the field."""
        filled = tuple(filter(None, values))
        if filled:
            self._fields[field] = filled
        else:
            self._fields.pop(field, None)

    def put_paths(self, paths: Iterable[Iterable[str]]) -> None:
        r"""Set the category paths, each from the root to the leaf; a comma in a name is ``\,``."""
        names = ([_LIST_SEPARATOR.sub(r"\\\g<0>", name.strip()) for name in path] for path in paths)
        written = (" > ".join(filter(None, path)) for path in names)
        self.put("category", *dict.fromkeys(written))

    def put_link(self, field: str, text: str) -> None:
        """Set a field to an address; a path inside the shop has no use without its host."""
        self.put(field, text if text.startswith(("http://", "https://")) else "")

    def put_sale(self, start: str, end: str) -> None:
        """Set the time of the sale price; remove the sale price if a date cannot be read."""
        interval = _interval(start, end)
        if interval is None:
            self.put("sale_price")
        elif start or end:
            self.put("sale_price_effective_date", interval)

    def add_attribute(self, name: str, *values: str) -> None:
        """Add values to an attribute; empty ones are left out."""
        filled = [*filter(None, map(str.strip, values))]
        if name and filled:
            self._attributes.setdefault(name, []).extend(filled)

    def matching(self, pattern: re.Pattern[str]) -> Iterator[tuple[re.Match[str], str]]:
        """Take the cells whose normalised names match; yield the matches with the texts."""
        for name in list(self._fields):
            if match := _match(pattern, name):
                yield match, self.take(name)

    def ignore(self, pattern: re.Pattern[str]) -> None:
        """Take the cells whose normalised names match, and list them as ignored."""
        for name in list(self._fields):
            if _match(pattern, name):
                self._ignored.append(self._row.origins.get(name, name))
                self.take(name)

    def written_names(self) -> list[tuple[str, str]]:
        """Return the normalised name of each cell, and the name that the feed has for it."""
        return [(name, self._row.origins.get(name, name)) for name in self._fields]

    def row(self) -> RawRow:
        """Return the row as it is now."""
        return replace(
            self._row,
            fields=self._fields,
            attributes={name: tuple(values) for name, values in self._attributes.items()},
            origins={n: w for n, w in self._row.origins.items() if n not in self._taken},
            ignored=self._ignored,
        )

    def rejected(self, reason: str) -> InvalidRow:
        """Return the row as one whose id cannot be told, so that a feed with it deletes nothing."""
        return InvalidRow(
            self._row.line, reason, self._row.excerpt, self._row.file, may_have_any_id=True
        )

    def withdrawn(self, reason: str) -> InvalidRow:
        """Return the row of a product that the shop does not sell or does not let people find."""
        return InvalidRow(
            self._row.line,
            f"not for sale: {reason}",
            self._row.excerpt,
            self._row.file,
            is_for_sale=False,
        )


@lru_cache(maxsize=16_384)
def _match(pattern: re.Pattern[str], name: str) -> re.Match[str] | None:
    return pattern.fullmatch(name)


def is_off(text: str) -> bool:
    """Return whether a switch is off: ``0``, ``No``, ``FALSE``; an empty text is not."""
    return text.strip().lower() in _OFF


def split(text: str, separator: str = ",") -> list[str]:
    r"""Return the parts of a list; ``\,`` is a comma inside of a part."""
    parts = re.split(rf"(?<!\\){re.escape(separator)}", text)
    return [part.replace(f"\\{separator}", separator).strip() for part in parts if part.strip()]


def is_positive(number: str) -> bool:
    """Return whether a text is a number above 0."""
    try:
        return float(number.replace(",", ".")) > 0
    except ValueError:
        return False


def _interval(start: str, end: str) -> str | None:
    try:
        first, last = _iso(start or _FIRST_DAY), _iso(end or _LAST_DAY)
    except ValueError:
        return None
    is_day = len(end.strip()) <= len("yyyy-mm-dd")
    return f"{first.isoformat()}/{last.replace(hour=23, minute=59) if is_day else last}"


def _iso(text: str) -> datetime:
    """Return a time that is written in the forms of ISO 8601 or of an American export.

    :raises ValueError: if it is none.
    """
    text = text.strip().replace("\u202f", " ")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        for form in _DATE_FORMATS:
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
    raise ValueError(text)
