"""WooCommerce's product export: one row per product and per variation.

A variation names its parent by SKU, or by ``id:`` and its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.shop_systems.draft import Draft, is_off, is_positive, split
from ingest.feeds.shop_systems.variants import Variants

_ATTRIBUTE = re.compile(r"attribute_(\d{1,4})_(name|value\(s\))")
_IGNORED = re.compile(
    r"attribute_\d{1,4}_(?:visible|global|default)|meta:.*|download_\d{1,4}_.*|swatches.*"
)
_MEASURED = re.compile(r"(weight|length|width|height)_\((.{1,10})\)")
_HIDDEN = frozenset({"hidden", "catalog"})


class WooCommerce:
    """Converts the rows of an export."""

    def __init__(self) -> None:
        self._variants = Variants(stands_alone=lambda _: False)

    def add(self, draft: Draft) -> Iterator[RawRow | InvalidRow]:
        """Yield a product, or the variations that a row completes."""
        kinds = {kind.strip().lower() for kind in draft.take("Type").split(",")}
        parent = draft.take("Parent")
        links = (f"id:{draft.get('id')}", draft.get("mpn"))
        row = _row(draft)
        if "variable" in kinds or "variable-subscription" in kinds:
            yield from self._variants.add_parent(row, {link: {} for link in links if link})
        elif parent and isinstance(row, RawRow):
            yield from self._variants.add_variant(row, parent)
        else:
            yield row

    def reject(self, row: InvalidRow) -> Iterator[RawRow | InvalidRow]:
        """Yield the row as it is."""
        yield row

    def end(self) -> Iterator[RawRow | InvalidRow]:
        """Yield the rows that still wait."""
        return self._variants.end()


def _row(draft: Draft) -> RawRow | InvalidRow:
    published = draft.take("Published")
    visibility = draft.take("Visibility in catalog", "Visibility in catalogue").lower()
    if is_off(published):
        return draft.withdrawn("it is not published")
    if visibility in _HIDDEN:
        return draft.withdrawn(f"its visibility is {visibility}")
    _put_fields(draft)
    _put_attributes(draft)
    return draft.row()


def _put_fields(draft: Draft) -> None:
    draft.put("availability", _availability(draft))
    draft.put_paths(split(path, ">") for path in split(draft.get("category")))
    draft.put_link("image_link", next(iter(split(draft.get("image_link"))), ""))
    draft.put_link("link", draft.get("link"))
    draft.put_sale(draft.take("Date sale price starts"), draft.take("Date sale price ends"))


def _availability(draft: Draft) -> str:
    status, stock = draft.get("availability").lower(), draft.take("Stock")
    allows_backorders = draft.take("Backorders allowed?").lower() in ("1", "notify", "yes")
    if status in ("backorder", "onbackorder"):
        return "backorder"
    if status:
        return "out_of_stock" if is_off(status) else "in_stock"
    if not stock or is_positive(stock):
        return "in_stock" if stock else ""
    return "backorder" if allows_backorders else "out_of_stock"


def _put_attributes(draft: Draft) -> None:
    cells = {(match[1], match[2]): text for match, text in draft.matching(_ATTRIBUTE)}
    for (number, part), name in cells.items():
        if part == "name":
            draft.add_attribute(name, *split(cells.get((number, "value(s)"), "")))
    for match, text in draft.matching(_MEASURED):
        draft.add_attribute(match[1], f"{text} {match[2]}")
    draft.add_attribute("tags", *split(draft.take("Tags")))
    draft.ignore(_IGNORED)
