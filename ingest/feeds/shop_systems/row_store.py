"""Rows that wait on disk for their parents or variants: memory does not grow with a feed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.temporary_table import disk_errors, open_table

AnyRow = RawRow | InvalidRow
Attributes = Mapping[str, tuple[str, ...]]

_CACHE_KIB = 8_192
_TABLES = """
CREATE TABLE parents (number INTEGER PRIMARY KEY, row TEXT, has_variants INTEGER);
CREATE TABLE links (link BLOB PRIMARY KEY, number INTEGER, attributes TEXT) WITHOUT ROWID;
CREATE TABLE waiting (number INTEGER PRIMARY KEY, link BLOB, row TEXT);
CREATE INDEX waiting_links ON waiting (link);
"""


class RowStore:
    """Parents with their links, and variants with theirs; see :class:`Variants`."""

    def __init__(self) -> None:
        self._table = open_table(_TABLES, cache_kib=_CACHE_KIB)

    def close(self) -> None:
        """Free the disk."""
        self._table.close()

    def add_parent(self, row: AnyRow, links: Mapping[str, Attributes], has_variants: bool) -> None:
        """Store a parent.

        :raises FeedError: if the disk for temporary files is full.
        """
        with disk_errors("parents"):
            cursor = self._table.execute(
                "INSERT INTO parents (row, has_variants) VALUES (?, ?)", (_dump(row), has_variants)
            )
            number = cursor.lastrowid
            entries = ((_key(link), number, json.dumps(dict(links[link]))) for link in links)
            self._table.executemany("INSERT OR REPLACE INTO links VALUES (?, ?, ?)", entries)

    def parent_of(self, link: str) -> tuple[AnyRow, Attributes] | None:
        """Return the parent with a link, and what it states of the variant; it has variants now."""
        found = self._table.execute(
            "SELECT number, row, attributes FROM links JOIN parents USING (number) WHERE link = ?",
            (_key(link),),
        ).fetchone()
        if found is None:
            return None
        number, row, attributes = found
        self._table.execute("UPDATE parents SET has_variants = 1 WHERE number = ?", (number,))
        return _load(row), _texts(json.loads(attributes))

    def add_variant(self, row: RawRow, link: str) -> None:
        """Store a variant whose parent was not read yet.

        :raises FeedError: if the disk for temporary files is full.
        """
        values = (_key(link), _dump(row))
        with disk_errors("variants"):
            self._table.execute("INSERT INTO waiting (link, row) VALUES (?, ?)", values)

    def take_variants(self, link: str) -> list[RawRow]:
        """Remove and return the variants that wait for a parent with a link."""
        rows = self._table.execute(
            "SELECT row FROM waiting WHERE link = ? ORDER BY number", (_key(link),)
        ).fetchall()
        if rows:
            self._table.execute("DELETE FROM waiting WHERE link = ?", (_key(link),))
        return [row for (text,) in rows if isinstance(row := _load(text), RawRow)]

    def variants(self) -> Iterator[RawRow]:
        """Yield the variants that still wait."""
        for (text,) in self._table.execute("SELECT row FROM waiting ORDER BY number"):
            row = _load(text)
            assert isinstance(row, RawRow)
            yield row

    def childless_parents(self) -> Iterator[AnyRow]:
        """Yield the parents of which no variant was read."""
        query = "SELECT row FROM parents WHERE NOT has_variants ORDER BY number"
        for (text,) in self._table.execute(query):
            yield _load(text)


def _key(link: str) -> bytes:
    """Return a link as bytes; unlike a text, they may hold what is no UTF-8."""
    return link.encode("utf-8", "surrogatepass")


def _dump(row: AnyRow) -> str:
    if isinstance(row, InvalidRow):
        return json.dumps({"invalid": {name: getattr(row, name) for name in row.__slots__}})
    values: dict[str, Any] = {name: getattr(row, name) for name in row.__slots__}
    for name in ("fields", "attributes", "origins"):
        values[name] = dict(values[name])
    return json.dumps({**values, "ignored": list(row.ignored)})


def _load(text: str) -> AnyRow:
    values = json.loads(text)
    if "invalid" in values:
        invalid = values["invalid"]
        return InvalidRow(**{**invalid, "possible_ids": tuple(invalid["possible_ids"])})
    return RawRow(
        **{
            **values,
            "fields": _texts(values["fields"]),
            "attributes": _texts(values["attributes"]),
            "doubts": tuple(values["doubts"]),
        }
    )


def _texts(values: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(texts) for name, texts in values.items()}
