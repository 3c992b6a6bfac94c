"""CSV and TSV with a header; the header also decides the delimiter.

The cells of a column ``product_detail`` contain attributes in Google Merchant's syntax.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import BufferedIOBase

from ingest.feeds.formats.lines import Line, printable, read_lines
from ingest.feeds.rows.product_fields import MAX_ROW_CHARACTERS, field_name
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow
from ingest.feeds.rows.values import as_text

NAME = "CSV or TSV whose header names id and title"

Headers = Collection[frozenset[str]]
"""Alternative sets of names; a header matches if it contains all names of one set."""

_NAMES: Headers = (frozenset({"id", "title"}), frozenset({"product_id", "product_title"}))
_DETAILS = "product_detail"
_DELIMITERS = "\t,;|"
_COMMA = re.compile(r"(?<!\\),")
_COLON = re.compile(r"(?<!\\):")
_ESCAPE = re.compile(r"\\([,:\\])")


def recognises(head: bytes) -> bool:
    """Return whether the first line is a header with an id and a title."""
    return delimiter_of(head, _NAMES) is not None


def read(stream: BufferedIOBase, headers: Headers = _NAMES) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each record after the header.

    :raises BrokenFeedError: as :func:`read_table` does.
    """
    header, records = read_table(stream, headers)
    names = [field_name(written) for written in header]
    origins = dict(zip(names, header, strict=True))
    origins.pop(_DETAILS, None)  # its cells have attributes with names of their own
    for record in records:
        yield _row(names, origins, record) if isinstance(record, Record) else record


@dataclass
class Table:
    """The format of a table whose header has the columns that a mapping names for id and title."""

    headers: Headers
    NAME: str = "CSV or TSV whose header has the mapping's names for id and title"

    def recognises(self, head: bytes) -> bool:
        """Return whether the first line is a header that matches ``headers``."""
        return delimiter_of(head, self.headers) is not None

    def read(self, stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
        """Yield a row for each record after the header."""
        return read(stream, self.headers)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a table: the texts of its cells, in the header's order."""

    line: int
    cells: tuple[str, ...]
    excerpt: str


def delimiter_of(head: bytes, headers: Headers) -> str | None:
    """Return the delimiter with which the first line matches ``headers``, or ``None``."""
    header = head.partition(b"\n")[0].decode("utf-8-sig", "replace")
    for delimiter in _DELIMITERS:
        names = {field_name(cell) for cell in header.split(delimiter)}
        if any(required <= names for required in headers):
            return delimiter
    return None


def read_table(
    stream: BufferedIOBase, headers: Headers
) -> tuple[list[str], Iterator[Record | InvalidRow]]:
    """Return the header as written and an iterator of the records; a cell may have line breaks.

    :param headers: the headers to match. The delimiter is the one that makes the first line match.
    :raises BrokenFeedError: if the header is too long. The iterator raises it if a quotation mark
        is never closed.
    """
    csv.field_size_limit(MAX_ROW_CHARACTERS)
    lines = read_lines(stream)
    header = next(lines).text
    source = _Source(lines)
    delimiter = delimiter_of(header.encode(errors="surrogateescape"), headers)
    if delimiter is None:
        raise BrokenFeedError(1, "the header is too long to be read as one")
    names = next(csv.reader([header], delimiter=delimiter))
    return names, _records(names, source, delimiter)


def parse_details(cell: str) -> dict[str, tuple[str, ...]]:
    r"""Return the attributes of a ``product_detail`` cell: ``section:name:value,...``.

    ``\,`` and ``\:`` are a literal comma and colon. A part without two colons belongs to the value
    before it: ``General:Ports:USB, HDMI``.
    """
    details: list[list[str]] = []
    for text in _COMMA.split(cell):
        parts = _COLON.split(text, maxsplit=2)
        if len(parts) == 3:
            details.append(parts)
        elif details:
            details[-1][2] += f",{text}"
    attributes: dict[str, tuple[str, ...]] = {}
    for _section, name, value in details:
        name, value = (_ESCAPE.sub(r"\1", part).strip() for part in (name, value))
        attributes[name] = (*attributes.get(name, ()), value)
    return attributes


class _Source:
    """The lines that a csv reader consumes; ``record`` contains the lines of the current record."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self.record: list[Line] = []
        self.ended_inside_record = False

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.record.append(line)
            # csv rejects a lone carriage return, which some exports leave inside a cell.
            yield line.text.rstrip("\r\n").replace("\r", " ") + "\n"
        self.ended_inside_record = bool(self.record)


def _records(names: list[str], source: _Source, delimiter: str) -> Iterator[Record | InvalidRow]:
    """Yield the records in which at least one cell is not blank."""
    for cells in _read_cells(source, delimiter):
        if any(cell.strip() for cell in cells):
            yield _record(names, cells, source.record)
        source.record = []


def _read_cells(source: _Source, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(source, delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BrokenFeedError(source.record[0].number, _unclosed(str(error))) from None
        if source.ended_inside_record:
            raise BrokenFeedError(source.record[0].number, _unclosed("the file ends"))
        yield cells


def _unclosed(detail: str) -> str:
    return f"a quotation mark that opens in this row is never closed ({detail})"


def _record(names: list[str], cells: list[str], lines: list[Line]) -> Record | InvalidRow:
    line = lines[0].number
    excerpt = printable("".join(part.text for part in lines))
    fault = next((part.fault for part in lines if part.fault), None)
    if not fault and any(cell.strip() for cell in cells[len(names) :]):
        fault = f"{len(cells)} columns where the header has {len(names)}"
    if fault:  # an extra cell may have moved the id to another column
        return InvalidRow(
            line, fault, excerpt, possible_ids=tuple(filter(None, map(as_text, cells)))
        )
    return Record(line, tuple(map(as_text, cells[: len(names)])), excerpt)


def _row(names: list[str], origins: dict[str, str], record: Record) -> RawRow:
    fields: dict[str, tuple[str, ...]] = {}
    attributes: dict[str, tuple[str, ...]] = {}
    for name, text in zip(names, record.cells, strict=False):
        if name == _DETAILS:
            attributes.update(parse_details(text))
        elif text:
            fields[name] = (*fields.get(name, ()), text)
    return RawRow(record.line, fields, attributes, record.excerpt, origins)
