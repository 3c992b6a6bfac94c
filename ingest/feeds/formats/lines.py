"""The lines of a binary stream as text, each with its number, and limited in length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedIOBase

from ingest.feeds.rows.records import EXCERPT_CHARACTERS
from ingest.feeds.sources.text import UNDECODABLE

MAX_LINE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its ending. ``fault`` is the reason why the line cannot be used, or empty.

    Bytes that are not UTF-8 are lone surrogates in ``text``. A line that is too long is truncated.
    """

    number: int
    text: str
    fault: str = ""
    is_truncated: bool = False

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
        if len(raw) > MAX_LINE_BYTES:
            yield _truncated(number, raw)
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(MAX_LINE_BYTES)
        else:
            yield _line(number, raw)


def _truncated(number: int, raw: bytes) -> Line:
    text = raw[:EXCERPT_CHARACTERS].decode(errors="replace")
    fault = f"the line is longer than {MAX_LINE_BYTES:,} bytes"
    return Line(number, text, fault, is_truncated=True)


def _line(number: int, raw: bytes) -> Line:
    try:
        return Line(number, raw.decode())
    except UnicodeDecodeError as error:
        text = raw.decode(errors="surrogateescape")
        return Line(number, text, _undecodable(raw, error.start))


def _undecodable(raw: bytes, start: int) -> str:
    if raw[start : start + len(UNDECODABLE)] == UNDECODABLE:
        return f"byte {start + 1} is no character of the feed's encoding; save the feed as UTF-8"
    return f"not UTF-8: byte {start + 1} is 0x{raw[start]:02x}; save the feed as UTF-8"
