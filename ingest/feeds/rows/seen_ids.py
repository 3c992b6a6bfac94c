"""The ids that a feed has used, kept where a large feed does not fill the memory."""

from __future__ import annotations

import sqlite3

from gram_es.errors import FeedError

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
