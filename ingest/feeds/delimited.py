"""CSV and TSV with a header, the delimiter told from it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BufferedIOBase

from ingest.feeds.fields import MAX_ROW_CHARACTERS, field_name
from ingest.feeds.lines import Line, printable, read_lines
from ingest.feeds.product_details import parse_details
from ingest.feeds.records import BadRow, BrokenFeedError, RawRow
from ingest.feeds.values import as_text

NAME = "CSV or TSV whose header names id and title"

_DELIMITERS = "\t,;|"


def recognises(head: bytes) -> bool:
    """Tell whether the first line is a header that names ``id`` and ``title``."""
    return _delimiter(_first_line(head)) is not None


def _first_line(head: bytes) -> str:
    return head.partition(b"\n")[0].decode("utf-8-sig", "replace")


def _delimiter(header: str) -> str | None:
    for delimiter in _DELIMITERS:
        names = {field_name(cell) for cell in header.split(delimiter)}
        if {"id", "title"} <= names:
            return delimiter
    return None


class _Source:
    """The lines under a csv reader, and how far the record that it is in reaches."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self.record: list[Line] = []
        self.ended_inside_record = False

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.record.append(line)
            # csv refuses a lone carriage return, which some exports leave inside a cell.
            yield line.text.rstrip("\r\n").replace("\r", " ") + "\n"
        self.ended_inside_record = bool(self.record)


def read(stream: BufferedIOBase) -> Iterator[RawRow | BadRow]:
    """Yield a row for each record after the header; a quoted field may hold line breaks.

    :raises BrokenFeedError: at a quotation mark that is never closed.
    """
    csv.field_size_limit(MAX_ROW_CHARACTERS)
    lines = read_lines(stream)
    header = next(lines).text
    source = _Source(lines)
    delimiter = _delimiter(header)
    if delimiter is None:
        raise BrokenFeedError(1, "the header is too long to be read as one")
    names = [field_name(cell) for cell in next(csv.reader([header], delimiter=delimiter))]
    for cells in _records(source, delimiter):
        if any(cell.strip() for cell in cells):
            yield _row(names, cells, source.record)
        source.record = []


def _records(source: _Source, delimiter: str) -> Iterator[list[str]]:
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


def _unclosed(sign: str) -> str:
    return f"a quotation mark that opens in this row is not closed ({sign})"


def _row(names: list[str], cells: list[str], record: list[Line]) -> RawRow | BadRow:
    line = record[0].number
    excerpt = printable("".join(part.text for part in record))
    fault = next((part.fault for part in record if part.fault), None)
    if fault:
        return BadRow(line, fault, excerpt)
    if any(cell.strip() for cell in cells[len(names) :]):
        return BadRow(line, f"{len(cells)} columns where the header has {len(names)}", excerpt)
    fields: dict[str, tuple[str, ...]] = {}
    attributes: dict[str, tuple[str, ...]] = {}
    for name, cell in zip(names, cells, strict=False):
        if name == "product_detail":
            attributes.update(parse_details(cell))
        elif text := as_text(cell):
            fields[name] = (*fields.get(name, ()), text)
    return RawRow(line, fields, attributes, excerpt)
