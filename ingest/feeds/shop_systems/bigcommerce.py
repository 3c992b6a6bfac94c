"""BigCommerce's product exports: a row per product, followed by rows of its variants and rules.

A rule changes the price of one variant. Rows of images and videos are no products.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ingest.feeds.rows.money.prices import parse_price
from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.shop_systems.draft import Draft, is_off, is_positive, split
from ingest.feeds.shop_systems.variants import Variants

_VARIANTS = frozenset({"sku", "variant"})
_RULE = "rule"
_OTHERS = frozenset({"image", "video"})
_MAX_VARIANTS = 10_000  # of one product
_MAX_SHOWN_PRICE = 200  # characters, in the reason why a price is rejected
_LINK = "product"
_OPTION = re.compile(r"(?:\[[A-Z]{1,3}\])?([^=]{1,200})=(.*)")
_NAMED_OPTION = re.compile(r"Name=([^|]{1,200})\|Value=([^|]{1,500}?)(?=\s*Type=|\||$)")
_CHANGE = re.compile(r"\[(FIXED|ADD|REMOVE)\]\s*(\d[\d.]*)")
_IMAGE = re.compile(r"product_image_(?:url|file)_1|variant_image_url|image_url_\(import\)")
_IMAGES = re.compile(
    r"product_image_.*|internal_image_url_\(export\)|image_(?:url|description|is|sort).*"
    r"|video.*|youtube_id"
)
_CATEGORY_PATH = re.compile(r"Category Path:([^,|;]*)")
_GPS = re.compile(r"gps_(gender|age_group|color|size|material|pattern)")
_MEASURED = re.compile(r"(?:product_)?(weight|width|height|depth)")


class BigCommerce:
    """Converts the rows of an export."""

    def __init__(self) -> None:
        self._parent: RawRow | InvalidRow | None = None
        self._variants: list[RawRow] = []
        self._by_sku: dict[tuple[str, ...], list[int]] = {}
        self._is_parent_rejected = False

    def add(self, draft: Draft) -> Iterator[RawRow | InvalidRow]:
        """Yield the product before, with its variants, when the next one begins."""
        kind = draft.take("Item Type", "Item").strip().lower()
        if kind in _OTHERS:
            return
        if kind == _RULE:
            self._apply_rule(draft)
        elif kind in _VARIANTS and self._is_parent_rejected:
            yield draft.rejected("the row of its product may be rejected")
        elif kind in _VARIANTS and self._parent is not None:
            row = _variant(draft, self._parent)
            self._by_sku.setdefault(row.fields.get("mpn", ()), []).append(len(self._variants))
            self._variants.append(row)
            if len(self._variants) >= _MAX_VARIANTS:
                yield from self._joined()
        else:
            yield from self.end()
            self._is_parent_rejected = False
            self._parent = _product(draft)

    def reject(self, row: InvalidRow) -> Iterator[RawRow | InvalidRow]:
        """Yield the row; the variants behind it may not be those of the product before it."""
        yield from self.end()
        self._is_parent_rejected = True
        yield replace(row, may_have_any_id=True)  # the id of a variant is made of two cells

    def end(self) -> Iterator[RawRow | InvalidRow]:
        """Yield the last product."""
        if self._parent is not None and not self._variants:
            yield self._parent
        yield from self._joined()
        self._parent = None

    def _joined(self) -> Iterator[RawRow | InvalidRow]:
        if self._parent is not None and self._variants:
            family = Variants(stands_alone=lambda _: True)
            yield from family.add_parent(self._parent, {_LINK: {}})
            for row in self._variants:
                yield from family.add_variant(row, _LINK)
        self._variants, self._by_sku = [], {}

    def _apply_rule(self, draft: Draft) -> None:
        sku, change = draft.get("mpn"), _CHANGE.fullmatch(draft.get("price"))
        if not sku or change is None or not isinstance(self._parent, RawRow):
            return
        for number in self._by_sku.get((sku,), ()):
            row = self._variants[number]
            base = row.fields.get("price") or self._parent.fields.get("price", ("",))
            price = _changed(base[0], change[1], change[2])
            self._variants[number] = replace(row, fields={**row.fields, "price": (price,)})


def _changed(price: str, kind: str, amount: str) -> str:
    """Return a price that a rule fixes, raises or lowers; none if it cannot be computed."""
    if kind == "FIXED":
        return amount
    try:
        base, change = parse_price(price), float(amount)
    except ValueError:
        return f"{price} {kind} {amount}"[:_MAX_SHOWN_PRICE]
    return f"{base.amount + (change if kind == 'ADD' else -change):.2f} {base.currency or ''}"


def _product(draft: Draft) -> RawRow | InvalidRow:
    visible = draft.take("Product Visible?", "Is Visible")
    if is_off(visible):
        return draft.withdrawn("it is not visible")
    if not draft.get("id"):
        draft.put("id", draft.get("mpn"))
    draft.take("Options")  # those of the variants, which have rows of their own
    _put_fields(draft)
    draft.put_paths(_category_paths(draft.get("category")))
    draft.put_link("link", draft.get("link"))
    draft.add_attribute("condition", draft.take("Product Condition", "Condition"))
    draft.add_attribute("keywords", *split(draft.take("Search Keywords")))
    for field in re.split(r"[;|]", draft.take("Product Custom Fields", "Custom Fields")):
        name, _, value = field.partition("=")
        draft.add_attribute(name.strip().strip('"'), value.strip().strip('"'))
    return draft.row()


def _variant(draft: Draft, parent: RawRow | InvalidRow) -> RawRow:
    """Return a variant; its id is that of the product and its own SKU or number."""
    draft.take("Product Visible?", "Is Visible")
    draft.take("Product Condition", "Condition")
    for field in ("category", "link"):
        draft.put(field)
    options = draft.take("Options")
    for name, value in _options(options or draft.get("title")):
        draft.add_attribute(name, value)
    if not options or not draft.get("title"):
        draft.put("title")
    own = draft.get("mpn") or draft.get("id")
    if isinstance(parent, RawRow):
        draft.put("id", "/".join([*parent.fields.get("id", ()), own]))
    _put_fields(draft)
    return draft.row()


def _put_fields(draft: Draft) -> None:
    draft.put("availability", _availability(draft))
    draft.put("sale_price", draft.get("sale_price") if is_positive(draft.get("sale_price")) else "")
    for _, text in draft.matching(_IMAGE):
        if not draft.get("image_link"):
            draft.put_link("image_link", text)
    for match, text in (*draft.matching(_GPS), *draft.matching(_MEASURED)):
        draft.add_attribute(match[1], text if match.re is _GPS or is_positive(text) else "")
    draft.ignore(_IMAGES)


def _availability(draft: Draft) -> str:
    written = draft.get("availability").lower()
    is_sold = not is_off(draft.take("Allow Purchases?", "Allow Purchases"))
    tracking = draft.take("Track Inventory", "Inventory Tracking").lower()
    stock = draft.take("Current Stock Level", "Stock Level", "Current Stock")
    if written in ("preorder", "pre-order"):
        return "preorder"
    if not is_sold or written == "disabled":
        return "out_of_stock"
    is_tracked = tracking not in ("", "none", "n")
    return "out_of_stock" if is_tracked and stock and not is_positive(stock) else "in_stock"


def _category_paths(text: str) -> Iterator[list[str]]:
    """Yield the paths of ``Shop/Women;Sale``, or of a text with ``Category Path:Shop/Women``."""
    written = _CATEGORY_PATH.findall(text) or text.split(";")
    for path in written:
        if not path.strip().isdecimal():  # the third version writes numbers of categories
            yield split(path, "/")


def _options(text: str) -> Iterator[tuple[str, str]]:
    """Yield the options of ``[S]Color=Red,[RB]Size=L`` or ``Type=...|Name=Color|Value=Red``."""
    if named := _NAMED_OPTION.findall(text):
        yield from ((name, value.strip()) for name, value in named)
        return
    for part in re.split(r",(?=\s*\[)", text):
        if match := _OPTION.fullmatch(part.strip()):
            yield match[1].strip(), match[2].partition(":#")[0].strip()
