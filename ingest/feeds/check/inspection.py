"""The inspection of a feed: how names are read, which fields have values, which rows are bad.

The names of a feed are those of its columns or elements. Everything is counted in one pass, and
memory does not grow with the feed. A row is bad if ingest would reject it, or if its GTIN or one of
its prices is wrong or implausible.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from gram_es.records import Product
from gram_es.text.gtin import GTIN_LENGTHS, check_digit, is_gtin
from ingest.feeds.check.doubts import Doubt, Doubts
from ingest.feeds.rows.field_names import READ_FROM, Use, use_of_name
from ingest.feeds.rows.for_sale.availability import known_availability
from ingest.feeds.rows.markup import single_line
from ingest.feeds.rows.money.prices import Price
from ingest.feeds.rows.product_fields import RowError, first_text, read_price, sale_price
from ingest.feeds.rows.reader import CheckedRow
from ingest.feeds.rows.records import FileFault, InvalidRow, RawRow, RejectedRow, Row

MAX_FLAGGED_ROWS = 10
MAX_NAMES = 10_000

_MAX_LOST_ZEROS = 3
_MIN_AMOUNT = 0.01
_MAX_AMOUNT = 1_000_000
# Currencies of which a US dollar is worth a hundred units or more.
_SMALL_UNITS = ("CLP", "COP", "HUF", "IDR", "IQD", "IRR", "JPY", "KRW", "LAK", "LBP", "UZS", "VND")
_MAX_SMALL_UNIT_AMOUNT = 10_000_000_000


@dataclass(slots=True)
class FeedName:
    """The use of one name in a feed, such as the name of a column.

    If ``use`` is ``field``, ``read_as`` is the product field that is read under the name;
    otherwise it is ``None``. ``rows`` counts the rows that have a value under the name.
    """

    use: Use
    read_as: str | None
    rows: int = 0


@dataclass(frozen=True, slots=True)
class FlaggedRow:
    """A row that ingest would reject, or that has a wrong or implausible value."""

    number: int
    line: int
    rejected: bool
    reasons: tuple[str, ...]

    @property
    def severity(self) -> tuple[bool, int, int]:
        """A sort key, the highest for the worst row.

        Rejected rows are worst, then rows with more reasons, then earlier rows.
        """
        return self.rejected, len(self.reasons), -self.number


@dataclass
class Inspection:
    """What the inspection of a feed counted; all counts are numbers of rows.

    ``filled`` counts, for each product field, the rows with a value. ``warnings`` counts the rows
    with a wrong or implausible ``gtin`` or ``price``. ``names`` contains the names in the feed;
    ``names_truncated`` is true if some names are left out there. ``doubts`` are the rows that are
    perhaps not read as the shop means them, by kind.
    """

    rows: int = 0
    rejected: int = 0
    duplicate_ids: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    names: dict[str, FeedName] = field(default_factory=dict)
    names_truncated: bool = False
    faults: list[FileFault] = field(default_factory=list)
    doubts: Mapping[str, Doubt] = field(default_factory=dict)
    _worst: list[tuple[tuple[bool, int, int], FlaggedRow]] = field(default_factory=list)
    _listed_origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether ingest would reject no row, and no file is broken."""
        return not self.rejected and not self.faults

    @property
    def worst(self) -> list[FlaggedRow]:
        """The worst rows, at most :data:`MAX_FLAGGED_ROWS`, the worst one first."""
        return [row for _, row in sorted(self._worst, reverse=True)]

    @property
    def empty_names(self) -> list[str]:
        """The names that have no value in any row."""
        return [written for written, name in self.names.items() if not name.rows]

    def used_as(self, use: Use) -> dict[str, FeedName]:
        """Return the names with this use and a value in some row, the most frequent name first."""
        names = [(w, name) for w, name in self.names.items() if name.use == use and name.rows]
        return dict(sorted(names, key=lambda item: -item[1].rows))

    def add(self, raw: RawRow | InvalidRow, checked: Row | RejectedRow) -> None:
        """Count one row: ``raw`` as its format reads it, ``checked`` as ingest would read it."""
        self.rows += 1
        reasons: list[str] = []
        if isinstance(checked, RejectedRow):
            self.rejected += 1
            self.duplicate_ids += checked.repeats is not None
            reasons.append(checked.reason)
        if isinstance(raw, RawRow):
            self._add_names(raw)
            self._add_fields(raw, checked.product if isinstance(checked, Row) else None)
            warnings = list(value_warnings(raw))
            self.warnings.update({warning.about for warning in warnings})
            reasons += [warning.reason for warning in warnings if warning.reason not in reasons]
        if reasons:
            self._flag(checked, tuple(reasons))

    def _flag(self, checked: Row | RejectedRow, reasons: tuple[str, ...]) -> None:
        rejected = isinstance(checked, RejectedRow)
        row = FlaggedRow(checked.number, checked.line, rejected, reasons)
        heapq.heappush(self._worst, (row.severity, row))
        if len(self._worst) > MAX_FLAGGED_ROWS:
            heapq.heappop(self._worst)

    def _add_fields(self, raw: RawRow, product: Product | None) -> None:
        for field_, names in READ_FROM.items():
            if product is not None:
                is_filled = getattr(product, field_) not in (None, ())
            else:
                is_filled = any(any(raw.fields.get(name, ())) for name in names)
            self.filled[field_] += is_filled

    def _add_names(self, raw: RawRow) -> None:
        self._list_columns(raw)
        for written, use, read_as, values in _uses(raw):
            name = self._name(written, use, read_as)
            if name is not None and any(values):
                name.rows += 1

    def _list_columns(self, raw: RawRow) -> None:
        """Add the columns of a table to the names, even columns that are empty in every row."""
        if raw.origins is not self._listed_origins:
            self._listed_origins = raw.origins
            for name, written in raw.origins.items():
                self._name(written, *use_of_name(name))

    def _name(self, written: str, use: Use, read_as: str | None) -> FeedName | None:
        name = self.names.get(written)
        if name is None and len(self.names) < MAX_NAMES:
            name = self.names[written] = FeedName(use, read_as)
        self.names_truncated |= name is None
        return name


def inspect(rows: Iterable[tuple[RawRow | InvalidRow | None, CheckedRow]]) -> Inspection:
    """Return the inspection of a feed.

    :param rows: the pairs of :func:`ingest.feeds.rows.reader.read_raw_and_checked`.
    """
    inspection = Inspection()
    with closing(Doubts()) as doubts:
        for raw, checked in rows:
            if isinstance(checked, FileFault):
                inspection.faults.append(checked)
            elif raw is not None:
                inspection.add(raw, checked)
                doubts.add(raw, checked)
        inspection.doubts = doubts.found()
    return inspection


@dataclass(frozen=True, slots=True)
class ValueWarning:
    """A wrong or implausible value, with the reason."""

    about: Literal["gtin", "price", "availability"]
    reason: str


def value_warnings(row: RawRow) -> Iterator[ValueWarning]:
    """Yield a warning for each wrong or implausible GTIN, price and availability of a row."""
    gtin = first_text(row.fields, "gtin")
    if gtin and (reason := _gtin_fault(gtin)):
        yield ValueWarning("gtin", f"{_quoted(row, 'gtin')} {reason}")
    availability = single_line(first_text(row.fields, "availability") or "")
    if availability and known_availability(availability) is None:
        yield ValueWarning("availability", f"{_quoted(row, 'availability')} is not known")
    prices: dict[str, Price] = {}
    for name in ("price", "sale_price"):
        try:
            price = read_price(row.fields, name)
        except RowError as error:
            yield ValueWarning("price", str(error))
            continue
        if price is not None:
            prices[name] = price
            if reason := _amount_fault(price):
                yield ValueWarning("price", f"{_quoted(row, name)} {reason}")
    if len(prices) == 2 and _is_more_expensive(prices["sale_price"], prices["price"]):
        yield ValueWarning(
            "price", f"{_quoted(row, 'sale_price')} is above {_quoted(row, 'price')}"
        )
    elif "sale_price" in prices:
        try:
            sale_price(row.fields, prices.get("price"), datetime.now(UTC))
        except RowError as error:
            yield ValueWarning("price", str(error))


def _quoted(row: RawRow, name: str) -> str:
    return f"{name} {(first_text(row.fields, name) or '')[:60]!r}"


def _gtin_fault(gtin: str) -> str:
    digits = re.sub(r"[\s-]", "", gtin)
    if not (digits.isascii() and digits.isdecimal()):
        return "is not a number"
    if len(digits) in GTIN_LENGTHS:
        expected = check_digit(digits[:-1])
        return (
            "" if digits[-1] == expected else f"ends in {digits[-1]}, its check digit is {expected}"
        )
    for length in GTIN_LENGTHS:
        padded = digits.zfill(length)
        if length - _MAX_LOST_ZEROS <= len(digits) < length and is_gtin(padded):
            return f"has lost its leading zeros; it is {padded}"
    return f"has {len(digits)} digits; a GTIN has 8, 12, 13 or 14"


def _amount_fault(price: Price) -> str:
    limit = _MAX_SMALL_UNIT_AMOUNT if price.currency in _SMALL_UNITS else _MAX_AMOUNT
    if price.amount == 0:
        return "is zero"
    if price.amount < _MIN_AMOUNT:
        return "is less than a cent"
    return f"is {limit:,} or more" if price.amount >= limit else ""


def _is_more_expensive(price: Price, other: Price) -> bool:
    return price.amount > other.amount and price.currency in (other.currency, None)


def _uses(raw: RawRow) -> Iterator[tuple[str, Use, str | None, tuple[str, ...]]]:
    for name, values in raw.fields.items():
        yield raw.origins.get(name, name), *use_of_name(name), values
    for name, values in raw.attributes.items():
        yield name, "attribute", None, values
    for written in raw.ignored:
        yield written, "ignored", None, (written,)
