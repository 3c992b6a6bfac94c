"""CSV and TSV with a header; the header also decides the delimiter.

The cells of a column ``product_detail`` contain attributes in Google Merchant's syntax.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from itertools import chain, islice

from ingest.feeds.formats.lines import printable, read_lines
from ingest.feeds.formats.tables.header import SEARCHED_LINES, Header, Headers, find_header
from ingest.feeds.formats.tables.parted_price import has_parted_price, price_positions
from ingest.feeds.formats.tables.quotes import USUAL, with_own_quotes, with_usual_quotes
from ingest.feeds.formats.tables.record import Record
from ingest.feeds.formats.tables.record_reader import RecordReader
from ingest.feeds.formats.tables.repeated_header import RepeatedHeader
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow

NAME = "CSV or TSV whose header names id and title"

logger = logging.getLogger(__name__)

_NAMES: Headers = (
    frozenset({"id", "title"}),
    frozenset({"id", "structured_title"}),
    frozenset({"product_id", "product_title"}),
)
_SINGLE = (
    *("id", "title", "brand", "description", "price", "sale_price", "currency", "availability"),
    *("gtin", "mpn", "link"),
)
_PARTED = "the comma in a price parts two columns; quote the price"
_DETAILS = "product_detail"
_COMMA = re.compile(r"(?<!\\),")
_COLON = re.compile(r"(?<!\\):")
_ESCAPE = re.compile(r"\\([,:\\])")


def recognises(head: bytes) -> bool:
    """Return whether one of the first lines is a header with an id and a title."""
    return has_header(head, _NAMES)


def read(stream: BufferedIOBase, headers: Headers = _NAMES) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each record below the header.

    :raises BrokenFeedError: as :func:`read_table` does.
    """
    header, records = read_table(stream, headers)
    origins = dict(zip(header.names, header.written, strict=True))
    origins.pop(_DETAILS, None)  # its cells have attributes with names of their own
    prices = price_positions(header)
    for record in records:
        if isinstance(record, Record) and has_parted_price(record.cells, prices):
            yield InvalidRow(record.line, _PARTED, record.excerpt, possible_ids=record.cells)
        else:
            yield _row(header, origins, record) if isinstance(record, Record) else record


@dataclass
class Table:
    """The format of a table whose header has the columns that a mapping names for id and title."""

    headers: Headers
    NAME: str = "CSV or TSV whose header has the mapping's names for id and title"

    def recognises(self, head: bytes) -> bool:
        """Return whether one of the first lines is a header that matches ``headers``."""
        return has_header(head, self.headers)

    def read(self, stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
        """Yield a row for each record below the header."""
        return read(stream, self.headers)


def has_header(head: bytes, headers: Headers) -> bool:
    """Return whether one of the first lines of a text is a header that matches ``headers``."""
    lines = head.decode(errors="replace").split("\n")[:SEARCHED_LINES]
    starts_as_json = head.lstrip().startswith((b"{", b"["))
    return find_header(lines[:1] if starts_as_json else lines, headers) is not None


def read_table(
    stream: BufferedIOBase, headers: Headers
) -> tuple[Header, Iterator[Record | InvalidRow]]:
    """Return the header and an iterator of the records below it; a cell may have line breaks.

    A record whose quotation marks are wrong is rejected or read literally; the next ones are read.

    :param headers: the headers to match.
    :raises BrokenFeedError: if the header is too long.
    """
    lines = read_lines(stream)
    first = list(islice(lines, SEARCHED_LINES))
    header = find_header([line.text for line in first], headers)
    if header is None:
        raise BrokenFeedError(1, "the header is too long to be read as one")
    skipped = [line.text.strip() for line in first[: header.skipped]]
    if any(skipped):
        logger.warning("skipped above the header: %s", printable(" / ".join(filter(None, skipped))))
    _warn_of_repeated_names(header)
    rest = chain(first[header.skipped + header.lines :], lines)
    repeated = RepeatedHeader(header, headers)
    if header.quote == USUAL:
        return header, iter(RecordReader(header.names, header.delimiter, rest, repeated))
    lines = with_usual_quotes(rest, header.quote)
    reader = RecordReader(header.names, header.delimiter, lines, repeated)
    return header, with_own_quotes(reader, header.quote)


def _warn_of_repeated_names(header: Header) -> None:
    """Log the fields of which the table has several columns, although a product has one value."""
    counts = Counter(header.names)
    if repeated := [name for name in _SINGLE if counts[name] > 1]:
        names = ", ".join(repeated)
        logger.warning("several columns are named %s; the first one with a value is read", names)


def parse_details(cell: str) -> dict[str, tuple[str, ...]]:
    r"""Return the attributes of a ``product_detail`` cell: ``section:name:value,...``.

    ``\,`` and ``\:`` are a literal comma and colon. A part without two colons belongs to the value
    before it: ``General:Ports:USB, HDMI``.
    """
    details: list[tuple[str, list[str]]] = []
    for text in _COMMA.split(cell):
        parts = _COLON.split(text, maxsplit=2)
        if len(parts) == 3:
            details.append((parts[1], [parts[2]]))
        elif details:
            details[-1][1].append(text)
    attributes: dict[str, list[str]] = {}
    for written, pieces in details:
        name, value = (_ESCAPE.sub(r"\1", part).strip() for part in (written, ",".join(pieces)))
        attributes.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in attributes.items()}


def _row(header: Header, origins: dict[str, str], record: Record) -> RawRow:
    texts: dict[str, list[str]] = {}
    attributes: dict[str, tuple[str, ...]] = {}
    for name, text in zip(header.names, record.cells, strict=False):
        if name == _DETAILS:
            attributes.update(parse_details(text))
        elif text:
            texts.setdefault(name, []).append(text)
    fields = {name: tuple(values) for name, values in texts.items()}
    if header.currency:
        fields.setdefault("currency", (header.currency,))
    doubts = (record.doubt,) if record.doubt else ()
    return RawRow(record.line, fields, attributes, record.excerpt, origins, doubts=doubts)
