"""The view of the page of a code: its products, overrides, and codes that occur with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gram_es.inspection.codes import PRODUCTS, CodeReport
from gram_es.records import Product, WeightedCode
from gram_es.retrieval.request import MAX_DEPTH
from query_api import wording
from query_api.pages import urls
from query_api.pages.views.hit import Chip, chips, heaviest_weight
from query_api.pages.views.product import RuleRow, rule_row


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A row of the list of products that have the code."""

    title: str
    brand: str | None
    price: str | None
    product_url: str


@dataclass(frozen=True, slots=True)
class CodeCount:
    """A row of a table of codes.

    ``products`` is the number of products that have the code. ``percent`` is their share of all
    products that the table covers. ``bar_percent`` is the length of the row's bar, from 0 to 100.
    """

    label: str
    code_url: str
    products: str
    percent: str
    bar_percent: float


@dataclass(frozen=True, slots=True)
class CodeView:
    """The contents of a code's page.

    ``share`` is the share of all products that have the code. ``shown_range`` is set if the page
    lists only a part of these products. ``query_codes`` are the codes of a search for the code's
    own words, and ``is_query_code`` is true if the code is one of them.
    """

    report: CodeReport
    search_url: str
    share: str
    products: tuple[ProductRow, ...]
    shown_range: str | None
    previous_url: str | None
    next_url: str | None
    co_occurring: tuple[CodeCount, ...]
    query_codes: tuple[Chip, ...]
    is_query_code: bool
    rules: tuple[RuleRow, ...]


def code_view(report: CodeReport, query_codes: Sequence[WeightedCode]) -> CodeView:
    """Return the contents of the page for ``report``.

    :param query_codes: the codes that the model gives to a query made of the words of the code.
    """
    code, count = report.code, report.product_count
    start, end = report.offset, report.offset + len(report.products)
    is_part = 0 < len(report.products) < count
    return CodeView(
        report=report,
        search_url=urls.text_url(code),
        share=wording.percent(count, report.total_products),
        products=tuple(_product_row(product) for product in report.products),
        shown_range=f"{start + 1:,} to {end:,}" if is_part else None,
        previous_url=urls.code_url(code, max(0, start - PRODUCTS)) if start else None,
        next_url=urls.code_url(code, end) if end < min(count, MAX_DEPTH) else None,
        co_occurring=tuple(_code_count(label, both, count) for label, both in report.co_occurring),
        query_codes=chips(query_codes, heaviest=heaviest_weight(query_codes)),
        is_query_code=any(query_code.label == code for query_code in query_codes),
        rules=tuple(rule_row(rule) for rule in report.rules),
    )


def _product_row(product: Product) -> ProductRow:
    return ProductRow(
        title=product.title,
        brand=product.brand,
        price=wording.price(product),
        product_url=urls.product_url(product.id),
    )


def _code_count(label: str, count: int, total: int) -> CodeCount:
    return CodeCount(
        label=label,
        code_url=urls.code_url(label),
        products=f"{count:,}",
        percent=wording.percent(count, total),
        bar_percent=100 * count / total,
    )
