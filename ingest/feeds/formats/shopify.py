"""Shopify's product export, with its old headers and its new: a row a variant.

Product columns stand in the first row of a handle alone; the rows below it hold further variants,
or nothing but a further image.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BufferedIOBase

from ingest.feeds.formats.delimited import Record, delimiter_of, read_table
from ingest.feeds.rows.product import field_name
from ingest.feeds.rows.records import BadRow, RawRow

NAME = "Shopify CSV"

_HEADERS = (frozenset({"handle", "title", "vendor"}), frozenset({"url_handle", "title", "vendor"}))
_NEW_NAMES = {
    "url_handle": "handle",
    "description": "body_(html)",
    "price": "variant_price",
    "sku": "variant_sku",
    "barcode": "variant_barcode",
    "product_image_url": "image_src",
    "variant_image_url": "variant_image",
    "published_on_online_store": "published",
    "inventory_tracker": "variant_inventory_tracker",
    "inventory_quantity": "variant_inventory_qty",
    "continue_selling_when_out_of_stock": "variant_inventory_policy",
}
_OF_PRODUCT = (
    "title",
    "body_(html)",
    "vendor",
    "product_category",
    "type",
    "tags",
    "published",
    "status",
    "image_src",
    "option1_name",
    "option2_name",
    "option3_name",
)
_OF_VARIANT = (
    "variant_price",
    "variant_sku",
    "variant_barcode",
    "variant_image",
    "variant_inventory_tracker",
    "variant_inventory_qty",
    "variant_inventory_policy",
    "option1_value",
    "option2_value",
    "option3_value",
)
_READ_FROM = {
    "id": "handle",
    "title": "title",
    "brand": "vendor",
    "category": "product_category",
    "description": "body_(html)",
    "price": "variant_price",
    "availability": "variant_inventory_qty",
    "gtin": "variant_barcode",
    "mpn": "variant_sku",
    "image_link": "image_src",
}
_OPTIONS = ("option1", "option2", "option3")
_NO_OPTION = "Default Title"
_METAFIELD = re.compile(r"(.+?)\s*\(product\.metafields\.[^)]*\)")
_GOOGLE = re.compile(r"Google Shopping / (Gender|Age Group|MPN|Condition)", re.IGNORECASE)
_SELLS_ON = frozenset({"continue", "true"})


def recognises(head: bytes) -> bool:
    """Tell whether the first line is a header of Shopify's, old or new."""
    return delimiter_of(head, _HEADERS) is not None


def read(stream: BufferedIOBase) -> Iterator[RawRow | BadRow]:
    """Yield a row for each variant; a row with an image and nothing else is no row.

    :raises BrokenFeedError: at a quotation mark that is never closed.
    """
    product: dict[str, str] = {}
    extras: dict[str, str] = {}
    header, records = read_table(stream, _HEADERS)
    columns = [_column(written) for written in header]
    named = {name: written for (name, _), written in zip(columns, header, strict=True)}
    origins = {field: named[name] for field, name in _READ_FROM.items() if name in named}
    ignored = _unread(columns, header)
    for record in records:
        if isinstance(record, BadRow):
            yield record
            continue
        cells, own_extras = _named(columns, record)
        if cells.get("title") and cells.get("handle") != product.get("handle"):
            product = {name: cells.get(name, "") for name in ("handle", *_OF_PRODUCT)}
            extras = own_extras
        if cells.get("handle") != product.get("handle"):
            yield BadRow(record.line, "no row above it gives its handle a title", record.excerpt)
        elif _is_variant(cells):
            row = _row(record, product | {n: t for n, t in cells.items() if t}, extras)
            yield replace(row, origins=origins, ignored=ignored) if isinstance(row, RawRow) else row


def _column(written: str) -> tuple[str, str | None]:
    """Return a column's name in the old headers, and the attribute that it is, if it is one."""
    name = field_name(written)
    found = _METAFIELD.fullmatch(written.strip()) or _GOOGLE.fullmatch(written.strip())
    return _NEW_NAMES.get(name, name), found[1] if found else None


def _unread(columns: list[tuple[str, str | None]], header: list[str]) -> tuple[str, ...]:
    read = {"handle", *_OF_PRODUCT, *_OF_VARIANT}
    return tuple(
        written
        for (name, attribute), written in zip(columns, header, strict=True)
        if name not in read and attribute is None
    )


def _named(
    columns: list[tuple[str, str | None]], record: Record
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the cells under the old headers' names, and what becomes attributes."""
    cells: dict[str, str] = {}
    extras: dict[str, str] = {}
    for (name, attribute), text in zip(columns, record.cells, strict=False):
        cells[name] = text
        if attribute and text:
            extras[attribute] = text
    return cells, extras


def _is_variant(cells: Mapping[str, str]) -> bool:
    own = ("title", "variant_price", "variant_sku", *(f"{o}_value" for o in _OPTIONS))
    return any(cells.get(name) for name in own)


def _row(record: Record, cells: Mapping[str, str], extras: Mapping[str, str]) -> RawRow | BadRow:
    status = cells.get("status", "").lower()
    if status in ("draft", "archived"):
        return _taken_down(record, f"its status is {status}")
    if cells.get("published", "").lower() == "false":
        return _taken_down(record, "it is not published")
    options = [
        (cells.get(f"{option}_name") or option, value)
        for option in _OPTIONS
        if (value := cells.get(f"{option}_value", "")) and value != _NO_OPTION
    ]
    attributes = {name: _values(text, ";") for name, text in extras.items() if name != "MPN"}
    attributes |= {name: (value,) for name, value in options}
    attributes |= {
        "type": (cells["type"],),
        "tags": _values(cells["tags"], ","),
        "item_group_id": (cells["handle"],),
    }
    fields = {
        "id": "/".join([cells["handle"], *(value for _, value in options)]),
        "title": cells["title"],
        "brand": cells["vendor"],
        "category": cells["product_category"] or cells["type"],
        "description": cells["body_(html)"],
        "price": cells.get("variant_price", ""),
        "availability": _availability(cells),
        "gtin": cells.get("variant_barcode", "").lstrip("'"),
        "mpn": extras.get("MPN") or cells.get("variant_sku", "").lstrip("'"),
        "image_link": cells.get("variant_image") or cells["image_src"],
    }
    given = {name: (text,) for name, text in fields.items() if text}
    return RawRow(record.line, given, attributes, record.excerpt)


def _taken_down(record: Record, sign: str) -> BadRow:
    return BadRow(record.line, f"not for sale: {sign}", record.excerpt, is_for_sale=False)


def _values(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator))


def _availability(cells: Mapping[str, str]) -> str:
    """Return a word only where Shopify keeps count."""
    quantity = cells.get("variant_inventory_qty", "")
    if not cells.get("variant_inventory_tracker") or not re.fullmatch(r"-?\d+", quantity):
        return ""
    sells_on = cells.get("variant_inventory_policy", "").lower() in _SELLS_ON
    return "in_stock" if int(quantity) > 0 or sells_on else "out_of_stock"
