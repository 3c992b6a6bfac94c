"""Prices whose decimal comma is the delimiter of the table: ``7,50 EUR`` in two columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ingest.feeds.formats.tables.header import Header
from ingest.feeds.rows.money.currencies import currency_codes

_PRICES = ("price", "sale_price")
_WHOLE = re.compile(r"\D{0,5}\d{1,3}(?:\.\d{3}){0,3}")
_CENTS = re.compile(r"\d\d ?(\D{1,5})")


def price_positions(header: Header) -> tuple[int, ...]:
    """Return the positions of prices behind which their decimals could be."""
    if header.delimiter != ",":
        return ()
    pairs = enumerate(pairwise(header.names))
    return tuple(n for n, (name, next_) in pairs if name in _PRICES and next_ not in _PRICES)


def has_parted_price(cells: Sequence[str], positions: Sequence[int]) -> bool:
    """Return whether a comma parts a price: a whole number, and two digits with a currency.

    Such a row has as many cells as the header only if it lacks one elsewhere.
    """
    return any(
        position + 1 < len(cells)
        and _WHOLE.fullmatch(cells[position]) is not None
        and (cents := _CENTS.fullmatch(cells[position + 1])) is not None
        and bool(currency_codes(cents[1]))
        for position in positions
    )
