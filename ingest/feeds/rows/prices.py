"""Prices as shops write them: ``15.00 USD``, ``15,00 EUR``, ``1.299,00 EUR``, ``$1,299``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_HIGHEST = 1e12
_UNIT = r"[A-Za-z]{3}|[€$£¥]"
_PRICE = re.compile(rf"({_UNIT})?\s*([0-9.,'’\s]*[0-9][.,]?)\s*({_UNIT})?")
_PLAIN = re.compile(r"(\d*)(?:[.,](\d*))?")
_GROUPED = re.compile(r"(\d{1,3}(?:([.,'’\s])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in units of ``currency``, an ISO 4217 code where the feed names one."""

    amount: float
    currency: str | None


def parse_price(text: str) -> Price:
    """Read an amount with an optional currency before or after it.

    :raises ValueError: if it is no price, is negative, or can be read two ways.
    """
    found = _PRICE.fullmatch(text.strip())
    if found is None or (found[1] and found[3]):
        raise ValueError("is not a price")
    unit = found[1] or found[3]
    currency = _SYMBOLS.get(unit, unit.upper()) if unit else None
    amount = float(_plain_number(found[2].strip(), currency))
    if amount > _HIGHEST:
        raise ValueError("is out of range")
    return Price(amount, currency)


def _plain_number(number: str, currency: str | None) -> str:
    grouped = _GROUPED.fullmatch(number)
    if grouped is None or _is_decimal(number, currency):
        plain = _PLAIN.fullmatch(number)
        if plain is None:
            raise ValueError("is not a price")
        return f"{plain[1] or 0}.{plain[2] or 0}"
    whole = re.sub(r"\D", "", grouped[1])
    return f"{whole}.{grouped[3] or 0}"


def _is_decimal(number: str, currency: str | None) -> bool:
    """Decide what one separator before three digits means: a dot in a bare number is a decimal."""
    found = re.fullmatch(r"(\d{1,3})([.,])\d{3}", number)
    if found is None:
        return False
    if found[1].startswith("0") or currency in _THREE_DECIMALS:
        return True
    if found[2] == "." and currency is not None:
        whole, decimals = number.split(".")
        raise ValueError(f"can be read two ways; write {whole}{decimals}.00 or {float(number):.2f}")
    return found[2] == "."


def is_in_force(interval: str | None, now: datetime) -> bool:
    """Tell whether ``now`` lies in ``<ISO time>/<ISO time>``; without an interval it does.

    :raises ValueError: if the interval cannot be read.
    """
    if not interval:
        return True
    try:
        start, end = (datetime.fromisoformat(part.strip()) for part in interval.split("/"))
    except ValueError:
        raise ValueError("is not an interval of two ISO 8601 times") from None
    return _zoned(start) <= now <= _zoned(end)


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
