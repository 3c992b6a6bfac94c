"""schema.org JSON-LD: in scripts of an HTML page, in a JSON file, or as one object per line.

Products are read wherever they are: at the top, in ``@graph``, in an ``ItemList``, as the
``mainEntity`` of a page, as variants of a ``ProductGroup``.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from io import BufferedIOBase
from typing import Any

import ijson

from ingest.feeds.formats.lines import printable, read_lines
from ingest.feeds.rows.records import BrokenFeedError, InvalidRow, RawRow
from ingest.feeds.rows.values import as_text, as_texts
from ingest.feeds.sources.bytes import read_head

NAME = "schema.org JSON-LD (a page or a file)"

Node = Mapping[str, Any]

_JSON_LD = "application/ld+json"
_CHUNK_BYTES = 1 << 16
_PAGE = re.compile(rb"(?i)\s*(<!--.*?-->\s*)*<(!doctype html|html)\b", re.DOTALL)
_KEYWORD = re.compile(rb'"@(context|type|graph)"\s*:')
_PRODUCTS = frozenset({"Product", "IndividualProduct", "ProductModel", "SomeProducts"})
_GROUP = "ProductGroup"
_CONTAINER_PROPERTIES = (
    "@graph",
    "itemListElement",
    "item",
    "mainEntity",
    "mainEntityOfPage",
    "hasVariant",
)
_IDS = ("sku", "productID", "mpn")
_GTINS = ("gtin", "gtin13", "gtin12", "gtin14", "gtin8", "isbn")
_TEXT_PROPERTIES = ("color", "material", "pattern", "size", "model", "keywords")
_MEASURED = ("width", "height", "depth", "weight")
_ORIGINS = {
    "id": "sku, productID, mpn, gtin, @id or url",
    "title": "name",
    "brand": "brand or manufacturer",
    "price": "offers.price",
    "currency": "offers.priceCurrency",
    "availability": "offers.availability",
    "link": "url",
    "image_link": "image",
}
_READ = frozenset((*_IDS, *_GTINS, *_TEXT_PROPERTIES, *_MEASURED)) | {
    "@context",
    "@id",
    "@type",
    "additionalProperty",
    "brand",
    "category",
    "description",
    "hasVariant",
    "image",
    "inProductGroupWithID",
    "manufacturer",
    "name",
    "offers",
    "productGroupID",
    "url",
}
_LISTS = ("@graph", "itemListElement")
_MAX_DEPTH = 8
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def recognises(head: bytes) -> bool:
    """Return whether a file starts as HTML, or as JSON with an ``@type``, context or graph."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return bool(_PAGE.match(start)) or (start[:1] in b"[{" and bool(_KEYWORD.search(head)))


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each product.

    :raises BrokenFeedError: if the JSON of a file is malformed.
    """
    head = read_head(stream)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<":
        yield from _read_page(stream)
    elif _is_complete_json(start.partition(b"\n")[0]):
        yield from _read_json_lines(stream)
    else:
        yield from _read_file(stream, "item" if start[:1] == b"[" else _list_prefix(start))


def _read_page(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    page, decoder = _Scripts(), codecs.getincrementaldecoder("utf-8")("replace")
    while chunk := stream.read1(_CHUNK_BYTES):
        page.feed(decoder.decode(chunk))
        for line, text in page.take():
            yield from _read_text(line, text)


def _read_json_lines(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    for line in read_lines(stream):
        if line.fault:
            yield InvalidRow(line.number, line.fault, line.excerpt)
        elif line.text.strip():
            yield from _read_text(line.number, line.text)


def _read_text(line: int, text: str) -> Iterator[RawRow | InvalidRow]:
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        yield InvalidRow(line, f"not JSON: {str(error).partition(':')[0].lower()}", printable(text))
        return
    yield from _rows(document, line)


def _read_file(stream: BufferedIOBase, prefix: str) -> Iterator[RawRow | InvalidRow]:
    """Yield the products of one JSON value; ``prefix`` is ijson's prefix of the items to read."""
    try:
        for document in ijson.items(stream, prefix, use_float=True):
            yield from _rows(document, 1)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise BrokenFeedError(1, f"the JSON is malformed: {str(error).splitlines()[0]}") from None


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
    try:
        for prefix, event, name in ijson.parse(head):
            if (prefix, event) == ("", "map_key") and name in _LISTS:
                return f"{name}.item"
    # The head ends inside the file; a broken file fails when it is read.
    except (ijson.JSONError, UnicodeDecodeError):
        pass
    return ""


def _rows(value: object, line: int, depth: int = 0) -> Iterator[RawRow]:
    """Yield the products in a JSON value, at any depth up to the limit."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _rows(item, line, depth + 1)
    elif isinstance(value, Mapping):
        types = {_local(name) for name in as_texts(value.get("@type", ""))}
        variants = value.get("hasVariant")
        if _GROUP in types and variants:
            for variant in variants if isinstance(variants, list) else [variants]:
                yield from _rows(_with_group_properties(variant, value), line, depth + 1)
        elif types & {_GROUP, *_PRODUCTS}:
            yield _row(value, line)
        else:
            for name in _CONTAINER_PROPERTIES:
                yield from _rows(value.get(name), line, depth + 1)


def _with_group_properties(variant: object, group: Node) -> object:
    """Return a variant with missing properties, except product ids, taken from its group."""
    if not isinstance(variant, Mapping):
        return variant
    inherited = {
        n: v for n, v in group.items() if n not in (*_IDS, *_GTINS, "@type", "@id", "hasVariant")
    }
    group_id = group.get("productGroupID") or group.get("sku")
    return {**inherited, "inProductGroupWithID": group_id, **variant}


def _row(node: Node, line: int) -> RawRow:
    offer = _offer(node.get("offers"))
    price = offer.get("priceSpecification")
    price = price[0] if isinstance(price, list) and price else price
    price = {**price, **offer} if isinstance(price, Mapping) else offer
    url = _first(node.get("url"), offer.get("url"))
    fields = {
        "id": _first(
            *(node.get(n) for n in (*_IDS, *_GTINS)), offer.get("sku"), node.get("@id"), url
        ),
        "title": _first(node.get("name")),
        "brand": _first(node.get("brand"), node.get("manufacturer")),
        "category": _first(node.get("category")),
        "description": _first(node.get("description")),
        "price": _first(price.get("price"), price.get("lowPrice")),
        "currency": _first(price.get("priceCurrency")),
        "availability": _CAMEL.sub("_", _local(_first(offer.get("availability")))).lower(),
        "gtin": _first(*(node.get(name) for name in _GTINS)),
        "mpn": _first(node.get("mpn")),
        "link": url,
        "image_link": _first(node.get("image")),
    }
    filled = {name: (text,) for name, text in fields.items() if text}
    excerpt = printable(fields["title"] or fields["id"])
    return RawRow(line, filled, _attributes(node), excerpt, _ORIGINS, node.keys() - _READ)


def _attributes(node: Node) -> dict[str, tuple[str, ...]]:
    attributes: dict[str, tuple[str, ...]] = {
        name: (_first(node.get(name)),) for name in _TEXT_PROPERTIES
    }
    attributes |= {name: (_quantity(node.get(name)),) for name in _MEASURED}
    attributes["item_group_id"] = (_first(node.get("inProductGroupWithID")),)
    properties = node.get("additionalProperty")
    for item in properties if isinstance(properties, list) else [properties]:
        if isinstance(item, Mapping) and (name := _first(item.get("name"))):
            attributes[name] = (*attributes.get(name, ()), _quantity(item))
    return attributes


def _offer(value: object) -> Node:
    """Return the first offer.

    Values of an aggregate offer take precedence over values of the offers inside it.
    """
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, Mapping):
        return {}
    inner = value.get("offers")
    return {**_offer(inner), **value} if inner else value


def _first(*values: object) -> str:
    """Return the first text that is not empty; the text of an object is its name, value or URL."""
    for value in values:
        for item in (
            value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        ):
            if isinstance(item, Mapping):
                keys = ("name", "value", "url", "contentUrl", "@value", "@id")
                text = next((as_text(item[k]) for k in keys if item.get(k)), "")
            else:
                text = as_text(item)
            if text:
                return text
    return ""


def _quantity(value: object) -> str:
    unit = _first(value.get("unitText")) if isinstance(value, Mapping) else ""
    if isinstance(value, Mapping):
        value = value.get("value")
    return f"{_first(value)} {unit}".strip()


def _local(name: str) -> str:
    """Return a name without its namespace: ``InStock`` for ``https://schema.org/InStock``."""
    return re.split(r"[/#:]", name)[-1]


class _Scripts(HTMLParser):
    """A parser that collects the JSON-LD scripts of a page, each with its line number."""

    def __init__(self) -> None:
        super().__init__()
        self._scripts: list[tuple[int, str]] = []
        self._line = 0
        self._parts: list[str] | None = None

    def take(self) -> list[tuple[int, str]]:
        scripts, self._scripts = self._scripts, []
        return scripts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        media_type = (dict(attrs).get("type") or "").partition(";")[0].strip().lower()
        if tag == "script" and media_type == _JSON_LD:
            self._line, self._parts = self.getpos()[0], []

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._parts is not None:
            self._scripts.append((self._line, "".join(self._parts)))
            self._parts = None

    def handle_data(self, data: str) -> None:
        if self._parts is not None:
            self._parts.append(data)
