"""Shopify's product export, with its old or its new headers: one row per variant.

All rows of a product have the product's handle and follow each other. Only one of them, usually the
first, fills the columns of the product; each further row describes another variant, or only another
image.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BufferedIOBase

from ingest.feeds.formats.tables.delimited import has_header, read_table
from ingest.feeds.formats.tables.record import Record
from ingest.feeds.formats.tables.variant_id import MAX_VARIANTS, VariantIds, join_id, with_number
from ingest.feeds.rows.field_names import field_name
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
_NUMBER_COLUMNS = ("variant_sku", "variant_barcode")
_NOT_LISTED = frozenset({"draft", "archived", "unlisted"})
# The word for "false" in the languages in which a spreadsheet writes it into an export.
_FALSE_WORDS = """
    0 epätosi fals falsch falsk falso falskt false faux fałsz hamis n nein nepravda no non onwaar
    usann yanlış ложь
"""
_FALSE = frozenset(_FALSE_WORDS.split())
_QUANTITY = re.compile(r"-?\d{1,18}")
_GOOGLE = re.compile(r"Google Shopping / (Gender|Age Group|MPN|Condition)", re.IGNORECASE)
_SELLS_ON = frozenset({"continue", "true"})


def recognises(head: bytes) -> bool:
    """Return whether one of the first lines is a header of Shopify, old or new."""
    return has_header(head, _HEADERS)


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each variant; skip rows that have only an image.

    :raises BrokenFeedError: if the header is too long.
    """
    table, records = read_table(stream, _HEADERS)
    header = list(table.written)
    columns = [_column(written) for written in header]
    written_as = {name: written for (name, _), written in zip(columns, header, strict=True)}
    origins = {field: written_as[name] for field, name in _READ_FROM.items() if name in written_as}
    ignored = _ignored_columns(columns, header)
    products = _Products()
    for record in records:
        if isinstance(record, InvalidRow):
            yield replace(record, may_have_any_id=True)  # the id is made of several cells
            continue
        for row in products.add(record, *_cells_by_name(columns, record)):
            yield replace(row, origins=origins, ignored=ignored) if isinstance(row, RawRow) else row
    yield from products.end_product()


class _Products:
    """The rows of one product at a time, which have its handle and follow each other."""

    def __init__(self) -> None:
        self._handle: str | None = None
        self._product: dict[str, str] | None = None
        self._extras: dict[str, str] = {}
        self._waiting: list[tuple[Record, dict[str, str]]] = []  # variants above the product's row
        self._ids = VariantIds()

    def add(
        self, record: Record, cells: dict[str, str], extras: dict[str, str]
    ) -> Iterator[RawRow | InvalidRow]:
        """Yield the row of a record, if it is a variant, and the rows that waited for its product.

        :param cells: the cells by column name in the old headers.
        :param extras: the attributes by name.
        """
        handle = cells.get("handle", "")
        if handle != self._handle:
            yield from self.end_product()
            self._handle, self._product, self._ids = handle, None, VariantIds()
        if self._product is None and cells.get("title"):
            self._product = {name: cells.get(name, "") for name in ("handle", *_PRODUCT_COLUMNS)}
            self._extras = extras
            waiting, self._waiting = self._waiting, []
            for earlier, earlier_cells in waiting:
                yield from self._variant(earlier, earlier_cells)
        if self._product is not None:
            yield from self._variant(record, cells)
        elif len(self._waiting) < MAX_VARIANTS:
            self._waiting.append((record, cells))
        else:
            yield _untitled(record, cells)

    def end_product(self) -> Iterator[InvalidRow]:
        """Yield the rows whose product has no row with a title as rejected rows."""
        waiting, self._waiting = self._waiting, []
        for record, cells in waiting:
            yield _untitled(record, cells)

    def _variant(self, record: Record, cells: dict[str, str]) -> Iterator[RawRow | InvalidRow]:
        if self._product is not None and _is_variant(cells):
            filled = {name: text for name, text in cells.items() if text}
            yield _row(record, self._product | filled, self._extras, self._ids)


def _id(cells: Mapping[str, str], ids: VariantIds) -> str:
    variant = tuple(cells.get(name, "") for name in _VARIANT_COLUMNS)
    return ids.id_of(_plain_id(cells), variant, _number(cells))


def _number(cells: Mapping[str, str]) -> str:
    numbers = (cells.get(name, "").lstrip("'") for name in _NUMBER_COLUMNS)
    return next(filter(None, numbers), "")


def _plain_id(cells: Mapping[str, str]) -> str:
    return join_id(cells["handle"], *(value for _, value in _options(cells)))


def _untitled(record: Record, cells: Mapping[str, str]) -> InvalidRow:
    reason = "no row of its product has a title"
    plain_id = _plain_id(cells)
    ids = (plain_id, with_number(plain_id, _number(cells))) if cells.get("handle") else ()
    return InvalidRow(record.line, reason, record.excerpt, possible_ids=ids)


def _options(cells: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the names and values of a variant's options."""
    return [
        (cells.get(f"{option}_name") or option, value)
        for option in _OPTIONS
        if (value := cells.get(f"{option}_value", "")) and value != _NO_OPTION
    ]


def _column(written: str) -> tuple[str, str | None]:
    """Return a column's name in the old headers, and the attribute's name if it is an attribute."""
    name = field_name(written)
    label, metafield, key = written.strip().partition("(product.metafields.")
    if metafield and key.find(")") == len(key) - 1:
        return name, label.strip() or None
    match = _GOOGLE.fullmatch(written.strip())
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
    record: Record, cells: Mapping[str, str], extras: Mapping[str, str], ids: VariantIds
) -> RawRow | InvalidRow:
    status = cells.get("status", "").strip().lower()
    if status in _NOT_LISTED:
        return _not_for_sale(record, f"its status is {status}")
    if cells.get("published", "").strip().lower() in _FALSE:
        return _not_for_sale(record, "it is not published")
    attributes = {name: _values(text, ";") for name, text in extras.items() if name != "MPN"}
    attributes |= {name: (value,) for name, value in _options(cells)}
    attributes |= {
        "type": (cells["type"],),
        "tags": _values(cells["tags"], ","),
        "item_group_id": (cells["handle"],),
    }
    fields = {
        "id": _id(cells, ids),
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
    if not cells.get("variant_inventory_tracker") or not _QUANTITY.fullmatch(quantity):
        return ""
    sells_on = cells.get("variant_inventory_policy", "").lower() in _SELLS_ON
    return "in_stock" if int(quantity) > 0 or sells_on else "out_of_stock"
