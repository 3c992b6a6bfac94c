"""Prices as shops write them: ``15.00 USD``, ``15,00 EUR``, ``1.299,00 EUR``, ``$1,299``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_MAX_PRICE = 1e12
_UNIT = r"[A-Za-z]{3}|[€$£¥]"
_PRICE = re.compile(rf"({_UNIT})?\s*([0-9.,'’\s]*[0-9][.,]?)\s*({_UNIT})?")
_PLAIN = re.compile(r"(\d*)(?:[.,](\d*))?")
_GROUPED = re.compile(r"(\d{1,3}(?:([.,'’\s])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money; ``currency`` is an ISO 4217 code, or ``None`` if the feed gives none."""

    amount: float
    currency: str | None


def parse_price(text: str) -> Price:
    """Return the price that a text states: an amount with an optional currency on either side.

    :raises ValueError: if the text is not a price, is negative, or can be read two ways.
    """
    match = _PRICE.fullmatch(text.strip())
    if match is None or (match[1] and match[3]):
        raise ValueError("is not a price")
    unit = match[1] or match[3]
    currency = _SYMBOLS.get(unit, unit.upper()) if unit else None
    amount = float(_plain_number(match[2].strip(), currency))
    if amount > _MAX_PRICE:
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
    """Return whether a number such as ``1.299`` has three decimals, rather than thousands.

    Without a currency, a dot separates decimals and a comma separates thousands.

    :raises ValueError: if a dot before three digits can mean either.
    """
    match = re.fullmatch(r"(\d{1,3})([.,])\d{3}", number)
    if match is None:
        return False
    if match[1].startswith("0") or currency in _THREE_DECIMALS:
        return True
    if match[2] == "." and currency is not None:
        whole, decimals = number.split(".")
        raise ValueError(f"can be read two ways; write {whole}{decimals}.00 or {float(number):.2f}")
    return match[2] == "."


def is_in_force(interval: str | None, now: datetime) -> bool:
    """Return whether ``now`` is in ``<ISO time>/<ISO time>``; true if there is no interval.

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
