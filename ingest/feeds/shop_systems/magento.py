"""Magento 2's product export: one row per product, and further rows per store view.

A configurable product lists the SKUs of its variants, whose rows usually stand before it. The rows
of store views only translate a product, so they are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.shop_systems.draft import Draft, is_off, is_positive
from ingest.feeds.shop_systems.variants import Variants

_CONFIGURABLE = "configurable"
_MAY_BE_VARIANTS = frozenset({"simple", "virtual", "downloadable", ""})
_NOT_VISIBLE = "not visible individually"
_NOT_FOUND = frozenset({_NOT_VISIBLE, "catalog"})
_UNSEARCHABLE = "unsearchable"  # an attribute while the row waits for its parent
_NEXT_PAIR = re.compile(r'"?,"?(?=[A-Za-z][A-Za-z0-9_]{0,80}=)')
_FIELDS = {
    "brand": ("brand", "manufacturer"),
    "gtin": ("gtin", "ean", "ean13", "upc", "barcode"),
    "mpn": ("mpn", "manufacturer_part_number", "part_number"),
}


class Magento:
    """Converts the rows of an export."""

    def __init__(self) -> None:
        self._variants = Variants(stands_alone=lambda row: _UNSEARCHABLE not in row.attributes)
        self._has_rejected = False

    def add(self, draft: Draft) -> Iterator[RawRow | InvalidRow]:
        """Yield a product, or the variants that a row completes."""
        if draft.take("store_view_code"):
            return
        kind = draft.take("product_type").lower()
        variations = dict(_variations(draft.take("configurable_variations")))
        sku = draft.get("id")
        row = _row(draft, is_parent=bool(variations))
        if kind == _CONFIGURABLE and variations:
            yield from map(_searchable, self._variants.add_parent(row, variations))
        elif kind in _MAY_BE_VARIANTS and isinstance(row, RawRow):
            yield from map(_searchable, self._variants.add_variant(row, sku))
        else:
            yield _alone(row, self._has_rejected) if isinstance(row, RawRow) else row

    def reject(self, row: InvalidRow) -> Iterator[RawRow | InvalidRow]:
        """Yield the row; it may have been the parent of variants that are not visible alone."""
        self._has_rejected = True
        yield row

    def end(self) -> Iterator[RawRow | InvalidRow]:
        """Yield the rows that still wait."""
        for row in self._variants.end():
            yield _alone(row, self._has_rejected) if isinstance(row, RawRow) else row


def _searchable(row: RawRow | InvalidRow) -> RawRow | InvalidRow:
    """Return a variant as a product: a search finds it, whatever its own visibility."""
    if isinstance(row, InvalidRow) or _UNSEARCHABLE not in row.attributes:
        return row
    attributes = {n: v for n, v in row.attributes.items() if n != _UNSEARCHABLE}
    return replace(row, attributes=attributes)


def _alone(row: RawRow, has_rejected: bool) -> RawRow | InvalidRow:
    """Return a product that no configurable product lists.

    If a row was rejected, it may have been the one that lists the product: then the product stays
    in the index as it was.
    """
    if _UNSEARCHABLE not in row.attributes:
        return row
    (visibility,) = row.attributes[_UNSEARCHABLE]
    if has_rejected:
        reason = f"its visibility is {visibility}, and the row of its parent may be rejected"
        return InvalidRow(
            row.line, reason, row.excerpt, row.file, possible_ids=row.fields.get("id", ())
        )
    reason = f"not for sale: its visibility is {visibility}"
    return InvalidRow(row.line, reason, row.excerpt, row.file, is_for_sale=False)


def _row(draft: Draft, *, is_parent: bool) -> RawRow | InvalidRow:
    if is_off(draft.take("product_online", "status")):
        return draft.withdrawn("it is disabled")
    visibility = draft.take("visibility").lower()
    if visibility in _NOT_FOUND and (is_parent or visibility != _NOT_VISIBLE):
        return draft.withdrawn(f"its visibility is {visibility}")
    draft.put("availability", _availability(draft))
    draft.put_paths(_category_paths(draft.get("category")))
    draft.put_link("image_link", draft.get("image_link"))
    draft.put_sale(
        draft.take("special_price_from_date", "special_from_date"),
        draft.take("special_price_to_date", "special_to_date"),
    )
    _put_attributes(draft)
    row = draft.row()
    if visibility != _NOT_VISIBLE:
        return row
    return replace(row, attributes={**row.attributes, _UNSEARCHABLE: (visibility,)})


def _availability(draft: Draft) -> str:
    in_stock, quantity = draft.get("availability"), draft.take("qty")
    backorders, manages = draft.take("allow_backorders"), draft.take("manage_stock")
    if not in_stock:
        return ""
    if is_off(in_stock):
        return "out_of_stock"
    is_sold_out = bool(quantity) and not is_positive(quantity)
    can_wait = is_positive(backorders) and not is_off(manages)
    return "backorder" if is_sold_out and can_wait else "in_stock"


def _category_paths(text: str) -> Iterator[list[str]]:
    r"""Yield the paths of ``Root/Women/Tops,Root/Sale``, without the root category.

    A part that does not start at the root belongs to the name before it, which has a comma. ``\/``
    is a slash inside of a name.
    """
    root = text.partition("/")[0]
    paths: list[list[str]] = []
    for part in text.split(","):
        if paths and part.partition("/")[0].strip() != root and "/" not in part:
            paths[-1].append(part)
        else:
            paths.append([part.strip()])
    for parts in paths:
        written = re.split(r"(?<!\\)/", ",".join(parts))
        names = [name.replace("\\/", "/") for name in written]
        yield names[1:]


def _put_attributes(draft: Draft) -> None:
    pairs = dict(_pairs(draft.take("additional_attributes")))
    for field, names in _FIELDS.items():
        values = [pairs.pop(name) for name in names if name in pairs]
        if values and not draft.get(field):
            draft.put(field, values[0].replace("|", ", "))
    for name, value in pairs.items():
        draft.add_attribute(name, *value.split("|"))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of ``name=value,name=value``; a value may contain commas."""
    for pair in _NEXT_PAIR.split(text.strip().strip('"')):
        name, _, value = pair.partition("=")
        if name and value:
            yield name.strip(), value.strip()


def _variations(text: str) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    """Yield the SKU and the attributes of each variation: ``sku=A-1,color=Red|sku=A-2,...``."""
    for variation in re.split(r"\|(?=sku=)", text):
        pairs = dict(_pairs(variation))
        sku = pairs.pop("sku", "")
        if sku:
            yield sku, {field_name(name): (value,) for name, value in pairs.items()}
