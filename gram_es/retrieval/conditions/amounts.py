"""Read amounts of money in a query: a number with or without a currency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from gram_es.retrieval.conditions.language import currencies
from gram_es.retrieval.conditions.tokens import Token

_MAX_DIGITS: Final = 9
_SEPARATOR: Final = re.compile(r"[.,]")
_MAX_SIGN_TOKENS: Final = 2
_THOUSAND: Final = "k"
_NO_CENTS: Final = frozenset({"-", "–", "—"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A number at the tokens ``start`` up to but not including ``end``.

    ``currencies`` are the ISO codes of the currency beside it; without a currency it is empty.
    ``is_money`` is true if the number has a currency or is written as only prices are (``49,-``).
    """

    value: float
    start: int
    end: int
    currencies: tuple[str, ...] = ()
    is_money: bool = False


def read_amount(
    tokens: Sequence[Token], start: int, *, decimal: str, shop: frozenset[str]
) -> Amount | None:
    """Return the amount that starts at ``start``, or ``None`` if there is none.

    A number with letters directly after it, such as ``50w`` or ``16s``, is no amount, unless the
    letters are a currency, or ``k`` after a number with a currency.

    :param decimal: the decimal sign of the language, which decides whether ``0.125`` has decimals.
    :param shop: the currencies of the shop.
    """
    codes, at = _currency_at(tokens, start, shop)
    if at >= len(tokens) or tokens[at].kind != "number":
        return None
    value = number_value(tokens[at].key, decimal)
    if value is None:
        return None
    amount = _with_tail(tokens, Amount(value, start, at + 1, codes, bool(codes)))
    after, end = _currency_at(tokens, amount.end, shop)
    if after and _is_after_number(tokens, amount.end, end, has_currency=bool(codes)):
        amount = replace(amount, end=end, currencies=codes or after, is_money=True)
    following = tokens[amount.end] if amount.end < len(tokens) else None
    is_part = following is not None and following.is_glued and following.kind == "word"
    return None if is_part else amount


def number_value(text: str, decimal: str) -> float | None:
    """Return the value of a number with separators, or ``None`` if it is no single number."""
    digits = text.replace("'", "")
    if sum(char.isdigit() for char in digits) > _MAX_DIGITS:
        return None
    parts = _SEPARATOR.split(digits)
    signs = _SEPARATOR.findall(digits)
    if not signs:
        return float(digits)
    groups = all(len(part) == 3 for part in parts[1:]) and 0 < len(parts[0]) <= 3
    if len(set(signs)) == 1:
        is_thousand = parts[0].strip("0") != ""  # no shopper types three decimals of a price
        if groups and (is_thousand or len(signs) > 1 or signs[0] != decimal):
            return float("".join(parts))
        return float(".".join(parts)) if len(signs) == 1 else None
    is_grouped = len(set(signs[:-1])) == 1 and all(len(part) == 3 for part in parts[1:-1])
    return float(f"{''.join(parts[:-1])}.{parts[-1]}") if is_grouped else None


def _with_tail(tokens: Sequence[Token], amount: Amount) -> Amount:
    """Return ``amount`` with ``,-`` for no cents, or with ``k`` for thousands, if it has these."""
    tail = tokens[amount.end : amount.end + 2]
    if not tail or not tail[0].is_glued:
        return amount
    if len(tail) == 2 and tail[0].key in ",." and tail[1].key in _NO_CENTS:
        return replace(amount, end=amount.end + 2, is_money=True)
    if tail[0].key == _THOUSAND and amount.currencies:
        return replace(amount, value=amount.value * 1000, end=amount.end + 1)
    return amount


def _currency_at(
    tokens: Sequence[Token], start: int, shop: frozenset[str]
) -> tuple[tuple[str, ...], int]:
    """Return the ISO codes of the currency at ``start`` and its end; no codes if there is none."""
    known = currencies()
    for length in range(min(_MAX_SIGN_TOKENS, len(tokens) - start), 0, -1):
        keys = tuple(token.key for token in tokens[start : start + length])
        codes = known.signs.get(keys)
        if codes is None:
            used = known.words_only_where_used.get(keys, ())
            codes = used if shop.intersection(used) else None
        if codes:
            return codes, start + length
    return (), start


def _is_after_number(tokens: Sequence[Token], start: int, end: int, *, has_currency: bool) -> bool:
    """Return whether the currency after a number belongs to it, not to a number behind it.

    In "$20 to $40" and "20 $40" the sign belongs to the number that it touches.
    """
    touches_next = end < len(tokens) and tokens[end].kind == "number" and tokens[end].is_glued
    if touches_next and not tokens[start].is_glued:
        return False
    return not has_currency or tokens[start].kind == "word"
