"""Finds ids that a person or a spreadsheet takes for one another; the ids are on disk."""

from __future__ import annotations

import re

from gram_es.text.unicode_form import unicode_form
from ingest.feeds.temporary_table import disk_errors, open_table

_CACHE_KIB = 16_384
_TABLE = "CREATE TABLE ids (folded TEXT PRIMARY KEY, id TEXT) WITHOUT ROWID"
_PUNCTUATION = re.compile(r"[\W_]+")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


class SimilarIds:
    """The ids of a feed by their folded form: without case, punctuation and leading zeros."""

    def __init__(self) -> None:
        self._table = open_table(_TABLE, cache_kib=_CACHE_KIB)

    def similar(self, product_id: str) -> str | None:
        """Return an earlier id that differs but has the same folded form, and store a new form.

        :raises FeedError: if the disk for temporary files is full.
        """
        folded = fold(product_id)
        with disk_errors("ids"):
            added = self._table.execute(
                "INSERT OR IGNORE INTO ids VALUES (?, ?)", (folded, product_id)
            )
            if added.rowcount:
                return None
            row = self._table.execute("SELECT id FROM ids WHERE folded = ?", (folded,)).fetchone()
        return str(row[0]) if row[0] != product_id else None

    def close(self) -> None:
        """Remove the table."""
        self._table.close()


def fold(product_id: str) -> str:
    """Return an id without case, without punctuation, and without zeros before a number."""
    parts = _PUNCTUATION.split(unicode_form("NFKC", product_id).casefold())
    folded = "".join(_ZEROS.sub("", part) for part in parts)
    return folded or product_id
