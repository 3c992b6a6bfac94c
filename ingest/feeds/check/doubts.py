"""The doubts about a feed: rows that are read, but perhaps not as the shop means them.

Each kind of doubt has a number of rows and a few examples. Memory does not grow with the feed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gram_es.records import Product
from ingest.feeds.check.similar_ids import SimilarIds
from ingest.feeds.rows.product_fields import RowError, first_text, read_price
from ingest.feeds.rows.records import InvalidRow, RawRow, RejectedRow, Row

KINDS: Final = {
    "suspicious_quotes": "a quotation mark may have swallowed or split cells; double it there",
    "unread_prices": "a notation of prices that is not read; write 15.00 EUR",
    "unknown_availabilities": "no known value; write in_stock or out_of_stock",
    "several_categories": "several category paths",
    "unlisted": "not for sale; a full feed deletes it",
    "similar_ids": "ids that differ only in case, zeros or punctuation",
    "scientific_numbers": "a spreadsheet has rounded an identifier; export the column as text",
    "dates": "a spreadsheet may have made a date of an identifier; export the column as text",
    "damaged_characters": "read in the wrong encoding somewhere; export the feed as UTF-8",
    "several_currencies": "a currency beside the most frequent one",
    "prices_without_currency": "a price without a currency; add a column currency",
}
"""The kinds of doubts, each with what it means."""

_MAX_EXAMPLES = 5
_MAX_CHARACTERS = 60
_KNOWN_AVAILABILITIES = frozenset(
    {"in_stock", "out_of_stock", "preorder", "backorder", "limited", "discontinued"}
)
_PRICES = ("price", "sale_price")
_IDENTIFIERS = ("id", "gtin", "mpn")
_QUOTES = re.compile(r"quotation|quote")
_ROUNDED = re.compile(r"\d(?:[.,]\d{1,15})?[eE]\+\d{1,3}")
_MONTH = r"(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\.?"
_DATE = re.compile(
    rf"\d{{1,2}}[-. ]{{1,2}}{_MONTH}(?:[- ]\d{{2,4}})?|{_MONTH}[- ]\d{{2,4}}", re.IGNORECASE
)
_DAMAGED = re.compile("\ufffd|[ÃÂ][\u0080-\u00bf\u0152-\u017e\u02c6\u02dc\u2013-\u2122]|â\u0080|â€")
_DIGITS = re.compile(r"\d")


@dataclass
class Doubt:
    """One kind of doubt: the number of rows, and distinct examples, the most telling part of each.

    ``examples`` has as keys what makes examples alike, such as the notation of a price.
    """

    rows: int = 0
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, example: str, likeness: str | None = None) -> None:
        """Count a row; keep the example if it is of a new likeness and there are few."""
        self.rows += 1
        key = example if likeness is None else likeness
        if key not in self.examples and len(self.examples) < _MAX_EXAMPLES:
            self.examples[key] = example[:_MAX_CHARACTERS]


class Doubts:
    """The doubts about the rows of a feed; close them to free the disk."""

    def __init__(self) -> None:
        self._doubts: dict[str, Doubt] = {kind: Doubt() for kind in KINDS}
        self._currencies: Counter[str] = Counter()
        self._ids = SimilarIds()

    def close(self) -> None:
        """Free the disk that the ids take."""
        self._ids.close()

    def found(self) -> dict[str, Doubt]:
        """Return the doubts that concern at least one row, by kind."""
        several = Doubt()
        for currency, rows in self._currencies.most_common()[1:]:
            several.add(f"{currency}: {rows:,}")
            several.rows += rows - 1
        all_doubts = {**self._doubts, "several_currencies": several}
        return {kind: all_doubts[kind] for kind in KINDS if all_doubts[kind].rows}

    def add(self, raw: RawRow | InvalidRow, checked: Row | RejectedRow) -> None:
        """Count the doubts about one row, as its format and as ingest read it."""
        if isinstance(raw, InvalidRow):
            self._add_invalid(raw)
            return
        for reason in raw.doubts:
            if _QUOTES.search(reason):
                self._doubts["suspicious_quotes"].add(f"line {raw.line}: {reason}", reason)
        for kind, example, likeness in _doubts_of_values(raw):
            self._doubts[kind].add(example, likeness)
        if isinstance(checked, Row):
            self._add_product(checked.product)

    def _add_invalid(self, row: InvalidRow) -> None:
        if not row.is_for_sale:
            self._doubts["unlisted"].add(row.reason)
        elif _QUOTES.search(row.reason):
            self._doubts["suspicious_quotes"].add(f"line {row.line}: {row.reason}", row.reason)

    def _add_product(self, product: Product) -> None:
        if other := self._ids.similar(product.id):
            self._doubts["similar_ids"].add(f"{other} and {product.id}")
        if product.availability and product.availability not in _KNOWN_AVAILABILITIES:
            self._doubts["unknown_availabilities"].add(product.availability)
        if product.other_categories:
            paths = map(" > ".join, product.category_paths)
            self._doubts["several_categories"].add("; ".join(paths))
        if product.currency:
            self._currencies[product.currency] += 1
        elif product.price is not None:
            self._doubts["prices_without_currency"].add(f"{product.id}: {product.price:g}")


def _doubts_of_values(raw: RawRow) -> Iterator[tuple[str, str, str | None]]:
    """Yield the kind, an example and its likeness for each doubt about the texts of a row."""
    for name in _PRICES:
        try:
            read_price(raw.fields, name)
        except RowError:
            text = first_text(raw.fields, name) or ""
            yield "unread_prices", text, _DIGITS.sub("9", text)
    for name in _IDENTIFIERS:
        number = first_text(raw.fields, name) or ""
        if _ROUNDED.fullmatch(number):
            yield "scientific_numbers", f"{name} {number}", None
        if _DATE.fullmatch(number):
            yield "dates", f"{name} {number}", None
    title = first_text(raw.fields, "title") or ""
    if _DAMAGED.search(title):
        yield "damaged_characters", title, None
