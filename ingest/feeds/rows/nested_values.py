"""The text of a field whose JSON value is an object: ``{"value": "9.00", "currency": "EUR"}``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ingest.feeds.rows.values import as_text

_NAMES = ("name", "label", "title", "text", "content", "value", "@value")
_KEYS: Mapping[str, Sequence[str]] = {
    "id": ("$oid", "value", "id"),
    "availability": ("@id", "value", "status", "name", "label"),
    "link": ("href", "url"),
    "image_link": ("src", "url", "href"),
}
_AMOUNTS = ("amount", "value", "price", "gross", "current")
CURRENCIES = ("currency", "currencyCode", "currency_code", "priceCurrency", "price_currency")
_MICROS = ("amountMicros", "amount_micros")
_CENTS, _DECIMALS = "centAmount", "fractionDigits"
_MAX_DECIMALS = 6
_WHOLE = re.compile(r"-?\d{1,18}")
_CODE = re.compile(r"[A-Z]{3}")

Nested = Mapping[str, object]


def nested_text(field: str, value: Nested) -> tuple[str, str]:
    """Return the text that an object states for a field, and its key; both may be empty."""
    key = next((k for k in _KEYS.get(field, _NAMES) if _is_scalar(value.get(k))), "")
    return (as_text(value[key]), key) if key else ("", "")


def nested_price(value: Nested) -> tuple[str, str]:
    """Return the price that an object states, with its currency, and the key of the amount."""
    currency = next((as_text(value[k]) for k in CURRENCIES if _is_scalar(value.get(k))), "")
    for key in _MICROS:
        if isinstance(value.get(key), (str, int)):
            return _shifted(as_text(value[key]), _MAX_DECIMALS, currency), key
    if isinstance(value.get(_CENTS), int):
        decimals = value.get(_DECIMALS)
        places = decimals if isinstance(decimals, int) else 2
        return _shifted(as_text(value[_CENTS]), places, currency), _CENTS
    if key := next((k for k in _AMOUNTS if _is_scalar(value.get(k))), ""):
        amount = amount_text(value[key])
        return amount if currency in amount else f"{amount} {currency}", key
    (code, only), *others = value.items() or [("", None)]
    if not others and _CODE.fullmatch(code) and _is_scalar(only):
        return f"{amount_text(only)} {code}", code
    return "", ""


def amount_text(value: object) -> str:
    """Return an amount as text; the dot of a JSON number never parts thousands."""
    text = as_text(float(value)) if isinstance(value, float) else as_text(value)
    is_ambiguous = isinstance(value, float) and text[-4:-3] == "."
    return f"{text}0" if is_ambiguous else text


def _shifted(number: str, decimals: int, currency: str) -> str:
    """Return a whole number of the smallest unit as an amount."""
    if not _WHOLE.fullmatch(number) or not 0 <= decimals <= _MAX_DECIMALS:
        return f"{number} / {decimals}"  # no price
    sign = "-" if number.startswith("-") else ""
    digits = number.removeprefix("-").zfill(decimals + 1)
    whole, parts = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    parts = parts.rstrip("0")
    parts = f"{parts}0" if len(parts) == 3 else f"{parts:0<2}"  # "9.123" could be thousands
    amount = f"{whole}.{parts}" if decimals else whole
    return f"{sign}{amount} {currency}".strip()


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, (Mapping, list, tuple, bool))
