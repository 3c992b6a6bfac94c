"""JSON with a list of products, or an object of them: at the top, or under a key.

The objects are read one by one, each as long as a line of NDJSON may be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BufferedIOBase

from ingest.feeds.formats.json.cursor import JsonCursor, MalformedValueError
from ingest.feeds.formats.json.object import json_rows, rejected
from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow

NAME = "JSON with a list of products"

# The keys under which exports and APIs of shops write their lists.
_LIST_KEYS = frozenset(
    (
        *("articles", "catalog", "catalogue", "content", "data", "docs", "edges", "elements"),
        *("entities", "entries", "hits", "items", "list", "member", "nodes", "objects", "offers"),
        *("product", "products", "records", "response", "result", "results", "rows", "skus"),
        *("value", "values", "variants"),
    )
)
_NO_LIST_OF_ROOT = frozenset({"offers", "variants", "values", "skus", "value", "content", "list"})
_MAP_KEYS = _LIST_KEYS - {"content", "response", "result", "value", "data"}
_TITLES, _FACTS = {"title", "name"}, {"price", "sku", "availability", "link"}
_LIST = re.compile(rb":\s*\[\s*\{")
_MAP = re.compile(  # the first two products of a line that is longer than what is looked at
    rb'\{\s{0,99}(?:"(?:products|items|articles|data|catalog)"\s{0,9}:\s{0,99}\{\s{0,99}){0,3}'
    rb'"[^"]{1,200}"\s{0,9}:\s{0,9}\{[^{}]{0,9999}\}\s{0,9},\s{0,99}"[^"]{1,200}"\s{0,9}:\s{0,9}\{'
)
_MAX_DEPTH = 6
_PRODUCT_NAMES = ({"id", "title"}, {"product_id", "product_title"}, {"id", "name"}, {"sku", "name"})


def recognises(head: bytes) -> bool:
    """Return whether a text starts as a list, as an object of several lines or as one of a list."""
    lines = [line for line in head.split(b"\n") if line.strip()][:2]
    first = lines[0].strip() if lines else b""
    if first[:1] == b"[":
        return len(lines) == 1 or not _is_complete(first) or first.startswith((b"[{", b"[["))
    if first[:1] != b"{":
        return False
    if len(lines) == 1:
        return not _is_product(first)
    return not _is_complete(first) and (
        not lines[1].lstrip().startswith(b"{") or first.endswith(b"[")
    )


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each object of each list of products.

    :raises BrokenFeedError: if the text is no JSON outside the objects, or cut off.
    """
    cursor = JsonCursor(stream)
    while start := cursor.peek():
        if start == "[":
            yield from _list(cursor, None)
        elif start == "{":
            yield from _root(cursor)
        elif start == ",":
            cursor.skip(",")
        else:
            raise BrokenFeedError(cursor.line, f"expected a list or an object, found {start!r}")


def _root(cursor: JsonCursor) -> Iterator[RawRow | InvalidRow]:
    """Yield an object at the top, if it is a product, or the products of the lists in it."""
    line = cursor.line
    try:
        document, text = cursor.value(keeps_place=True)
    except MalformedValueError:
        document, text = {}, ""
    if _is_map(document):
        yield from _map(cursor, 0)
    elif isinstance(document, dict) and text and not _has_list(document):
        cursor.value()
        yield from _rows(cursor, line, document, text)
    else:
        yield from _object(cursor, 0)


def _object(cursor: JsonCursor, depth: int) -> Iterator[RawRow | InvalidRow]:
    for key in _keys(cursor):
        start = cursor.peek()
        if start == "[":
            yield from _list(cursor, key, depth)
        elif start == "{" and _starts_map(cursor, key):
            yield from _map(cursor, depth + 1)
        elif start == "{" and depth < _MAX_DEPTH:
            yield from _object(cursor, depth + 1)
        else:
            _scalar(cursor)


def _starts_map(cursor: JsonCursor, key: str) -> bool:
    """Return whether the next object has a product under each key, as PHP writes some lists."""
    try:
        document, _ = cursor.value(keeps_place=True)
    except MalformedValueError:  # it is long, or one of its products is malformed
        return key.lower() in _MAP_KEYS
    return _is_map(document)


def _map(cursor: JsonCursor, depth: int) -> Iterator[RawRow | InvalidRow]:
    """Yield the products of an object; a product without an id has its key as one.

    A long object is read as a map by its key alone, so it may contain a list of products instead.
    """
    for key in _keys(cursor):
        start = cursor.peek()
        if start == "[":
            yield from _list(cursor, key, depth)
        elif start != "{":
            _scalar(cursor)
        else:
            for row in _entry(cursor, cursor.line):
                yield _with_id(row, key)


def _keys(cursor: JsonCursor) -> Iterator[str]:
    """Yield the key of each member of the next object; the caller reads the value."""
    cursor.skip("{")
    while not cursor.skip("}"):
        key = _scalar(cursor)
        if not cursor.skip(":"):
            raise BrokenFeedError(cursor.line, f"expected a colon behind the key {str(key)[:60]!r}")
        yield str(key)
        cursor.skip(",")


def _with_id(row: RawRow | InvalidRow, product_id: str) -> RawRow | InvalidRow:
    if isinstance(row, InvalidRow):
        return replace(row, possible_ids=(*row.possible_ids, product_id))
    has_id = any(row.fields.get(name) for name in ("id", "product_id"))
    return row if has_id else replace(row, fields={**row.fields, "id": (product_id,)})


def _scalar(cursor: JsonCursor) -> object:
    try:
        return cursor.value()[0]
    except MalformedValueError as error:
        raise BrokenFeedError(cursor.line, error.reason) from None


def _list(cursor: JsonCursor, key: str | None, depth: int = 0) -> Iterator[RawRow | InvalidRow]:
    """Yield the products of a list; a list of another kind is skipped."""
    if depth > _MAX_DEPTH:
        raise BrokenFeedError(cursor.line, f"lists lie more than {_MAX_DEPTH} deep in each other")
    cursor.skip("[")
    has_products: bool | None = True if key is None or key.lower() in _LIST_KEYS else None
    while not cursor.skip("]"):
        start, line = cursor.peek(), cursor.line
        if start == "[":
            yield from _list(cursor, key, depth + 1)
        else:
            for row in _entry(cursor, line):
                if has_products is None:
                    has_products = isinstance(row, RawRow) and _names_product(row.fields)
                if has_products:
                    yield row
        _end_entry(cursor)


def _end_entry(cursor: JsonCursor) -> None:
    if not cursor.skip(",") and cursor.peek() not in ("]", "{"):
        found = cursor.peek()
        what = f"found {found!r}" if found else "the file ends"
        raise BrokenFeedError(cursor.line, f"expected a comma or the end of the list, {what}")


def _entry(cursor: JsonCursor, line: int) -> Iterator[RawRow | InvalidRow]:
    try:
        document, text = cursor.value()
    except MalformedValueError as error:
        if cursor.peek() != "{":
            raise BrokenFeedError(cursor.line, error.reason) from None
        text, is_whole = cursor.skip_malformed()
        yield rejected(line, error.reason, text, is_whole=is_whole)
        return
    lists = _lists_in(document) if isinstance(document, dict) else []
    if not lists or cursor.decoder.fault:
        yield from _rows(cursor, line, document, text)
    for entries in lists:
        for entry in entries:
            yield from _rows(cursor, line, entry, json.dumps(entry, ensure_ascii=False))


def _rows(
    cursor: JsonCursor, line: int, document: object, text: str
) -> Iterator[RawRow | InvalidRow]:
    if cursor.decoder.fault:
        yield rejected(line, cursor.decoder.fault, text)
    else:
        yield from json_rows(line, document, text)


def _lists_in(document: Mapping[str, object]) -> list[list[object]]:
    """Return the lists of products in an entry that is itself a page of a list."""
    if _names_product(document):
        return []
    return [
        value
        for key, value in document.items()
        if key.lower() in _LIST_KEYS and isinstance(value, list) and _holds_objects(value)
    ]


def _has_list(document: Mapping[str, object], depth: int = 0) -> bool:
    """Return whether an object has a list of products, itself or in an object inside it."""
    keys = _LIST_KEYS - _NO_LIST_OF_ROOT if _names_product(document) else None
    for key, value in document.items():
        if keys is not None and key.lower() not in keys:
            continue
        if keys is None and isinstance(value, dict) and _is_map(value):
            return True
        if isinstance(value, list) and _holds_objects(value):
            if key.lower() in _LIST_KEYS or _names_product(value[0]):
                return True
        elif isinstance(value, dict) and depth < _MAX_DEPTH and _has_list(value, depth + 1):
            return True
    return False


def _is_map(value: object) -> bool:
    """Return whether a value is an object of products, which all have a title."""
    if not isinstance(value, dict) or not value:
        return False
    return all(isinstance(inner, dict) and _is_entry(inner) for inner in value.values())


def _is_entry(document: Mapping[str, object]) -> bool:
    names = set(map(field_name, document))
    return _names_product(document) or bool(names & _TITLES and names & _FACTS)


def _holds_objects(values: list[object]) -> bool:
    return bool(values) and isinstance(values[0], dict)


def _names_product(names: object) -> bool:
    if not isinstance(names, Mapping):
        return False
    given = set(map(field_name, names))
    return any(required <= given for required in _PRODUCT_NAMES)


def _is_complete(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _is_product(line: bytes) -> bool:
    """Return whether a line is an object without a list of products, complete or not."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return not (_LIST.search(line) or _MAP.match(line))
    return isinstance(document, dict) and not (_has_list(document) or _is_map(document))
