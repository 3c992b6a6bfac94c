"""Google Merchant XML, RSS 2.0 and Atom, read as a stream with one item in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BufferedIOBase
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ingest.feeds.formats.lines import printable
from ingest.feeds.rows.product_fields import field_name
from ingest.feeds.rows.records import BrokenFeedError, RawRow
from ingest.feeds.rows.values import as_text

NAME = "Google Merchant XML (RSS 2.0 or Atom)"

_CHUNK_BYTES = 1 << 16
_ITEMS = frozenset({"item", "entry"})
_GOOGLE = "//base.google.com/ns/"  # "http:" or "https:" precedes it; a version follows
_PLAIN = ("http://www.w3.org/2005/Atom", "http://base.google.com/cns/1.0")
_Texts = dict[str, tuple[str, ...]]


def recognises(head: bytes) -> bool:
    """Return whether the first character opens a tag, in UTF-8 or in UTF-16."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe<", b"\xfe\xff\0<"))


def read(stream: BufferedIOBase) -> Iterator[RawRow]:
    """Yield a row for each ``<item>`` or ``<entry>``.

    :raises BrokenFeedError: if the XML is malformed, declares an entity, or has an encoding that
        cannot be read.
    """
    target = _ItemTarget()
    parser = DefusedXMLParser(target=target)
    expat = parser.parser
    head = stream.read1(_CHUNK_BYTES)
    chunk = head.lstrip(b" \t\r\n")  # expat accepts nothing before the XML declaration
    skipped = head[: len(head) - len(chunk)].count(b"\n")
    target.line_of = lambda: int(expat.CurrentLineNumber) + skipped
    try:
        while chunk:
            parser.feed(chunk)
            yield from target.take()
            chunk = stream.read1(_CHUNK_BYTES)
        parser.close()
    except ParseError as error:
        yield from target.take()
        raise BrokenFeedError(error.position[0] + skipped, _malformed(error)) from None
    except DefusedXmlException:
        yield from target.take()
        reason = "the XML declares an entity, which is rejected for safety"
        raise BrokenFeedError(target.line_of(), reason) from None
    # expat asks Python about encodings that it does not know; only one-byte ones are supported.
    except (LookupError, ValueError):
        reason = "the XML is in an encoding that cannot be read; save it as UTF-8"
        raise BrokenFeedError(1, reason) from None


def _malformed(error: ParseError) -> str:
    return f"the XML is malformed: {str(error).split(':')[0]} at column {error.position[1] + 1}"


@dataclass(slots=True)
class _Item:
    """The children of one item.

    ``google`` contains the children in Google's namespace. ``plain`` contains the children in no
    namespace, in Atom's namespace, or in Google's namespace for custom attributes. ``details``
    contains the attributes in ``product_detail``. ``foreign`` contains the tags of all other
    children.
    """

    line: int
    google: _Texts = field(default_factory=dict)
    plain: _Texts = field(default_factory=dict)
    details: _Texts = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)

    def row(self) -> RawRow:
        """Return the row; if two children have one name, use the child in Google's namespace."""
        excerpt = printable(" ".join(text for texts in self.google.values() for text in texts))
        origins = {name: f"g:{name}" for name in self.google}
        fields = self.plain | self.google
        return RawRow(self.line, fields, self.details, excerpt, origins, self.foreign)


class _ItemTarget:
    """A parser target that collects one item at a time and adds its row at the end tag."""

    def __init__(self) -> None:
        self.line_of: Callable[[], int] = int
        self._rows: list[RawRow] = []
        self._item: _Item | None = None
        self._open: list[str] = []  # tags inside the item
        self._text: list[str] = []
        self._nested: dict[str, str] = {}
        self._nested_from = 0  # index in _text at which the nested tag's text starts

    def take(self) -> list[RawRow]:
        rows, self._rows = self._rows, []
        return rows

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        if self._item is None:
            if _local(tag) in _ITEMS:
                self._item = _Item(self.line_of())
            return
        self._open.append(tag)
        self._nested_from = len(self._text)
        if len(self._open) == 1:
            self._text, self._nested = [], {}
            if attrib.get("href") and attrib.get("rel", "alternate") == "alternate":
                self._text.append(attrib["href"])

    def data(self, text: str) -> None:
        if self._open:
            self._text.append(text)

    def end(self, tag: str) -> None:
        if self._item is None:
            return
        if not self._open:
            self._rows.append(self._item.row())
            self._item = None
            return
        self._open.pop()
        if self._open:
            self._nested[_local(tag)] = as_text("".join(self._text[self._nested_from :]))
        else:
            self._add_child(self._item, tag)

    def close(self) -> None:
        return None

    def _add_child(self, item: _Item, tag: str) -> None:
        name = field_name(_local(tag))
        if name == "product_detail":
            _add(
                item.details,
                self._nested.get("attribute_name", ""),
                self._nested.get("attribute_value", ""),
            )
        elif _GOOGLE in (namespace := tag[1 : tag.rfind("}")]):
            _add(item.google, name, as_text("".join(self._text)))
        elif namespace in _PLAIN or "}" not in tag:
            _add(item.plain, name, as_text("".join(self._text)))
        else:
            item.foreign.add(tag)


def _local(tag: str) -> str:
    return tag[tag.rfind("}") + 1 :]


def _add(texts: _Texts, name: str, text: str) -> None:
    if text:
        texts[name] = (*texts.get(name, ()), text)
