"""The reader of a feed: its checked rows as a stream of products, rejected rows and faults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from gram_es.errors import FeedError
from gram_es.records import Product
from ingest.feeds.rows.field_names import with_google_names
from ingest.feeds.rows.for_sale.withdrawn import without_withdrawn
from ingest.feeds.rows.ids import damage_of, with_plain_identifiers
from ingest.feeds.rows.lengths import check_lengths
from ingest.feeds.rows.notation import in_own_notation
from ingest.feeds.rows.product_fields import RowError, build_product
from ingest.feeds.rows.records import FileFault, InvalidRow, RawRow, RejectedRow, Row
from ingest.feeds.rows.structured_texts import with_plain_texts
from ingest.feeds.sources.feed import Feed, OnRead
from ingest.feeds.sources.open import local_feed
from ingest.feeds.temporary_table import disk_errors, open_table

_CACHE_KIB = 32_768
_TABLE = "CREATE TABLE seen (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID"


class SeenIds:
    """The number of the first row of each id, in a temporary table that moves to disk if large."""

    def __init__(self) -> None:
        self._table = open_table(_TABLE, cache_kib=_CACHE_KIB)

    def first_row(self, product_id: str, row: int) -> int:
        """Return the number of the first row with this id; record ``row`` if the id is new.

        :raises FeedError: if the disk for temporary files is full.
        """
        with disk_errors("ids"):
            added = self._table.execute(
                "INSERT OR IGNORE INTO seen VALUES (?, ?)", (product_id, row)
            )
            if added.rowcount:
                return row
            earlier = self._table.execute("SELECT row FROM seen WHERE id = ?", (product_id,))
            return int(earlier.fetchone()[0])

    def close(self) -> None:
        """Remove the table."""
        self._table.close()


CheckedRow = Row | RejectedRow | FileFault


def open_feed(feed: Feed | Path, on_read: OnRead | None = None) -> Iterator[CheckedRow]:
    """Yield the checked rows of a feed as a stream, in order, numbered from 1.

    A row with the same id as an earlier row is rejected. A file that breaks midway yields the rows
    before the break and then a ``FileFault``; a file without rows yields a ``FileFault``. If the
    feed is a folder, its next file follows.

    :param on_read: called at each row with the share of the feed that has been read, from 0 to 1.
    :raises FeedError: if nothing can be read: the file is missing, empty, or of an unknown format.
    """
    return (checked for _, checked in read_raw_and_checked(feed, on_read))


def read_raw_and_checked(
    feed: Feed | Path, on_read: OnRead | None = None
) -> Iterator[tuple[RawRow | InvalidRow | None, CheckedRow]]:
    """Yield pairs: a row as its format reads it, and the same row as :func:`open_feed` yields it.

    In the pair of a ``FileFault``, the first part is ``None``.
    """
    with closing(SeenIds()) as seen:
        checker = _Checker(seen)
        rows = map(_with_known_names, _as_feed(feed).read(on_read))
        for row in in_own_notation(rows):
            yield (None, row) if isinstance(row, FileFault) else (row, checker.check(row))


def _with_known_names(row: RawRow | InvalidRow | FileFault) -> RawRow | InvalidRow | FileFault:
    return with_known_names(row) if isinstance(row, RawRow) else row


def with_known_names(row: RawRow) -> RawRow | InvalidRow:
    """Return the row with names of Google Merchant; a product that the shop withdrew is invalid."""
    return without_withdrawn(with_plain_identifiers(with_plain_texts(with_google_names(row))))


def detect_format(feed: Feed | Path) -> str:
    """Return the name of a feed's format.

    :raises FeedError: as :func:`open_feed` does.
    """
    return _as_feed(feed).format_name()


def read_products(feed: Feed | Path) -> tuple[list[Product], list[RejectedRow]]:
    """Return the products and the rejected rows of a whole feed, all in memory.

    :raises FeedError: if the feed cannot be read, or breaks midway.
    """
    products: list[Product] = []
    rejected: list[RejectedRow] = []
    for row in open_feed(feed):
        if isinstance(row, FileFault):
            raise FeedError(f"{feed}: {row}")
        if isinstance(row, RejectedRow):
            rejected.append(row)
        else:
            products.append(row.product)
    return products, rejected


def _as_feed(feed: Feed | Path) -> Feed:
    return local_feed(feed) if isinstance(feed, Path) else feed


class _Checker:
    """Numbers rows, builds their products, and rejects rows with an id of an earlier row."""

    def __init__(self, seen: SeenIds) -> None:
        self._rows = 0
        self._seen = seen

    def check(self, raw: RawRow | InvalidRow) -> Row | RejectedRow:
        self._rows += 1
        if isinstance(raw, InvalidRow):
            return self._reject(
                raw,
                raw.reason,
                possible_ids=raw.possible_ids,
                may_have_any_id=raw.may_have_any_id,
                is_for_sale=raw.is_for_sale,
            )
        ids = tuple(filter(None, raw.fields.get("id", ())))
        try:
            product = build_product(raw)
            check_lengths(product)
        except RowError as error:
            is_damaged = any(map(damage_of, ids))
            return self._reject(raw, str(error), possible_ids=ids, may_have_any_id=is_damaged)
        earlier = self._seen.first_row(product.id, self._rows)
        if earlier != self._rows:
            reason = f"row {earlier} has the same id {product.id!r}"
            return self._reject(raw, reason, possible_ids=ids, repeats=earlier)
        return Row(self._rows, raw.line, product)

    def _reject(self, raw: RawRow | InvalidRow, reason: str, **details: Any) -> RejectedRow:
        file = f" (in {raw.file})" if raw.file else ""
        return RejectedRow(self._rows, raw.line, f"{reason}{file}", raw.excerpt, **details)
