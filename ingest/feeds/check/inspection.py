"""What a feed looks like as a whole: which name was read as what, and which rows are bad.

All of it is counted in one pass, and the memory does not grow with the feed.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gram_es.records import Product
from gram_es.text.gtin import GTIN_LENGTHS, check_digit, is_gtin
from ingest.feeds.rows.prices import Price
from ingest.feeds.rows.product import OPERATIONAL, READ_FROM, RowError, first_text, read_price
from ingest.feeds.rows.reader import Checked
from ingest.feeds.rows.records import BadRow, FileFault, RawRow, RefusedRow, Row

_MOST_LOST_ZEROS = 3
_LEAST_AMOUNT = 0.01
_MOST_AMOUNT = 1_000_000
# A dollar is a hundred of them or more.
_SMALL_UNITS = ("CLP", "COP", "HUF", "IDR", "IQD", "IRR", "JPY", "KRW", "LAK", "LBP", "UZS", "VND")
_MOST_SMALL_UNITS = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason to look at a row again."""

    about: Literal["gtin", "price"]
    reason: str


def doubts(row: RawRow) -> Iterator[Doubt]:
    """Yield what is wrong with a row's GTIN and prices, or can hardly be right."""
    gtin = first_text(row.fields, "gtin")
    if gtin and (reason := _gtin_fault(gtin)):
        yield Doubt("gtin", f"{_written(row, 'gtin')} {reason}")
    prices: dict[str, Price] = {}
    for name in ("price", "sale_price"):
        try:
            price = read_price(row.fields, name)
        except RowError as error:
            yield Doubt("price", str(error))
            continue
        if price is not None:
            prices[name] = price
            if reason := _amount_fault(price):
                yield Doubt("price", f"{_written(row, name)} {reason}")
    if len(prices) == 2 and _is_dearer(prices["sale_price"], prices["price"]):
        yield Doubt("price", f"{_written(row, 'sale_price')} is above {_written(row, 'price')}")


def _written(row: RawRow, name: str) -> str:
    return f"{name} {(first_text(row.fields, name) or '')[:60]!r}"


def _gtin_fault(gtin: str) -> str:
    digits = re.sub(r"[\s-]", "", gtin)
    if not (digits.isascii() and digits.isdecimal()):
        return "is not a number"
    if len(digits) in GTIN_LENGTHS:
        right = check_digit(digits[:-1])
        return "" if digits[-1] == right else f"ends in {digits[-1]} where {right} is right"
    for length in GTIN_LENGTHS:
        whole = digits.zfill(length)
        if length - _MOST_LOST_ZEROS <= len(digits) < length and is_gtin(whole):
            return f"has lost its leading zeros; it is {whole}"
    return f"has {len(digits)} digits; a GTIN has 8, 12, 13 or 14"


def _amount_fault(price: Price) -> str:
    most = _MOST_SMALL_UNITS if price.currency in _SMALL_UNITS else _MOST_AMOUNT
    if price.amount == 0:
        return "is nothing"
    if price.amount < _LEAST_AMOUNT:
        return "is less than a cent"
    return f"is {most:,} or more" if price.amount >= most else ""


def _is_dearer(one: Price, other: Price) -> bool:
    return one.amount > other.amount and one.currency in (other.currency, None)


WORST_ROWS = 10
MOST_NAMES = 10_000
_FIELD_OF = {name: own for own, names in READ_FROM.items() for name in names}

Use = Literal["field", "attribute", "ignored"]


@dataclass(slots=True)
class Name:
    """A name in a feed, as the feed writes it.

    ``read_as`` is the product's field if ``use`` is ``field``; ``rows`` are those that fill it.
    """

    use: Use
    read_as: str | None
    rows: int = 0


@dataclass(frozen=True, slots=True)
class BadRowFound:
    """A row that would be refused, or in which something can hardly be right."""

    number: int
    line: int
    refused: bool
    reasons: tuple[str, ...]

    @property
    def badness(self) -> tuple[bool, int, int]:
        """Order rows: refused ones are worst, then those with more reasons, then the earlier."""
        return self.refused, len(self.reasons), -self.number


@dataclass
class Inspection:
    """What was found in a feed; counts are of rows.

    ``filled`` counts the rows that fill a product's field. ``further_names`` tells that the feed
    has more names than are listed in ``names``.
    """

    rows: int = 0
    refused: int = 0
    duplicate_ids: int = 0
    doubtful: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    names: dict[str, Name] = field(default_factory=dict)
    further_names: bool = False
    faults: list[FileFault] = field(default_factory=list)
    _worst: list[tuple[tuple[bool, int, int], BadRowFound]] = field(default_factory=list)
    _listed: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """No row would be refused and no file is broken."""
        return not self.refused and not self.faults

    @property
    def worst(self) -> list[BadRowFound]:
        """The worst rows, the worst one first."""
        return [row for _, row in sorted(self._worst, reverse=True)]

    @property
    def empty_names(self) -> list[str]:
        """The names that no row fills."""
        return [written for written, name in self.names.items() if not name.rows]

    def used_as(self, use: Use) -> dict[str, Name]:
        """Return the names that are used so, those that most rows fill first."""
        found = [(w, name) for w, name in self.names.items() if name.use == use and name.rows]
        return dict(sorted(found, key=lambda each: -each[1].rows))

    def add(self, raw: RawRow | BadRow, checked: Row | RefusedRow) -> None:
        """Count one row."""
        self.rows += 1
        reasons: list[str] = []
        if isinstance(checked, RefusedRow):
            self.refused += 1
            self.duplicate_ids += checked.repeats is not None
            reasons.append(checked.reason)
        if isinstance(raw, RawRow):
            self._add_names(raw)
            self._add_fields(raw, checked.product if isinstance(checked, Row) else None)
            found = list(doubts(raw))
            self.doubtful.update({doubt.about for doubt in found})
            reasons += [doubt.reason for doubt in found if doubt.reason not in reasons]
        if reasons:
            self._add_bad(checked, tuple(reasons))

    def _add_bad(self, checked: Row | RefusedRow, reasons: tuple[str, ...]) -> None:
        refused = isinstance(checked, RefusedRow)
        bad = BadRowFound(checked.number, checked.line, refused, reasons)
        heapq.heappush(self._worst, (bad.badness, bad))
        if len(self._worst) > WORST_ROWS:
            heapq.heappop(self._worst)

    def _add_fields(self, raw: RawRow, product: Product | None) -> None:
        for own, names in READ_FROM.items():
            if product is not None:
                is_filled = getattr(product, own) not in (None, ())
            else:
                is_filled = any(any(raw.fields.get(name, ())) for name in names)
            self.filled[own] += is_filled

    def _add_names(self, raw: RawRow) -> None:
        self._list_unfilled(raw)
        for written, use, read_as, values in _uses(raw):
            name = self._name(written, use, read_as)
            if name is not None and any(values):
                name.rows += 1

    def _list_unfilled(self, raw: RawRow) -> None:
        """List a table's columns once, even those that no row fills."""
        if raw.origins is not self._listed:
            self._listed = raw.origins
            for name, written in raw.origins.items():
                self._name(written, *_use_of(name))

    def _name(self, written: str, use: Use, read_as: str | None) -> Name | None:
        known = self.names.get(written)
        if known is None and len(self.names) < MOST_NAMES:
            known = self.names[written] = Name(use, read_as)
        self.further_names |= known is None
        return known


def _use_of(name: str) -> tuple[Use, str | None]:
    if name in _FIELD_OF:
        return "field", _FIELD_OF[name]
    return ("ignored" if name in OPERATIONAL else "attribute"), None


def _uses(raw: RawRow) -> Iterator[tuple[str, Use, str | None, tuple[str, ...]]]:
    for name, values in raw.fields.items():
        yield raw.origins.get(name, name), *_use_of(name), values
    for name, values in raw.attributes.items():
        yield name, "attribute", None, values
    for written in raw.ignored:
        yield written, "ignored", None, (written,)


def inspect(rows: Iterable[tuple[RawRow | BadRow | None, Checked]]) -> Inspection:
    """Inspect all rows of a feed, as :func:`ingest.feeds.rows.reader.read_both` yields them."""
    inspection = Inspection()
    for raw, checked in rows:
        if isinstance(checked, FileFault):
            inspection.faults.append(checked)
        elif raw is not None:
            inspection.add(raw, checked)
    return inspection
