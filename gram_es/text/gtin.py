"""Check digits of GTINs, the numbers of trade items (EAN, UPC, ISBN-13)."""

from __future__ import annotations

from typing import Final

GTIN_LENGTHS: Final = (8, 12, 13, 14)


def check_digit(body: str) -> str:
    """Return the last digit of the GTIN whose other digits are ``body`` (GS1, section 7.9)."""
    weighted = sum(
        int(digit) * (1 if position % 2 else 3) for position, digit in enumerate(reversed(body))
    )
    return str(-weighted % 10)


def is_gtin(digits: str) -> bool:
    """Return whether ``digits`` (ASCII) have the length and the check digit of a GTIN."""
    return len(digits) in GTIN_LENGTHS and digits[-1] == check_digit(digits[:-1])
