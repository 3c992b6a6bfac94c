"""The lines of a binary stream as text, each with its number, and limited in length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedIOBase

from ingest.feeds.rows.records import EXCERPT_CHARACTERS

MAX_LINE_BYTES = 4 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its ending. ``fault`` is the reason why the line cannot be used, or empty.

    Bytes that are not UTF-8 are lone surrogates in ``text``.
    """

    number: int
    text: str
    fault: str = ""

    @property
    def excerpt(self) -> str:
        """The first characters, valid as UTF-8."""
        return printable(self.text)


def printable(text: str) -> str:
    """Return the first characters of a row; replace those that are not valid in UTF-8."""
    start = text[:EXCERPT_CHARACTERS].strip()
    return start.encode("utf-8", "replace").decode()


def read_lines(stream: BufferedIOBase) -> Iterator[Line]:
    """Yield each line; a line of more than 4 MiB is truncated, and its ``fault`` is set."""
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1:
            raw = raw.removeprefix(_BOM)
        fault = ""
        if len(raw) > MAX_LINE_BYTES:
            fault = f"the line is longer than {MAX_LINE_BYTES:,} bytes"
            raw, rest = raw[:EXCERPT_CHARACTERS], raw
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(MAX_LINE_BYTES)
        yield _line(number, raw, fault)


def _line(number: int, raw: bytes, fault: str) -> Line:
    try:
        return Line(number, raw.decode(), fault)
    except UnicodeDecodeError as error:
        fault = fault or f"not UTF-8: byte {error.start + 1} is 0x{raw[error.start]:02x}"
        return Line(number, raw.decode(errors="surrogateescape"), fault)
