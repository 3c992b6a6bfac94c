"""The header of a table between its rows, as in joined files and sheets with several tables."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ingest.feeds.formats.tables.header import DELIMITERS, FIELDS, Header, Headers, plain_names
from ingest.feeds.rows.records import BrokenFeedError

logger = logging.getLogger(__name__)

_OTHER_TABLE = "a table with other columns begins here; make it a feed of its own"


class RepeatedHeader:
    """Recognises records that are the header of a table, or that of another one."""

    def __init__(self, header: Header, headers: Headers) -> None:
        self._names = plain_names(header.written)
        self._headers = headers
        self._delimiter = header.delimiter
        self._other_delimiters = DELIMITERS.replace(header.delimiter, "")
        self._words = {*FIELDS, *map(_word, header.written)}
        self._is_logged = False

    def matches(self, cells: Sequence[str], line: int) -> bool:
        """Return whether a record is the header again.

        :raises BrokenFeedError: if it is the header of a table with other columns.
        """
        self._check_delimiter(cells, line)
        if not any(_word(cell) in self._words for cell in cells[:2]):
            return False
        names = plain_names(cells)
        if names == self._names[: len(names)] and len(names) > 1:
            if not self._is_logged:
                logger.warning("line %s is the header again; skipped", line)
            self._is_logged = True
            return True
        if self._is_header(names):
            raise BrokenFeedError(line, _OTHER_TABLE)
        return False

    def _check_delimiter(self, cells: Sequence[str], line: int) -> None:
        """Check that a record is no header whose columns another delimiter parts.

        :raises BrokenFeedError: if it is.
        """
        for delimiter in self._other_delimiters:
            if delimiter in cells[0]:
                first, *_ = others = self._delimiter.join(cells).split(delimiter)
                if _word(first) in self._words and self._is_header(plain_names(others)):
                    raise BrokenFeedError(line, _OTHER_TABLE)

    def _is_header(self, names: Sequence[str]) -> bool:
        return any(required <= set(names) for required in self._headers)


def _word(cell: str) -> str:
    return cell.strip('\ufeff" ').casefold()
