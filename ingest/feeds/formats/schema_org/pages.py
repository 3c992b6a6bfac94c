"""The JSON-LD scripts of HTML pages, read as a stream by libxml2's HTML parser.

The tree of a page is never built. A file may contain several pages, one after the other.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any

from lxml.etree import HTMLParser, ParserError, XMLSyntaxError

from ingest.feeds.rows.records import BrokenFeedError

MAX_SCRIPT_CHARACTERS = 4 << 20
MAX_PAGE_CHARACTERS = 8 << 20
"""The scripts of a longer page are handed over in parts, so that memory stays bounded."""

_JSON_LD = "application/ld+json"
_PIECE_BYTES = 1 << 16
_MAX_TAG_BYTES = 16 << 20
# libxml2 keeps all that a parser of HTML was fed, so another one goes on at a page or a script.
_MAX_PARSER_BYTES = 32 << 20
_MAX_PART_BYTES = 64 << 20
_PART = re.compile(rb"<(?:!doctype|html|script)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Script:
    """The text of a script, and the line on which its tag ends.

    ``fault`` is the reason why the script cannot be used, or empty. ``is_whole`` is false if
    ``text`` is only the start of the script.
    """

    line: int
    text: str
    fault: str = ""
    is_whole: bool = True


def read_pages(stream: BufferedIOBase) -> Iterator[list[Script]]:
    """Yield the JSON-LD scripts of each page; pages without such scripts are left out.

    :raises BrokenFeedError: if a tag or comment is longer than 16 MiB, or a script or the text
        between two of them is longer than 64 MiB.
    """
    collector = _Collector()
    parser = _Parser(collector)
    stream.seek(0)
    silent_bytes = 0
    try:
        while piece := stream.readline(_PIECE_BYTES):
            silent_bytes += len(piece)
            parser.feed(piece)
            if collector.take_activity():
                silent_bytes = 0
            elif silent_bytes > _MAX_TAG_BYTES:
                reason = f"a tag or comment is longer than {_MAX_TAG_BYTES:,} bytes"
                raise BrokenFeedError(collector.line, reason)
            collector.line += piece.endswith(b"\n")
            yield from collector.take_pages()
        parser.close()
    except (ParserError, XMLSyntaxError):  # a page without a single element
        return
    collector.end_page()
    yield from collector.take_pages()


class _Parser:
    """Feeds a collector by one parser after the other, since each keeps what it was fed."""

    def __init__(self, collector: _Collector) -> None:
        self._collector = collector
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._start()

    def _start(self) -> None:
        target: Any = self._collector  # lxml's type stubs want a target that takes bytes too
        self._parser = HTMLParser(target=target)
        self._fed = 0

    def feed(self, piece: bytes) -> None:
        """Parse the next bytes, by another parser from a page or script on if this one is full.

        :raises BrokenFeedError: if no page or script starts for 64 MiB.
        """
        if self._fed > _MAX_PARSER_BYTES:
            piece = self._feed_to_part(piece)
        self._feed(piece)
        if self._fed > _MAX_PART_BYTES:
            reason = f"for {_MAX_PART_BYTES:,} bytes, no page or script starts"
            raise BrokenFeedError(self._collector.line, reason)

    def close(self) -> None:
        self._parser.close()

    def _feed(self, piece: bytes) -> None:
        self._fed += len(piece)
        self._parser.feed(self._decoder.decode(piece))

    def _feed_to_part(self, piece: bytes) -> bytes:
        """Parse what comes before a page or script; return the rest, for another parser."""
        position = 0
        for mark in _PART.finditer(piece):
            self._feed(piece[position : mark.start()])
            position = mark.start()
            if not self._collector.is_in_script:
                with suppress(ParserError, XMLSyntaxError):  # it was fed no element
                    self._parser.close()
                self._start()
                break
        return piece[position:]


class _Collector:
    """A parser target that collects the JSON-LD scripts of pages."""

    def __init__(self) -> None:
        self.line = 1
        self._is_active = False
        self._pages: list[list[Script]] = []
        self._page: list[Script] = []
        self._page_characters = 0
        self._parts: list[str] | None = None
        self.is_in_script = False
        self._characters = 0
        self._started = 0

    def take_activity(self) -> bool:
        """Return whether anything was parsed since the last call."""
        was_active, self._is_active = self._is_active, False
        return was_active

    def take_pages(self) -> list[list[Script]]:
        pages, self._pages = self._pages, []
        return pages

    def end_page(self) -> None:
        if self._page:
            self._pages.append(self._page)
        self._page, self._page_characters = [], 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._is_active = True
        if tag == "html":
            self.end_page()
        self.is_in_script = tag == "script"
        media_type = attributes.get("type", "").partition(";")[0].strip().lower()
        if tag == "script" and media_type == _JSON_LD:
            self._parts, self._characters, self._started = [], 0, self.line

    def end(self, tag: str) -> None:
        self._is_active, self.is_in_script = True, False
        if tag == "script" and self._parts is not None:
            self._add_script("".join(self._parts))
            self._parts = None

    def data(self, text: str) -> None:
        self._is_active = True
        if self._parts is None:
            return
        self._characters += len(text)
        if self._characters <= MAX_SCRIPT_CHARACTERS or not self._parts:
            self._parts.append(text)

    def close(self) -> None:
        if self._parts is not None:  # the page ends inside a script
            self.end("script")

    def _add_script(self, text: str) -> None:
        fault = ""
        if self._characters > MAX_SCRIPT_CHARACTERS:
            fault = f"the script is longer than {MAX_SCRIPT_CHARACTERS:,} characters"
        self._page.append(Script(self._started, text[:MAX_SCRIPT_CHARACTERS], fault, not fault))
        self._page_characters += len(text)
        if self._page_characters > MAX_PAGE_CHARACTERS:
            self.end_page()
