"""Google Merchant XML, RSS 2.0 and Atom, read as a stream with one item in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedIOBase
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser

from ingest.feeds.formats.xml_item import MAX_DEPTH, Item, local_name, namespace_of
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow

NAME = "Google Merchant XML (RSS 2.0 or Atom)"

MAX_ITEM_CHARACTERS = 4 << 20

_CHUNK_BYTES = 1 << 16
_MAX_TOKEN_BYTES = 16 << 20  # expat keeps an unfinished tag or comment in memory
_ITEMS = frozenset({"item", "entry"})
_BLANKS = b"\xef\xbb\xbf \t\r\n"


def recognises(head: bytes) -> bool:
    """Return whether the first character opens a tag, in UTF-8 or in UTF-16."""
    return head.lstrip(_BLANKS).startswith((b"<", b"\xff\xfe<", b"\xfe\xff\0<"))


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each ``<item>`` or ``<entry>``.

    :raises BrokenFeedError: if the XML is malformed, declares an entity or default attributes, has
        elements nested too deeply or a tag that is too long, or has an encoding that cannot be
        read.
    """
    target = _ItemTarget()
    parser = DefusedXMLParser(target=target)
    expat = parser.parser
    expat.AttlistDeclHandler = _reject_default_attributes
    head = stream.read1(_CHUNK_BYTES)
    chunk = head.lstrip(_BLANKS)  # expat accepts nothing before the XML declaration
    skipped = head[: len(head) - len(chunk)].count(b"\n")
    target.line_of = lambda: int(expat.CurrentLineNumber) + skipped
    fed = 0
    try:
        while chunk:
            fed += len(chunk)
            parser.feed(chunk)
            yield from target.take()
            if fed - expat.CurrentByteIndex > _MAX_TOKEN_BYTES:
                reason = f"a tag or comment is longer than {_MAX_TOKEN_BYTES:,} bytes"
                raise BrokenFeedError(target.line_of(), reason)
            chunk = stream.read1(_CHUNK_BYTES)
        parser.close()
    except ParseError as error:
        yield from target.take()
        raise BrokenFeedError(error.position[0] + skipped, _malformed(error)) from None
    except DefusedXmlException:
        yield from target.take()
        reason = "the XML declares an entity or default attributes, which is rejected for safety"
        raise BrokenFeedError(target.line_of(), reason) from None
    # expat asks Python about encodings that it does not know; only one-byte ones are supported.
    except (LookupError, ValueError):
        reason = "the XML is in an encoding that cannot be read; save it as UTF-8"
        raise BrokenFeedError(1, reason) from None


def _reject_default_attributes(*_declaration: object) -> None:
    raise DTDForbidden("", None, None)


def _malformed(error: ParseError) -> str:
    return f"the XML is malformed: {str(error).split(':')[0]} at column {error.position[1] + 1}"


class _ItemTarget:
    """A parser target that collects one item at a time and adds its row at the end tag."""

    def __init__(self) -> None:
        self.line_of: Callable[[], int] = int
        self._rows: list[RawRow | InvalidRow] = []
        self._depth = 0
        self._item: Item | None = None

    def take(self) -> list[RawRow | InvalidRow]:
        rows, self._rows = self._rows, []
        return rows

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BrokenFeedError(self.line_of(), f"elements are nested deeper than {MAX_DEPTH}")
        if self._item is not None:
            self._item.start(tag, attributes)
        elif local_name(tag) in _ITEMS:
            self._item = Item(self.line_of(), namespace_of(tag), MAX_ITEM_CHARACTERS)

    def data(self, text: str) -> None:
        if self._item is not None:
            self._item.data(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._item is not None and not self._item.end(tag):
            self._rows.append(self._item.row())
            self._item = None

    def close(self) -> None:
        return None
