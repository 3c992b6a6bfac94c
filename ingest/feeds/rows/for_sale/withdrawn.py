"""Products that a shop has withdrawn, as its interfaces say in any plain feed."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.feeds.rows.records import InvalidRow, RawRow

# The values by which the interfaces of Shopify and WooCommerce say that a product is not shown.
_WITHDRAWN: Mapping[str, frozenset[str]] = {
    "status": frozenset({"archived", "draft", "private", "trash", "unlisted"}),
    "visibility": frozenset({"hidden", "not visible individually"}),
    "catalog_visibility": frozenset({"hidden"}),
    "published": frozenset({"false"}),
    "is_visible": frozenset({"false"}),
}


def without_withdrawn(row: RawRow) -> RawRow | InvalidRow:
    """Return the row, or a rejected row if the shop has withdrawn the product."""
    for name, values in _WITHDRAWN.items():
        if name in row.fields:
            written = next(iter(row.fields[name]), "").strip().lower()
            if written in values:
                reason = f"not for sale: its {name.replace('_', ' ')} is {written}"
                return InvalidRow(row.line, reason, row.excerpt, row.file, is_for_sale=False)
    return row
