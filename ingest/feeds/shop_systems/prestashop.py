"""PrestaShop's product tables: its import and export file, and the list of its back office."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.feeds.rows.money.prices import parse_price
from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.shop_systems.draft import Draft, is_off, is_positive, split

_HIDDEN = frozenset({"none", "nowhere", "catalog", "catalog only"})
_ROOTS = frozenset({"home", "root", "accueil", "inicio", "start", "startseite"})
_FEATURE = re.compile(r"feature_?\(name:value:position(?::customized)?\)")
_MEASURED = re.compile(r"(width|height|depth|weight)")
_BACKORDERS = "1"


class PrestaShop:
    """Converts the rows of a table."""

    def add(self, draft: Draft) -> Iterator[RawRow | InvalidRow]:
        """Yield the product of a row."""
        visibility = draft.take("Visibility").lower()
        if is_off(draft.take("Active (0/1)", "Active", "Status", "Enabled")):
            yield draft.withdrawn("it is not active")
        elif visibility in _HIDDEN:
            yield draft.withdrawn(f"its visibility is {visibility}")
        else:
            _put_fields(draft)
            yield draft.row()

    def reject(self, row: InvalidRow) -> Iterator[RawRow | InvalidRow]:
        """Yield the row as it is."""
        yield row

    def end(self) -> Iterator[RawRow | InvalidRow]:
        """Yield nothing: no row waits."""
        return iter(())


def _put_fields(draft: Draft) -> None:
    draft.put("availability", _availability(draft))
    draft.put_paths(_category_paths(draft.get("category")))
    draft.put_link("image_link", next(iter(split(draft.get("image_link"))), ""))
    draft.put("gtin", draft.get("gtin").strip("0") and draft.get("gtin"))  # 0 stands for none
    _put_discount(draft)
    for _, text in draft.matching(_FEATURE):
        for feature in split(text):
            name, _, rest = feature.partition(":")
            draft.add_attribute(name.strip(), rest.partition(":")[0])
    for match, text in draft.matching(_MEASURED):
        draft.add_attribute(match[1], text if is_positive(text) else "")
    draft.add_attribute("tags", *split(draft.take("Tags (x,y,z...)", "Tags")))


def _availability(draft: Draft) -> str:
    quantity = draft.get("availability")
    action = draft.take("Out of stock action", "Action when out of stock", "Out of stock")
    if is_off(draft.take("Available for order (0 = No, 1 = Yes)", "Available for order (0/1)")):
        return "out_of_stock"
    if not quantity or is_positive(quantity):
        return "in_stock" if quantity else ""
    return "backorder" if action == _BACKORDERS else "out_of_stock"


def _category_paths(text: str) -> Iterator[list[str]]:
    """Yield the paths of ``Home/Women,Sale``, without the root category."""
    for path in split(text):
        names = split(path, "/")
        yield names[1:] if names and names[0].lower() in _ROOTS else names


def _put_discount(draft: Draft) -> None:
    """Set the sale price to the price without the discount, an amount or a percentage."""
    amount, percent = draft.take("Discount amount"), draft.take("Discount percent")
    start = draft.take("Discount from (yyyy-mm-dd)", "Discount from")
    end = draft.take("Discount to (yyyy-mm-dd)", "Discount to")
    try:
        price = parse_price(draft.get("price"))
        if is_positive(amount):
            sale = price.amount - parse_price(amount).amount
        elif is_positive(percent):
            sale = price.amount * (1 - float(percent.replace(",", ".")) / 100)
        else:
            return
    except ValueError:
        return
    if sale > 0:
        draft.put("sale_price", f"{sale:.2f} {price.currency or ''}".strip())
        draft.put_sale(start.replace("0000-00-00", ""), end.replace("0000-00-00", ""))
