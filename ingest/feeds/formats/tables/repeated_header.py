"""The header of a table between its rows, as in joined files and sheets with several tables."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ingest.feeds.formats.tables.header import Header, Headers, plain_names
from ingest.feeds.rows.field_names import READ_FROM
from ingest.feeds.rows.records import BrokenFeedError

logger = logging.getLogger(__name__)

_FIELDS = frozenset(name for names in READ_FROM.values() for name in names)


class RepeatedHeader:
    """Recognises records that are the header of a table, or that of another one."""

    def __init__(self, header: Header, headers: Headers) -> None:
        self._names = plain_names(header.written)
        self._headers = headers
        self._words = {*_FIELDS, *map(_word, header.written)}
        self._is_logged = False

    def matches(self, cells: Sequence[str], line: int) -> bool:
        """Return whether a record is the header again.

        :raises BrokenFeedError: if it is the header of a table with other columns.
        """
        if not any(_word(cell) in self._words for cell in cells[:2]):
            return False
        names = plain_names(cells)
        if names == self._names[: len(names)] and len(names) > 1:
            if not self._is_logged:
                logger.warning("line %s is the header again; skipped", line)
            self._is_logged = True
            return True
        if any(required <= set(names) for required in self._headers):
            raise BrokenFeedError(
                line, "a table with other columns begins here; make it a feed of its own"
            )
        return False


def _word(cell: str) -> str:
    return cell.strip('\ufeff" ').casefold()
