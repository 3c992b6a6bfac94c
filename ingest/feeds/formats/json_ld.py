"""schema.org's JSON-LD: a page that carries it in scripts, a file of it, or one object a line.

Products are found wherever they stand: at the top, in ``@graph``, in an ``ItemList``, as the
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
from ingest.feeds.rows.records import BadRow, BrokenFeedError, RawRow
from ingest.feeds.rows.values import as_text, as_texts
from ingest.feeds.sources.bytes import read_head

NAME = "schema.org JSON-LD (a page or a file)"

Node = Mapping[str, Any]

_JSON_LD = "application/ld+json"
_CHUNK_BYTES = 1 << 16
_PAGE = re.compile(rb"(?i)\s*(<!--.*?-->\s*)*<(!doctype html|html)\b", re.DOTALL)
_SIGN = re.compile(rb'"@(context|type|graph)"\s*:')
_PRODUCTS = frozenset({"Product", "IndividualProduct", "ProductModel", "SomeProducts"})
_GROUP = "ProductGroup"
_INSIDE = ("@graph", "itemListElement", "item", "mainEntity", "mainEntityOfPage", "hasVariant")
_IDS = ("sku", "productID", "mpn")
_GTINS = ("gtin", "gtin13", "gtin12", "gtin14", "gtin8", "isbn")
_SAID = ("color", "material", "pattern", "size", "model", "keywords")
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
_READ = frozenset((*_IDS, *_GTINS, *_SAID, *_MEASURED)) | {
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
_DEEPEST = 8
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def recognises(head: bytes) -> bool:
    """Tell whether it is a page, or JSON that speaks of a type or a context."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return bool(_PAGE.match(start)) or (start[:1] in b"[{" and bool(_SIGN.search(head)))


def read(stream: BufferedIOBase) -> Iterator[RawRow | BadRow]:
    """Yield a row for each product.

    :raises BrokenFeedError: where the JSON stops being well formed.
    """
    head = read_head(stream)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<":
        yield from _of_page(stream)
    elif _is_whole(start.partition(b"\n")[0]):
        yield from _of_lines(stream)
    else:
        yield from _of_file(stream, "item" if start[:1] == b"[" else _list_in(start))


def _of_page(stream: BufferedIOBase) -> Iterator[RawRow | BadRow]:
    page, decoder = _Scripts(), codecs.getincrementaldecoder("utf-8")("replace")
    while chunk := stream.read1(_CHUNK_BYTES):
        page.feed(decoder.decode(chunk))
        for line, text in page.take():
            yield from _of_text(line, text)


def _of_lines(stream: BufferedIOBase) -> Iterator[RawRow | BadRow]:
    for line in read_lines(stream):
        if line.fault:
            yield BadRow(line.number, line.fault, line.excerpt)
        elif line.text.strip():
            yield from _of_text(line.number, line.text)


def _of_text(line: int, text: str) -> Iterator[RawRow | BadRow]:
    try:
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        yield BadRow(line, f"not JSON: {str(error).partition(':')[0].lower()}", printable(text))
        return
    yield from _rows(found, line)


def _of_file(stream: BufferedIOBase, place: str) -> Iterator[RawRow | BadRow]:
    """Yield the products of one JSON value; ``place`` is where its long list stands, if it has."""
    try:
        for found in ijson.items(stream, place, use_float=True):
            yield from _rows(found, 1)
    except ijson.JSONError as error:
        raise BrokenFeedError(1, f"the JSON is malformed: {str(error).splitlines()[0]}") from None


def _is_whole(line: bytes) -> bool:
    """Tell whether the first line is JSON by itself: then there is one object a line."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _list_in(head: bytes) -> str:
    """Return where the long list of a file stands, so that it need not be in memory at once."""
    try:
        for place, event, name in ijson.parse(head):
            if (place, event) == ("", "map_key") and name in _LISTS:
                return f"{name}.item"
    except ijson.JSONError:  # the head ends amid the file, or the file is broken, as is told later
        pass
    return ""


def _rows(found: object, line: int, depth: int = 0) -> Iterator[RawRow]:
    """Yield the products in a JSON value, however it wraps them."""
    if depth > _DEEPEST:
        return
    if isinstance(found, list):
        for each in found:
            yield from _rows(each, line, depth + 1)
    elif isinstance(found, Mapping):
        kinds = {_local(kind) for kind in as_texts(found.get("@type", ""))}
        variants = found.get("hasVariant")
        if _GROUP in kinds and variants:
            for variant in variants if isinstance(variants, list) else [variants]:
                yield from _rows(_inheriting(variant, found), line, depth + 1)
        elif kinds & {_GROUP, *_PRODUCTS}:
            yield _row(found, line)
        else:
            for name in _INSIDE:
                yield from _rows(found.get(name), line, depth + 1)


def _inheriting(variant: object, group: Node) -> object:
    """Return a variant with what only its group says; an id of the group is not the variant's."""
    if not isinstance(variant, Mapping):
        return variant
    kept = {
        n: v for n, v in group.items() if n not in (*_IDS, *_GTINS, "@type", "@id", "hasVariant")
    }
    group_id = group.get("productGroupID") or group.get("sku")
    return {**kept, "inProductGroupWithID": group_id, **variant}


def _row(node: Node, line: int) -> RawRow:
    offer = _offer(node.get("offers"))
    priced = offer.get("priceSpecification")
    priced = priced[0] if isinstance(priced, list) and priced else priced
    priced = {**priced, **offer} if isinstance(priced, Mapping) else offer
    url = _first(node.get("url"), offer.get("url"))
    fields = {
        "id": _first(
            *(node.get(n) for n in (*_IDS, *_GTINS)), offer.get("sku"), node.get("@id"), url
        ),
        "title": _first(node.get("name")),
        "brand": _first(node.get("brand"), node.get("manufacturer")),
        "category": _first(node.get("category")),
        "description": _first(node.get("description")),
        "price": _first(priced.get("price"), priced.get("lowPrice")),
        "currency": _first(priced.get("priceCurrency")),
        "availability": _CAMEL.sub("_", _local(_first(offer.get("availability")))).lower(),
        "gtin": _first(*(node.get(name) for name in _GTINS)),
        "mpn": _first(node.get("mpn")),
        "link": url,
        "image_link": _first(node.get("image")),
    }
    given = {name: (text,) for name, text in fields.items() if text}
    excerpt = printable(fields["title"] or fields["id"])
    return RawRow(line, given, _attributes(node), excerpt, _ORIGINS, node.keys() - _READ)


def _attributes(node: Node) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {name: (_first(node.get(name)),) for name in _SAID}
    found |= {name: (_quantity(node.get(name)),) for name in _MEASURED}
    found["item_group_id"] = (_first(node.get("inProductGroupWithID")),)
    more = node.get("additionalProperty")
    for each in more if isinstance(more, list) else [more]:
        if isinstance(each, Mapping) and (name := _first(each.get("name"))):
            found[name] = (*found.get(name, ()), _quantity(each))
    return found


def _offer(found: object) -> Node:
    """Return the first offer; an aggregate's own prices count before those of its offers."""
    if isinstance(found, list):
        found = found[0] if found else None
    if not isinstance(found, Mapping):
        return {}
    inner = found.get("offers")
    return {**_offer(inner), **found} if inner else found


def _first(*values: object) -> str:
    """Return the first value that says something; of an object its name, value or address."""
    for value in values:
        for each in (
            value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        ):
            if isinstance(each, Mapping):
                keys = ("name", "value", "url", "contentUrl", "@value", "@id")
                text = next((as_text(each[k]) for k in keys if each.get(k)), "")
            else:
                text = as_text(each)
            if text:
                return text
    return ""


def _quantity(value: object) -> str:
    unit = _first(value.get("unitText")) if isinstance(value, Mapping) else ""
    if isinstance(value, Mapping):
        value = value.get("value")
    return f"{_first(value)} {unit}".strip()


def _local(name: str) -> str:
    """Return the last part of ``https://schema.org/InStock`` and of ``schema:Product``."""
    return re.split(r"[/#:]", name)[-1]


class _Scripts(HTMLParser):
    """Collects the JSON-LD of a page that is fed to it in pieces, each with its line."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[tuple[int, str]] = []
        self._line = 0
        self._parts: list[str] | None = None

    def take(self) -> list[tuple[int, str]]:
        found, self._found = self._found, []
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = (dict(attrs).get("type") or "").partition(";")[0].strip().lower()
        if tag == "script" and kind == _JSON_LD:
            self._line, self._parts = self.getpos()[0], []

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._parts is not None:
            self._found.append((self._line, "".join(self._parts)))
            self._parts = None

    def handle_data(self, data: str) -> None:
        if self._parts is not None:
            self._parts.append(data)
