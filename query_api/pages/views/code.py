"""What the page of one code shows, computed before the template renders it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gram_es.inspection.codes import PRODUCTS, CodeSheet
from gram_es.records import Product, WeightedCode
from gram_es.retrieval.request import MAX_DEPTH
from query_api import wording
from query_api.pages import urls
from query_api.pages.views.hit import Chip, chips
from query_api.pages.views.product import RuleRow, rule_row


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product that carries the code."""

    title: str
    brand: str | None
    price: str | None
    page: str


@dataclass(frozen=True, slots=True)
class BesideRow:
    """A code that goes with this one on ``percent`` of its products."""

    label: str
    page: str
    products: str
    percent: str
    share: float


@dataclass(frozen=True, slots=True)
class CodeView:
    """The whole page; ``asked`` are the codes of a search for this one's own words.

    ``shown`` is the range of its products on this page, where they are too many for one.
    """

    sheet: CodeSheet
    search: str
    share: str
    products: tuple[ProductRow, ...]
    shown: str | None
    previous: str | None
    following: str | None
    beside: tuple[BesideRow, ...]
    asked: tuple[Chip, ...]
    asks_for_itself: bool
    rules: tuple[RuleRow, ...]


def code_view(sheet: CodeSheet, asked: Sequence[WeightedCode]) -> CodeView:
    """Return what the page of ``sheet`` shows."""
    heaviest = max((code.weight for code in asked), default=1.0)
    first, end = sheet.offset, sheet.offset + len(sheet.some)
    return CodeView(
        sheet=sheet,
        search=urls.text_url(sheet.code),
        share=wording.percent(sheet.products, sheet.catalogue),
        products=tuple(_product(product) for product in sheet.some),
        shown=f"{first + 1:,} to {end:,}" if 0 < len(sheet.some) < sheet.products else None,
        previous=urls.code_url(sheet.code, max(0, first - PRODUCTS)) if first else None,
        following=urls.code_url(sheet.code, end) if end < min(sheet.products, MAX_DEPTH) else None,
        beside=tuple(_beside(label, count, sheet.products) for label, count in sheet.beside),
        asked=chips(asked, heaviest=heaviest),
        asks_for_itself=any(code.label == sheet.code for code in asked),
        rules=tuple(rule_row(rule) for rule in sheet.rules),
    )


def _product(product: Product) -> ProductRow:
    return ProductRow(
        title=product.title,
        brand=product.brand,
        price=wording.price(product),
        page=urls.product_url(product.id),
    )


def _beside(label: str, count: int, of: int) -> BesideRow:
    return BesideRow(
        label=label,
        page=urls.code_url(label),
        products=f"{count:,}",
        percent=wording.percent(count, of),
        share=100 * count / of,
    )
