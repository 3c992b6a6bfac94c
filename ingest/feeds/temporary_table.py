"""Tables in temporary files, for what a feed needs but memory cannot hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from gram_es.errors import FeedError


def open_table(schema: str, *, cache_kib: int) -> sqlite3.Connection:
    """Return a database with these tables, whose file is removed when it is closed.

    :param cache_kib: how much of it stays in memory, in KiB.
    """
    database = sqlite3.connect("", isolation_level=None)  # no name: temporary, on disk
    database.execute(f"PRAGMA cache_size = -{cache_kib}")
    database.execute("PRAGMA journal_mode = OFF")
    database.executescript(schema)
    database.execute("BEGIN")
    return database


@contextmanager
def disk_errors(content: str) -> Iterator[None]:
    """Raise :class:`FeedError` if the disk for temporary files is full.

    :param content: what is written, in words for the message.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise FeedError(
            f"the {content} of the feed cannot be written to a temporary file ({error}); set"
            " SQLITE_TMPDIR to a folder on a disk with free space"
        ) from None
