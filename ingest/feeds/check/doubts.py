"""What a shop would hardly have meant in a row that can be read; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gram_es.text.gtin import GTIN_LENGTHS, check_digit, is_gtin
from ingest.feeds.rows.prices import Price
from ingest.feeds.rows.product import RowError, first_text, read_price
from ingest.feeds.rows.records import RawRow

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
