"""Read the head and the body of a request, in time that is linear in their length."""

from __future__ import annotations

import re
from typing import Final

from waitress.parser import HTTPRequestParser, ParsingError

_MAX_FIRST_LINE_BYTES: Final = 8_190  # a percent-encoded query of 512 characters may take 6 kB
_MAX_BLANKS: Final = 100
_VERSION: Final = re.compile(rb"HTTP/[0-9]\.[0-9]")


class RequestParser(HTTPRequestParser):  # type: ignore[misc]  # waitress carries no types
    """Parses requests; rejects those for which waitress would take long, or which break it.

    ``unread`` are the bytes that arrived together with the end of the request, but after it.
    """

    unread = b""

    def received(self, data: bytes) -> int:
        """Take bytes of the client, and return how many were taken: all of them.

        The client of a request that has ended is not asked to go on: waitress would ask each that
        expects it (``Expect: 100-continue``), and then wait for a body that does not come.
        """
        consumed = int(super().received(data))
        if self.completed:
            self.expect_continue = False
            self.unread = data[consumed:]
            return len(data)
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the head of a request.

        The expressions of waitress are quadratic, or worse, in the first line and in the blanks
        after a field's colon: a first line of 8 kB took 19 s, and it is parsed in the thread that
        serves all connections.

        :raises ParsingError: if the head is malformed.
        """
        first_line, *fields = header_plus.split(b"\r\n")
        _check_first_line(first_line)
        _check_framing(first_line, [field.partition(b":")[0].lower() for field in fields])
        if b" " * _MAX_BLANKS in header_plus.replace(b"\t", b" "):
            raise ParsingError(f"a header contains {_MAX_BLANKS} blanks in a row")
        try:
            super().parse_header(header_plus)
        except ValueError:
            raise ParsingError("the URL or the Content-Length is malformed") from None


def _check_framing(first_line: bytes, names: list[bytes]) -> None:
    """Raise a ParsingError if a proxy could see another end of the request than we do.

    The proxy would pass on as two requests what is one here, or the reverse.
    """
    encodings = names.count(b"transfer-encoding")
    if encodings > 1 or (encodings and b"content-length" in names):
        raise ParsingError("give one Transfer-Encoding or one Content-Length")
    if encodings and not first_line.endswith(b"1.1"):
        raise ParsingError("Transfer-Encoding needs HTTP/1.1")
    if names.count(b"host") > 1:
        raise ParsingError("give one Host")


def _check_first_line(line: bytes) -> None:
    """Raise a ParsingError unless the line is a method, a URL and a version, and not too long."""
    if len(line) > _MAX_FIRST_LINE_BYTES:
        raise ParsingError(f"the first line is longer than {_MAX_FIRST_LINE_BYTES} bytes")
    parts = line.split(b" ")
    if len(parts) != 3 or not _VERSION.fullmatch(parts[2]):
        raise ParsingError("the first line is not METHOD URL HTTP/1.1")
