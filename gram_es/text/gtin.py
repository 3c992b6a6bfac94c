"""GTINs, the numbers of trade items (UPC, EAN, ISBN): check digits, and one form to compare by."""

from __future__ import annotations

from typing import Final

GTIN_LENGTHS: Final = (8, 12, 13, 14)
_MIN_DIGITS: Final = 6  # an EAN-8 of which a spreadsheet dropped two leading zeros
_ISBN_10_CHARS: Final = 10
_BOOKLAND: Final = "978"


def check_digit(body: str) -> str:
    """Return the last digit of the GTIN whose other digits are ``body`` (GS1, section 7.9)."""
    weighted = sum(
        int(digit) * (1 if position % 2 else 3) for position, digit in enumerate(reversed(body))
    )
    return str(-weighted % 10)


def is_gtin(digits: str) -> bool:
    """Return whether ``digits`` (ASCII) have the length and the check digit of a GTIN."""
    return len(digits) in GTIN_LENGTHS and digits[-1] == check_digit(digits[:-1])


def gtin_forms(key: str) -> tuple[str, ...]:
    """Return the numbers of 14 digits that ``key`` may stand for.

    A number of 6 to 14 digits is padded with zeros, which spreadsheets drop; the check digit is not
    tested. An ISBN-10 with a correct check digit also stands for its ISBN-13.

    :param key: letters and digits without punctuation, in lower case.
    """
    forms = [_isbn_13(key).zfill(14)] if _is_isbn_10(key) else []
    if key.isascii() and key.isdigit() and _MIN_DIGITS <= len(key) <= max(GTIN_LENGTHS):
        forms.append(key.zfill(14))
    return tuple(form for form in forms if int(form))


def is_trade_number(key: str) -> bool:
    """Return whether ``key`` has the check digit of a GTIN or an ISBN-10, as few numbers have.

    Leading zeros may be missing from a GTIN, but it needs eight digits.
    """
    is_long = key.isascii() and key.isdigit() and min(GTIN_LENGTHS) <= len(key)
    return _is_isbn_10(key) or (is_long and is_gtin(key.zfill(14)))


def _is_isbn_10(key: str) -> bool:
    body, last = key[:-1], key[-1:]
    if len(key) != _ISBN_10_CHARS or not (key.isascii() and body.isdigit()):
        return False
    weighted = sum(int(digit) * (10 - position) for position, digit in enumerate(body))
    return last == "0123456789x"[-weighted % 11]


def _isbn_13(isbn_10: str) -> str:
    body = f"{_BOOKLAND}{isbn_10[:-1]}"
    return f"{body}{check_digit(body)}"
