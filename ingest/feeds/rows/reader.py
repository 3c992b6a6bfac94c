"""Reading a feed into checked rows: products, refused rows, and faults of its files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from gram_es.errors import FeedError
from gram_es.records import Product
from ingest.feeds.rows.product import RowError, build_product, first_text, with_googles_names
from ingest.feeds.rows.records import BadRow, FileFault, RawRow, RefusedRow, Row
from ingest.feeds.sources.feed import Feed, OnRead
from ingest.feeds.sources.open import local_feed

_CACHE_KIB = 32_768


class SeenIds:
    """Which row used an id first: a temporary table that leaves memory for disk as it grows."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", isolation_level=None)  # no name: temporary, on disk
        self._table.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._table.execute("PRAGMA journal_mode = OFF")
        self._table.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID")
        self._table.execute("BEGIN")

    def first_row(self, product_id: str, row: int) -> int:
        """Return the row that used an id first: ``row`` if none did before.

        :raises FeedError: if the disk for temporary files is full.
        """
        try:
            added = self._table.execute(
                "INSERT OR IGNORE INTO seen VALUES (?, ?)", (product_id, row)
            )
            if added.rowcount:
                return row
            found = self._table.execute("SELECT row FROM seen WHERE id = ?", (product_id,))
            return int(found.fetchone()[0])
        except sqlite3.OperationalError as error:
            raise FeedError(
                f"the ids of the feed cannot be kept in a temporary file ({error}); set"
                " SQLITE_TMPDIR to a folder on a disk with room"
            ) from None

    def close(self) -> None:
        """Remove the table."""
        self._table.close()


Checked = Row | RefusedRow | FileFault


def open_feed(feed: Feed | Path, on_read: OnRead | None = None) -> Iterator[Checked]:
    """Yield the rows of a feed as a stream, in order, numbered from 1.

    An id that an earlier row has is refused. A file that breaks midway yields what was read and
    then a ``FileFault``; so does one without any row. In a folder the next file follows.

    :param on_read: is told the share of the feed that has been read, row by row.
    :raises FeedError: if nothing can be read: no such file, empty, unknown format.
    """
    return (checked for _, checked in read_both(feed, on_read))


def read_both(
    feed: Feed | Path, on_read: OnRead | None = None
) -> Iterator[tuple[RawRow | BadRow | None, Checked]]:
    """Yield each row as its format read it, beside what :func:`open_feed` makes of it."""
    with closing(SeenIds()) as seen:
        checker = _Checker(seen)
        for found in _as_feed(feed).read(on_read):
            if isinstance(found, FileFault):
                yield None, found
                continue
            row = with_googles_names(found) if isinstance(found, RawRow) else found
            yield row, checker.check(row)


def check_feed(feed: Feed | Path) -> str:
    """Return the name of a feed's format.

    :raises FeedError: as :func:`open_feed` does.
    """
    return _as_feed(feed).format_name()


def read_products(feed: Feed | Path) -> tuple[list[Product], list[RefusedRow]]:
    """Read a whole feed into memory.

    :raises FeedError: if the feed cannot be read, or breaks midway.
    """
    products: list[Product] = []
    refused: list[RefusedRow] = []
    for row in open_feed(feed):
        if isinstance(row, FileFault):
            raise FeedError(f"{feed}: {row}")
        if isinstance(row, RefusedRow):
            refused.append(row)
        else:
            products.append(row.product)
    return products, refused


def _as_feed(feed: Feed | Path) -> Feed:
    return local_feed(feed) if isinstance(feed, Path) else feed


class _Checker:
    """Numbers rows, makes products of them, and refuses an id for the second time."""

    def __init__(self, seen: SeenIds) -> None:
        self._rows = 0
        self._seen = seen

    def check(self, found: RawRow | BadRow) -> Row | RefusedRow:
        self._rows += 1
        if isinstance(found, BadRow):
            told = {"possible_ids": found.possible_ids, "is_for_sale": found.is_for_sale}
            return self._refused(found, found.reason, **told)
        product_id = first_text(found.fields, "id")
        ids = () if product_id is None else (product_id,)
        try:
            product = build_product(found)
        except RowError as error:
            return self._refused(found, str(error), possible_ids=ids)
        earlier = self._seen.first_row(product.id, self._rows)
        if earlier != self._rows:
            reason = f"id {product.id!r} stands in row {earlier} already"
            return self._refused(found, reason, possible_ids=ids, repeats=earlier)
        return Row(self._rows, found.line, product)

    def _refused(self, found: RawRow | BadRow, reason: str, **told: Any) -> RefusedRow:
        place = f" (in {found.file})" if found.file else ""
        return RefusedRow(self._rows, found.line, f"{reason}{place}", found.excerpt, **told)
