"""Shopify's product export, with its old or its new headers: one row per variant.

All rows of a product have the product's handle. Only its first row fills the columns of the
product; each further row describes another variant, or only another image.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BufferedIOBase

from ingest.feeds.formats.delimited import has_header, read_table
from ingest.feeds.formats.table_records import Record
from ingest.feeds.rows.product_fields import field_name
from ingest.feeds.rows.records import InvalidRow, RawRow

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
_PRODUCT_COLUMNS = (
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
_VARIANT_COLUMNS = (
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
    """Return whether one of the first lines is a header of Shopify, old or new."""
    return has_header(head, _HEADERS)


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each variant; skip rows that have only an image.

    :raises BrokenFeedError: if the header is too long.
    """
    product: dict[str, str] = {}
    extras: dict[str, str] = {}
    table, records = read_table(stream, _HEADERS)
    header = list(table.written)
    columns = [_column(written) for written in header]
    written_as = {name: written for (name, _), written in zip(columns, header, strict=True)}
    origins = {field: written_as[name] for field, name in _READ_FROM.items() if name in written_as}
    ignored = _ignored_columns(columns, header)
    for record in records:
        if isinstance(record, InvalidRow):
            yield replace(record, may_have_any_id=True)  # the id is made of several cells
            continue
        cells, row_extras = _cells_by_name(columns, record)
        if cells.get("title") and cells.get("handle") != product.get("handle"):
            product = {name: cells.get(name, "") for name in ("handle", *_PRODUCT_COLUMNS)}
            extras = row_extras
        if cells.get("handle") != product.get("handle"):
            yield InvalidRow(
                record.line, "no earlier row has a title for its handle", record.excerpt
            )
        elif _is_variant(cells):
            row = _row(record, product | {n: t for n, t in cells.items() if t}, extras)
            yield replace(row, origins=origins, ignored=ignored) if isinstance(row, RawRow) else row


def _column(written: str) -> tuple[str, str | None]:
    """Return a column's name in the old headers, and the attribute's name if it is an attribute."""
    name = field_name(written)
    match = _METAFIELD.fullmatch(written.strip()) or _GOOGLE.fullmatch(written.strip())
    return _NEW_NAMES.get(name, name), match[1] if match else None


def _ignored_columns(columns: list[tuple[str, str | None]], header: list[str]) -> tuple[str, ...]:
    read = {"handle", *_PRODUCT_COLUMNS, *_VARIANT_COLUMNS}
    return tuple(
        written
        for (name, attribute), written in zip(columns, header, strict=True)
        if name not in read and attribute is None
    )


def _cells_by_name(
    columns: list[tuple[str, str | None]], record: Record
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the cells by column name in the old headers, and the attributes by name."""
    cells: dict[str, str] = {}
    extras: dict[str, str] = {}
    for (name, attribute), text in zip(columns, record.cells, strict=False):
        cells[name] = text
        if attribute and text:
            extras[attribute] = text
    return cells, extras


def _is_variant(cells: Mapping[str, str]) -> bool:
    columns = ("title", "variant_price", "variant_sku", *(f"{o}_value" for o in _OPTIONS))
    return any(cells.get(name) for name in columns)


def _row(
    record: Record, cells: Mapping[str, str], extras: Mapping[str, str]
) -> RawRow | InvalidRow:
    status = cells.get("status", "").lower()
    if status in ("draft", "archived"):
        return _not_for_sale(record, f"its status is {status}")
    if cells.get("published", "").lower() == "false":
        return _not_for_sale(record, "it is not published")
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
    filled = {name: (text,) for name, text in fields.items() if text}
    return RawRow(record.line, filled, attributes, record.excerpt)


def _not_for_sale(record: Record, reason: str) -> InvalidRow:
    return InvalidRow(record.line, f"not for sale: {reason}", record.excerpt, is_for_sale=False)


def _values(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator))


def _availability(cells: Mapping[str, str]) -> str:
    """Return a variant's availability, or an empty text if Shopify does not track its stock."""
    quantity = cells.get("variant_inventory_qty", "")
    if not cells.get("variant_inventory_tracker") or not re.fullmatch(r"-?\d+", quantity):
        return ""
    sells_on = cells.get("variant_inventory_policy", "").lower() in _SELLS_ON
    return "in_stock" if int(quantity) > 0 or sells_on else "out_of_stock"
