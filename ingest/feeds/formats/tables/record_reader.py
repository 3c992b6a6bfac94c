"""The records of a table, line by line, so that a wrong quotation mark costs its own row alone.

A quoted cell may have line breaks. But a quotation mark that its cell never closes would make the
lines behind it part of the cell, up to the next mark, wherever it is. So a record of several lines
is believed only if none of them looks like a row of its own; else its lines are read one by one.
"""

from __future__ import annotations

import csv
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from ingest.feeds.formats.lines import Line, printable
from ingest.feeds.formats.tables.cells import (
    cells_by_delimiter,
    literal_ids,
    respelt,
    split_line,
    with_escapes,
)
from ingest.feeds.formats.tables.record import Record
from ingest.feeds.formats.tables.repeated_header import RepeatedHeader
from ingest.feeds.formats.tables.row_run import RowRun
from ingest.feeds.formats.tables.row_shape import RowShape
from ingest.feeds.rows.ids import is_undecodable
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow
from ingest.feeds.rows.values import as_text

MAX_RECORD_CHARACTERS = 4 << 20
_MAX_IDS = 1_000
_END_OF_FILE = "\x1a"  # of DOS, behind the last line
_MAX_LINES = 200
_UNCLOSED = "a quotation mark that opens in this row is never closed; double it inside of a cell"
_MISPLACED = "quotation marks inside a quoted cell are not doubled; write each of them twice"
_DOUBTFUL = "a quoted cell with line breaks looks like several rows; close its quotation mark"
_UNOPENED = "a quotation mark closes a cell that none opens, and columns are missing"
_UNOPENED_LAST = "a quotation mark closes the last cell of a row before, but none opens it"
_TEXT = "it may be text of a cell that a quotation mark closes in a row below, but none opens"
_STRAY = "columns are missing, and the id is unlike the others; it may be text of the row before"
_CUT = "the file ends inside this row; it may be cut off"
_LITERAL = "a quotation mark is not closed or not doubled; it is read as part of the text"
_NO_ROW = "the line is no row, and a quotation mark before it is not closed"


class RecordReader:
    """Reads the records of a table whose header has these names, from the lines below it.

    A record that is the header again, as ``repeated`` recognises it, is skipped.
    """

    def __init__(
        self,
        names: Sequence[str],
        delimiter: str,
        lines: Iterator[Line],
        repeated: RepeatedHeader,
    ) -> None:
        self._width = len(names)
        self._delimiter = delimiter
        self._repeated = repeated
        mark = "a tab" if delimiter == "\t" else repr(delimiter)
        self._remedy = f"; put quotation marks around a cell with {mark}"
        self._lines = _Window(lines, delimiter, self._width)
        self._shape = RowShape(names)
        self._run = RowRun(lambda record: self._shape.learn(record.cells))
        self._fails_until = 0  # an attempt that starts before this line and spans lines fails

    def __iter__(self) -> Iterator[Record | InvalidRow]:
        """Yield the records in which at least one cell is not blank."""
        try:
            yield from self._items()
        except (
            BrokenFeedError,
            EOFError,
            zlib.error,
            OSError,
        ):  # the feed breaks behind these rows
            yield from self._run.release()
            raise
        yield from self._run.release()

    def _items(self) -> Iterator[Record | InvalidRow]:
        while (line := self._lines.peek(0)) is not None:
            if line.is_truncated:
                yield from self._run.release()
                yield from self._recover(self._lines.take(1), line.fault)
                continue
            cells, length = self._attempt()
            if cells is None:
                yield from self._misquoted()
            elif length == 1:
                yield from self._record(cells, self._lines.take(1))
            else:
                yield from self._of_several_lines(cells, length)

    def _attempt(self) -> tuple[list[str] | None, int]:
        """Return the cells of the record that starts in the next line, and its length in lines.

        There are no cells if its quotation marks are wrong.
        """
        line = self._lines.peek(0)
        if line is None or '"' not in line.text:
            return _text(line).split(self._delimiter) if line else None, 1
        limit = 1 if self._lines.taken < self._fails_until else MAX_RECORD_CHARACTERS
        source = self._lines.texts(limit)
        reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        try:
            return next(reader), reader.line_num
        except (csv.Error, StopIteration):
            if cells := with_escapes(_text(line), self._delimiter, self._width):
                return cells, 1
            self._fails_until = max(self._fails_until, self._lines.taken + reader.line_num - 1)
            return None, 1

    def _of_several_lines(self, cells: list[str], length: int) -> Iterator[Record | InvalidRow]:
        lines = [line for n in range(length) if (line := self._lines.peek(n)) is not None]
        filled = [line for line in lines if line.text.strip()]
        first, *inner = map(self._literal, filled)
        opens_last = len(first) == self._width and first[-1].startswith('"')
        is_row = partial(self._shape.is_likely, trusts_ids=not opens_last)
        fitting, likely = sum(map(self._shape.fits, inner)), sum(map(is_row, inner))
        ends_in_row = bool(inner) and self._shape.fits(inner[-1])
        ends_in_rows = ends_in_row and 2 * likely >= len(inner) and len(first) >= self._width
        if ends_in_rows or (is_row(first) and not opens_last):
            yield from self._misquoted()
        elif (
            ends_in_row
            or likely
            or (inner and 2 * fitting >= len(inner))
            or any(cell.strip() for cell in cells[self._width :])
            or self._are_two_rows(filled)
        ):
            yield from self._run.reject(self._as_text, with_whole=False)
            yield from self._doubtful(self._lines.take(length))
        else:
            yield from self._record(cells, self._lines.take(length))

    def _are_two_rows(self, lines: Sequence[Line]) -> bool:
        """Return whether a cell may have lost its end, and that of a row below its start.

        Then a line completes the first row, and the next one starts with as many cells as it; the
        mark that closes its cell is in a line below.
        """
        first = len(self._split(lines[0]))
        return first < self._width and any(
            len(start) == first
            and len(end) + first - 1 == self._width
            and self._shape.has_likely_id([*start[:-1], *end])
            for end, start in pairwise(map(self._split, lines[1:-1]))
        )

    def _doubtful(self, lines: list[Line]) -> Iterator[InvalidRow]:
        """Yield a rejected row for each line that may be a row, with the lines behind it."""
        rows: list[list[Line]] = []
        for line in lines:
            if not rows or self._shape.may_be(cells_by_delimiter(_text(line), self._delimiter)):
                rows.append([])
            rows[-1].append(line)
        for row in rows:
            yield self._rejected(row, _DOUBTFUL)

    def _misquoted(self) -> Iterator[Record | InvalidRow]:
        """Yield what comes of a line that is no valid record, and of the lines that go with it."""
        (line,) = self._lines.take(1)
        is_behind_text = self._run.is_short
        only_closes = _text(line).strip() == '"'
        yield from self._run.reject(self._as_text, with_whole=only_closes)
        is_open = _is_open(_text(line), self._delimiter)
        is_cut = is_open and self._lines.peek(0) is None
        cells = split_line(_text(line), self._delimiter, self._width)
        if cells is None or line.fault or is_cut or is_behind_text:
            reason = line.fault or (_UNCLOSED if is_open else _MISPLACED)
            yield from self._recover([line], reason)
            return
        yield Record(line.number, _texts(cells), printable(line.text), _LITERAL)
        yield from self._recover([], _NO_ROW)

    def _recover(self, lines: list[Line], reason: str) -> Iterator[InvalidRow]:
        """Yield a rejected row of ``lines`` and of those behind it that are no rows themselves.

        If the row lacks cells, the lines that may have them are no rows, whatever they look like.
        """
        missing = sum(map(self._missing, lines))
        is_short = missing > 0
        while (line := self._lines.peek(0)) and (
            missing > 0 or not self._starts_row(line, is_behind_short=is_short)
        ):
            cells = cells_by_delimiter(_text(line), self._delimiter)
            is_short = len(cells) < self._width
            if lines and self._shape.may_be(cells):
                yield self._rejected(lines, reason)
                lines, reason = [], _NO_ROW
            lines += self._lines.take(1)
            missing = max(missing - len(cells) + 1, self._missing(line))
            if len(lines) > _MAX_LINES:
                yield self._rejected(lines, reason)
                lines, reason = [], _NO_ROW
        if any(line.text.strip() for line in lines):
            row = self._rejected(lines, reason)
            is_last = reason == _UNCLOSED and self._lines.peek(0) is None  # it may be cut off
            yield replace(row, may_have_any_id=row.may_have_any_id or is_last)

    def _missing(self, line: Line) -> int:
        """Return how many cells of a row must be in other lines, as its last cell is open."""
        *_, last = cells = self._literal(line)
        if line.is_truncated or cells[0] == '"':  # this mark most likely closes a cell
            return 0
        is_open = last.startswith('"') and last.count('"') % 2 == 1
        is_open = is_open or _is_open(_text(line), self._delimiter)
        return self._shape.missing(len(cells)) if is_open else 0

    def _starts_row(self, line: Line, *, is_behind_short: bool) -> bool:
        if line.is_truncated:
            return True
        cells, _ = self._attempt()
        if cells is None:
            cells = split_line(_text(line), self._delimiter, self._width)
            if cells and any(self._delimiter in cell for cell in cells):
                return False  # its quotation marks may be those of the row before
        if cells is None or (is_behind_short and self._unopened(cells, line)):
            return False
        return self._shape.has_likely_id(cells) and self._shape.may_be(cells)

    def _record(self, cells: list[str], lines: list[Line]) -> Iterator[Record | InvalidRow]:
        if not any(cell.strip() for cell in cells) or cells == [_END_OF_FILE]:
            return
        if self._repeated.matches(cells, lines[0].number):
            yield from self._run.release()
            return
        if len(cells) > self._width and len(lines) == 1 and '"' in lines[0].text:
            cells = respelt(_text(lines[0]), self._delimiter, self._width) or cells
        fault = next((line.fault for line in lines if line.fault), None)
        if not fault and any(cell.strip() for cell in cells[self._width :]):
            fault = f"{len(cells)} columns where the header has {self._width}{self._remedy}"
        is_doubtful = len(cells) < self._width or self._shape.has_foreign_id(cells)
        if self._run.is_short or (is_doubtful and not fault):
            fault = self._unopened(cells, lines[-1]) or fault
        if not fault and self._shape.is_stray(cells):
            yield from self._run.add(self._rejected(lines, _STRAY, cells), lines)
        elif fault:  # an extra cell may have moved the id to another column
            yield from self._before(fault)
            yield self._rejected(lines, fault, cells)
        elif self._is_cut(cells, lines[-1]):
            yield from self._run.release()
            yield replace(self._rejected(lines, _CUT, cells), may_have_any_id=True)
        else:
            excerpt = printable("".join(line.text for line in lines))
            record = Record(lines[0].number, _texts(cells[: self._width]), excerpt)
            yield from self._held_back(record, len(cells), lines)

    def _unopened(self, cells: Sequence[str], line: Line) -> str:
        """Return the fault if a quotation mark ends a cell of the line but none opens it."""
        is_odd = line.text.count('"') % 2 == 1
        if not is_odd and any(cell.startswith('"') for cell in self._literal(line)):
            return ""
        closed = [cell.endswith('"') and not cell.startswith('"') for cell in cells]
        if not any(closed):
            return ""
        return _UNOPENED_LAST if closed[-1] else _UNOPENED

    def _before(self, fault: str) -> Iterator[Record | InvalidRow]:
        """Yield the rows held back; reject them if a fault of the row behind shows a cut cell."""
        if fault in (_UNOPENED, _UNOPENED_LAST):
            yield from self._run.reject(self._as_text, with_whole=fault == _UNOPENED_LAST)
        else:
            yield from self._run.release()

    def _held_back(
        self, record: Record, width: int, lines: Sequence[Line]
    ) -> Iterator[Record | InvalidRow]:
        if width < self._width and not self._shape.is_usual(width):
            yield from self._run.add(record, lines)
        else:
            self._shape.learn(record.cells)
            yield from self._run.start(record, lines)

    def _as_text(self, record: Record, lines: Sequence[Line]) -> InvalidRow:
        return self._rejected(lines, _TEXT, record.cells)

    def _is_cut(self, cells: Sequence[str], line: Line) -> bool:
        """Return whether the file ends in a line without an end that is shorter than all others."""
        is_short = len(cells) < self._width and not (
            self._shape.has_width(len(cells)) or self._run.has_width(len(cells))
        )
        return is_short and not line.text.endswith("\n") and self._lines.peek(0) is None

    def _rejected(
        self, lines: Sequence[Line], reason: str, cells: Sequence[str] = ()
    ) -> InvalidRow:
        texts = [_text(line) for line in lines]
        ids = (*map(as_text, cells), *literal_ids([line.text for line in lines], self._delimiter))
        ids = tuple(dict.fromkeys(filter(None, ids)))
        likely_ids = (self._shape.id_of(cells),) if len(cells) == self._width else ids
        return InvalidRow(
            lines[0].number,
            reason,
            printable("\n".join(texts)),
            possible_ids=ids[:_MAX_IDS],
            may_have_any_id=(
                len(ids) > _MAX_IDS
                or any(line.is_truncated for line in lines)
                or any(map(is_undecodable, likely_ids))
            ),
        )

    def _split(self, line: Line) -> list[str]:
        """Return the cells of a line by itself; the last one may be open."""
        (cells,) = csv.reader([_text(line) + "\n"], delimiter=self._delimiter)
        return cells

    def _literal(self, line: Line) -> list[str]:
        return _text(line).split(self._delimiter)


class _Window:
    """The lines of a table, with a look ahead; rows that only a CR parts become lines."""

    def __init__(self, lines: Iterator[Line], delimiter: str, width: int) -> None:
        self._lines = lines
        self._delimiters = (delimiter, width - 1)
        self._ahead: deque[Line] = deque()
        self.taken = 0

    def peek(self, position: int) -> Line | None:
        """Return a line behind the next one, or ``None`` at the end."""
        while len(self._ahead) <= position:
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead += self._rows_in(line)
        return self._ahead[position]

    def take(self, count: int) -> list[Line]:
        """Remove the next lines, which were peeked at, and return them."""
        self.taken += count
        return [self._ahead.popleft() for _ in range(count)]

    def texts(self, max_characters: int) -> Iterator[str]:
        """Yield the texts of the next lines, up to a number of characters or a truncated line."""
        position = 0
        while max_characters > 0 and (line := self.peek(position)) and not line.is_truncated:
            max_characters -= len(line.text)
            position += 1
            yield _text(line) + "\n"

    def _rows_in(self, line: Line) -> list[Line]:
        delimiter, count = self._delimiters
        parts = line.text.rstrip("\r\n").split("\r")
        if len(parts) == 1 or any(part.count(delimiter) != count for part in parts):
            return [line]
        return [replace(line, text=part) for part in parts]


def _text(line: Line) -> str:
    """Return a line without its end; a lone CR, which some exports leave in a cell, is a blank."""
    return line.text.rstrip("\r\n").replace("\r", " ")


def _texts(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(as_text, cells))


def _is_open(text: str, delimiter: str) -> bool:
    """Return whether a quoted cell of a line does not end in it."""
    *_, last = csv.reader([text + "\n"], delimiter=delimiter)
    return bool(last) and last[-1].endswith("\n")
