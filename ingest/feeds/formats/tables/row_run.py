"""The rows read last, which are held back until the lines behind them show what they are.

A line of a cell that lost its opening quotation mark may look like a short row. Only the mark that
closes the cell, perhaps lines later, shows that it is text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ingest.feeds.formats.lines import Line
from ingest.feeds.formats.tables.record import Record
from ingest.feeds.rows.records import InvalidRow

_MAX_ROWS = 100
_MAX_CHARACTERS = 1 << 20


class RowRun:
    """A whole row at most, and the short and rejected rows behind it, in order.

    ``learn`` is called with each short row that turns out to be one.
    """

    def __init__(self, learn: Callable[[Record], None]) -> None:
        self._learn = learn
        self._whole: list[tuple[Record, Sequence[Line]]] = []
        self._rest: list[tuple[Record | InvalidRow, Sequence[Line]]] = []
        self._characters = 0

    @property
    def is_short(self) -> bool:
        """Whether the last row is short or rejected."""
        return bool(self._rest)

    def has_width(self, width: int) -> bool:
        """Return whether a short row that is held back has this many cells."""
        return any(len(row.cells) == width for row, _ in self._rest if isinstance(row, Record))

    def start(self, record: Record, lines: Sequence[Line]) -> Iterator[Record | InvalidRow]:
        """Yield the rows held back, and hold back a whole row."""
        yield from self.release()
        self._whole = [(record, lines)]

    def add(
        self, row: Record | InvalidRow, lines: Sequence[Line] = ()
    ) -> Iterator[Record | InvalidRow]:
        """Hold back a short or rejected row; yield those held back if they are too many."""
        self._characters += sum(len(line.text) for line in lines)
        if len(self._rest) >= _MAX_ROWS or self._characters > _MAX_CHARACTERS:
            yield from self.release()
        self._rest.append((row, lines))

    def reject(
        self, rejected: Callable[[Record, Sequence[Line]], InvalidRow], *, with_whole: bool
    ) -> Iterator[Record | InvalidRow]:
        """Yield the rows held back, those that are short as rejected ones.

        :param with_whole: whether the whole row before them is rejected too.
        """
        if not with_whole:
            yield from (row for row, _ in self._whole)
            self._whole = []
        for row, lines in (*self._whole, *self._rest):
            yield rejected(row, lines) if isinstance(row, Record) else row
        self._clear()

    def release(self) -> Iterator[Record | InvalidRow]:
        """Yield the rows held back as they are."""
        yield from (row for row, _ in self._whole)
        for row, _ in self._rest:
            if isinstance(row, Record):
                self._learn(row)
            yield row
        self._clear()

    def _clear(self) -> None:
        self._whole, self._rest, self._characters = [], [], 0
