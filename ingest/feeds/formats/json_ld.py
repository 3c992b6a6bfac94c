"""schema.org JSON-LD: in scripts of an HTML page, in a JSON file, or as one object per line.

Products are read wherever they are: at the top, in ``@graph``, in an ``ItemList``, as the
``mainEntity`` of a page, as variants of a ``ProductGroup``. References are resolved within a page,
within a line, or within a whole JSON file.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import partial
from gzip import BadGzipFile
from io import BufferedIOBase, BytesIO

import ijson

from gram_es.errors import first_line
from ingest.feeds.formats.json.object import json_fault
from ingest.feeds.formats.json.stream import LimitedJsonStream
from ingest.feeds.formats.lines import read_lines
from ingest.feeds.formats.schema_org.facts import DiskFacts, LayeredFacts
from ingest.feeds.formats.schema_org.graph import Graph
from ingest.feeds.formats.schema_org.loose_json import parse_json
from ingest.feeds.formats.schema_org.names import with_local_names
from ingest.feeds.formats.schema_org.pages import Script, read_pages
from ingest.feeds.formats.schema_org.possible_ids import rejected
from ingest.feeds.formats.schema_org.walk import rows
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow
from ingest.feeds.sources.bytes import read_head

NAME = "schema.org JSON-LD (a page or a file)"

MAX_ITEM_BYTES = 16 << 20
MAX_WHOLE_BYTES = 64 << 20

_BOM = b"\xef\xbb\xbf"
_BLANKS = _BOM + b" \t\r\n"
_SKIPPED = re.compile(rb"[\xef\xbb\xbf \t\r\n]*+")
_ENDS = {b"<!--": b"-->", b"<?": b"?>"}
_PAGE = re.compile(rb"(?i)<(?:!doctype\s{1,9}html|html|head|body|script|meta)\b")
_KEYWORDS = frozenset({"@context", "@type", "@graph"})
_INNER = "\0"  # among the keys of an object: a keyword is further inside
_KEYWORD = re.compile(rb'"@(context|type|graph)"\s*:')
_DEPTHS = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}
_LISTS = ("@graph", "itemListElement", "dataFeedElement")
_Document = tuple[int, object]
"""A line number and the JSON value that starts there."""

_CHUNK_BYTES = 1 << 20
_LINK_BYTES = 1 << 10
# A reference with or without its type, and the properties that join variants and groups.
_VALUE = rb'(?:"[^"]{0,300}"|\[[^\[\]]{0,300}\])'
_TYPE = rb'"@type"\s{0,9}:\s{0,9}' + _VALUE
_LINK = re.compile(
    rb'\{\s{0,99}(?:%(type)s\s{0,9},\s{0,99})?"@id"\s{0,9}:\s{0,9}"[^"]{0,300}"\s{0,99}'
    rb"(?:,\s{0,99}%(type)s\s{0,99})?\}"
    rb'|"(?:hasVariant|isVariantOf|inProductGroupWithID)"' % {b"type": _TYPE}
)


def recognises(head: bytes) -> bool:
    """Return whether a file starts as HTML, or as JSON with an ``@type``, context or graph."""
    start = _without_comments(head)
    is_json = start[:1] in (b"[", b"{") and bool(_KEYWORD.search(head))
    return bool(_PAGE.match(start)) or (is_json and _has_keyword(start.lstrip(_BLANKS)))


def _has_keyword(head: bytes) -> bool:
    """Return whether JSON-LD begins anywhere but inside the plain records of another format."""
    keys: list[set[str]] = [set()]
    try:
        limited = LimitedJsonStream(BytesIO(head), MAX_ITEM_BYTES)
        for _, event, value in ijson.parse(limited, multiple_values=True):
            if event == "start_map":
                keys.append(set())
            elif event == "map_key":
                keys[-1].add(value)
            elif event == "end_map":
                _close(keys)
    except ijson.IncompleteJSONError:  # the head ends somewhere
        pass
    except (ijson.JSONError, BrokenFeedError, UnicodeDecodeError):
        return True
    while len(keys) > 1:
        _close(keys)
    return _INNER in keys[0]


def _close(keys: list[set[str]]) -> None:
    """End an object; it passes a keyword on, unless it is a plain record with an id and a title."""
    closed = keys.pop()
    is_record = {"id", "title"} <= closed and not closed & _KEYWORDS
    if not is_record and closed & (_KEYWORDS | {_INNER}):
        keys[-1].add(_INNER)


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each product.

    :raises BrokenFeedError: if the JSON of a file is malformed, or if one of its items, or a tag of
        a page, is too long.
    """
    start = read_head(stream).lstrip(_BLANKS)
    if start[:1] == b"<":
        for page in read_pages(stream):
            yield from _read_page(page)
        return
    documents: Callable[[], Iterator[_Document | InvalidRow]]
    if has_lines := _is_complete_json(start.partition(b"\n")[0]):
        documents = partial(_lines, stream)
    else:
        documents = partial(_items, stream, "item" if start[:1] == b"[" else _list_prefix(start))
    if _has_links(stream):
        yield from _read_linked(documents, shares_relative=not has_lines)
    else:
        yield from _read_alone(documents())


def _without_comments(head: bytes) -> bytes:
    """Return a head without the comments and instructions before its first other character."""
    start = 0
    while match := _SKIPPED.match(head, start):
        start = match.end()
        opening = next((mark for mark in _ENDS if head.startswith(mark, start)), None)
        if opening is None:
            break
        end = head.find(_ENDS[opening], start + len(opening))
        if end < 0:
            return b""
        start = end + len(_ENDS[opening])
    return head[start:]


def _read_page(scripts: list[Script]) -> Iterator[RawRow | InvalidRow]:
    """Yield the products of a page; a script that is not JSON does not affect the others."""
    graph = Graph({})
    documents = [_parse(script) for script in scripts]
    for document in documents:
        if not isinstance(document, InvalidRow):
            graph.add(document[1])
    yield from _rows(documents, graph)


def _rows(
    documents: Iterable[_Document | InvalidRow], graph: Graph
) -> Iterator[RawRow | InvalidRow]:
    for document in documents:
        if isinstance(document, InvalidRow):
            yield document
        else:
            line, value = document
            yield from rows(value, graph, line)


def _parse(script: Script) -> _Document | InvalidRow:
    reason = script.fault
    try:
        if not reason:
            return script.line, [with_local_names(value) for value in parse_json(script.text)]
    except json.JSONDecodeError as error:
        place = f"at line {script.line + error.lineno - 1}, column {error.colno}"
        reason = f"not JSON: {json_fault(error)} {place}"
    except RecursionError:
        reason = "not JSON: nested too deeply"
    except ValueError as error:  # a number with thousands of digits
        reason = f"not JSON: {str(error).partition(':')[0].lower()}"
    return rejected(script.line, reason, script.text, is_whole=script.is_whole)


def _read_linked(
    documents: Callable[[], Iterator[_Document | InvalidRow]], *, shares_relative: bool
) -> Iterator[RawRow | InvalidRow]:
    """Yield the products of a file whose documents refer to each other.

    :param documents: returns all documents from the first one; called twice.
    """
    with closing(DiskFacts()) as disk:
        facts = LayeredFacts(disk, shares_relative=shares_relative)
        graph = Graph(facts)
        with suppress(BrokenFeedError, EOFError, BadGzipFile, zlib.error):  # raised again below
            for document in documents():
                if not isinstance(document, InvalidRow):
                    graph.add(document[1])
        for document in documents():
            facts.start_page()
            if not isinstance(document, InvalidRow):
                graph.add(document[1])
            yield from _rows([document], graph)


def _read_alone(documents: Iterator[_Document | InvalidRow]) -> Iterator[RawRow | InvalidRow]:
    """Yield the products of a file in which no document refers to another one."""
    for document in documents:
        graph = Graph({})
        if not isinstance(document, InvalidRow):
            graph.add(document[1])
        yield from _rows([document], graph)


def _has_links(stream: BufferedIOBase) -> bool:
    """Return whether a file has references between nodes, variants or groups."""
    stream.seek(0)
    end = b""
    with suppress(EOFError, BadGzipFile, zlib.error):  # raised again when the rows are read
        while chunk := stream.read1(_CHUNK_BYTES):
            if _LINK.search(end + chunk):
                return True
            end = (end + chunk)[-_LINK_BYTES:]
    return False


def _lines(stream: BufferedIOBase) -> Iterator[_Document | InvalidRow]:
    stream.seek(0)
    for line in read_lines(stream):
        if line.text.strip() or line.fault:
            is_whole = "longer than" not in line.fault
            yield _parse(Script(line.number, line.text, line.fault, is_whole))


def _items(stream: BufferedIOBase, prefix: str) -> Iterator[_Document]:
    """Yield the items of one JSON value that have ijson's ``prefix``."""
    stream.seek(0)
    if stream.read(len(_BOM)) != _BOM:
        stream.seek(0)
    limited = LimitedJsonStream(stream, MAX_ITEM_BYTES if prefix else MAX_WHOLE_BYTES)
    try:
        for item in ijson.items(limited, prefix, use_float=True):
            limited.start_item()
            yield 1, with_local_names(item)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise BrokenFeedError(1, f"the JSON is malformed: {first_line(error)}") from None


def _is_complete_json(line: bytes) -> bool:
    """Return whether a line is a complete JSON value, as in a file with one value per line."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _list_prefix(head: bytes) -> str:
    """Return the ijson prefix with which the items of the file's product list are read one by one.

    If ``head`` contains no such list, return an empty prefix: the file is then read whole.
    """
    depth = 0
    try:
        for event, name in ijson.basic_parse(head):
            depth += _DEPTHS.get(event, 0)
            if (depth, event) == (1, "map_key") and name in _LISTS:
                return f"{name}.item"
    # The head ends inside the file; a broken file fails when it is read.
    except (ijson.JSONError, UnicodeDecodeError):
        pass
    return ""
