"""Prices as shops write them: ``15.00 USD``, ``1.299,00 EUR``, ``₹1,29,999``, ``kr 199:-``.

price-parser finds and converts the number. It takes any text for a price, so everything else in the
text has to be a currency or a known note such as "incl. VAT"; otherwise the text is no price.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import price_parser

from gram_es.text.unicode_form import unicode_form
from ingest.feeds.rows.markup import single_line
from ingest.feeds.rows.money.currencies import (
    UNKNOWN,
    currency_codes,
    decimal_mark_of,
    decimals_of,
)

_MAX_PRICE = 1e12
_MAX_CHARACTERS = 100
_MAX_MARKUP_CHARACTERS = 2_000
_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼ´`′", " ") | {"٬": ",", "٫": ".", "−": "-"})
_GROUPED = re.compile(r"\d{1,3}(?:([., ])\d{3})(?:\1\d{3})*(?:(?!\1)([.,€])\d{1,6})?")
_LAKHS = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d{1,6})?")
_EURO = "€"
_PLAIN = re.compile(r"\d+(?:[.,€]\d*)?|[.,]\d+")
_ONE_SEPARATOR = re.compile(r"(\d{1,3})([.,])(\d{3})")
_NO_DECIMALS = re.compile(  # 49,- and 49.– and 199:- and, in India and East Africa, 499/- and 499/=
    r"(?<=\d)(?:[.,:] ?[-–—=]{1,2}|/ ?[-–—=])(?!\d)"
)
_COLON_DECIMALS = re.compile(r"(?<=\d):(?=\d\d(?![\d:]))")  # 49:50 kr
_CROWNS = re.compile(r"\b(?:kr|sek|nok|dkk|isk)\b", re.IGNORECASE)
_ABBREVIATION = re.compile(r"([^\W\d_]{1,10})\.(?=\d)")  # Rs.499 is not 0.499
_STARTING_COMMA = re.compile(r"(?<![\d.,])(?<![\d.,] ),(?=\d)")  # ,99 is 0.99
_PER_PIECE = re.compile(
    r"(?:/|\b(?:pro|je|per|par|por|al)\b) ?"
    r"(?:st(?:k|ck|ück|uk)?|pi[eè]ce|pc|pza|pieza|pezzo|szt|ks|ea(?:ch)?|unit[éà]?)s?\b\.?",
    re.IGNORECASE,
)
_TAX_RATE = re.compile(r"\d{1,2}(?:[.,]\d)? ?%")
_WORDS = re.compile(r"[^\W\d_]+|\S")
_STARTING_WORDS = "from ab da dès desde vanaf od från fra alkaen от starting partir"
_TAX_WORDS = "vat mwst ust tax taxes gst hst btw iva tva moms mva dph kdv pdv alv пдв ндс"
_NOTE_WORDS = """
    incl inkl inc including included inclusive inklusive incluido incluida inclus incluse incluso
    inclusa compris incluído dahil excl exkl exc ex excluding excluded exclusive exklusive zzgl
    zuzüglich plus ttc ht brutto netto bruttó nettó gross net versand versandkosten shipping of der
    gesetzl gesetzliche gesetzlicher s bez z med uden ekskl 税込 税抜 税込み 税別 含税
    price preis prix precio prezzo prijs cena only now nur jetzt each
"""
_STARTING = frozenset(_STARTING_WORDS.split())
_TAXES = frozenset(_TAX_WORDS.split())
_NOTES = _TAXES | frozenset(_NOTE_WORDS.split())
_PUNCTUATION = frozenset(".,:;*()[]")


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money; ``currency`` is an ISO 4217 code, or ``None`` if the feed gives none."""

    amount: float
    currency: str | None


@lru_cache(maxsize=2_048)  # a feed repeats its prices, and reading them took a quarter of its time
def parse_price(text: str, likely_currency: str | None = None) -> Price:
    """Return the price that a text states: an amount with an optional currency on either side.

    :param likely_currency: the currency of the feed's column or country. It decides what a sign
        such as ``$`` or ``kr`` means, and is the currency of a price without one.
    :raises ValueError: if the text is not one price, is negative, or can be read two ways.
    """
    written = _clean(text)
    number = price_parser.parse_price(written).amount_text
    if number is None or not any(map(str.isdigit, written)):
        raise ValueError("is not a price; it has no amount")
    before, _, after = written.partition(number)
    _check_rest(before, after)
    if _EURO in number:  # 49€90
        after = f"{_EURO}{after}"
    currency = _currency(before, after, likely_currency)
    amount = float(_amount(number, currency))
    if amount > _MAX_PRICE:
        raise ValueError("is out of range")
    return Price(amount, currency)


def currency_beside(text: str) -> str:
    """Return the currency that a text beside an amount or a name states, or an empty text.

    :raises ValueError: if the text has other words than a currency and notes such as "incl. VAT".
    """
    codes = _codes_beside(_TAX_RATE.sub("", text))
    return codes[0] if codes and codes[0] != UNKNOWN else ""


def _clean(text: str) -> str:
    """Return the text without markup, with plain digits, blanks and signs.

    :raises ValueError: if the text is longer than any price.
    """
    if len(text) > _MAX_MARKUP_CHARACTERS or len(plain := single_line(text)) > _MAX_CHARACTERS:
        raise ValueError("is not a price; it is too long")
    plain = unicode_form("NFKC", plain)
    shown = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in plain.translate(_APOSTROPHES)
        if unicodedata.category(char) != "Cf"
    )
    written = _PER_PIECE.sub("", _ABBREVIATION.sub(_undotted, " ".join(shown.split())))
    written = _STARTING_COMMA.sub("0,", _NO_DECIMALS.sub(_zero_decimals, written))
    if _CROWNS.search(written):
        written = _COLON_DECIMALS.sub(",", written)
    has_tax = any(word.casefold() in _TAXES for word in _WORDS.findall(written))
    return _TAX_RATE.sub("", written) if has_tax else written


def _zero_decimals(dash: re.Match[str]) -> str:
    return ".00" if "," in dash.string[: dash.start()] else ",00"


def _undotted(abbreviation: re.Match[str]) -> str:
    """Return an abbreviation without its dot; a code such as ``USD`` is none, and keeps it."""
    word = abbreviation[1]
    is_code = currency_codes(word) == (word.upper(),)
    return abbreviation[0] if is_code else f"{word} "


def _check_rest(before: str, after: str) -> None:
    """Raise a ``ValueError`` that says why a text beside the amount makes it no single price."""
    if any(word.casefold() in _STARTING for word in _WORDS.findall(before)):
        raise ValueError("is not a price but the lowest of several")
    if any(map(str.isdigit, after)):
        raise ValueError("is not a price; it has several amounts")
    is_in_brackets = before.startswith("(") and after.endswith(")")
    if "-" in before or after.rstrip().endswith("-") or is_in_brackets:
        raise ValueError("is not a price; it is negative")


def _currency(before: str, after: str, likely: str | None) -> str | None:
    """Return the currency beside an amount, or else the likely one.

    :raises ValueError: if a side is no currency, or the two sides differ.
    """
    sides = [codes for side in (before, after) if (codes := _codes_beside(side))]
    codes = sides[0] if sides else ()
    if len(sides) == 2:
        codes = tuple(code for code in sides[0] if code in sides[1] and code != UNKNOWN)
        if not codes:
            raise ValueError("is not a price; it has two currencies")
    if likely is not None and (not codes or likely in codes):
        return likely
    return codes[0] if codes and codes[0] != UNKNOWN else None


def _codes_beside(side: str) -> tuple[str, ...]:
    words = [word for word in _WORDS.findall(side) if word not in _PUNCTUATION]
    others = [word for word in words if word.casefold() not in _NOTES]
    codes = currency_codes("".join(words)) or currency_codes("".join(others))
    if others and not codes:
        raise ValueError("is not a price")
    return codes


def _amount(number: str, currency: str | None) -> str:
    """Return a number with a dot before its decimals, and nothing between its thousands.

    :raises ValueError: if it is no number, or if a mark before three digits can mean either.
    """
    grouped = _GROUPED.fullmatch(number)
    if grouped is not None and not _is_decimal(number, currency):
        decimals = grouped[2] or ("," if grouped[1] == "." else ".")
    elif _PLAIN.fullmatch(number) or _LAKHS.fullmatch(number):
        decimals = next((char for char in reversed(number) if not char.isdigit()), ".")
        decimals = "." if _LAKHS.fullmatch(number) else decimals
    else:
        raise ValueError("is not a price")
    return str(price_parser.parse_price(number, decimal_separator=decimals).amount)


def _is_decimal(number: str, currency: str | None) -> bool:
    """Return whether a number such as ``1.299`` has three decimals, rather than thousands.

    The currency decides, by its decimals and by the notation of its country.

    :raises ValueError: if a mark before three digits can mean either.
    """
    match = _ONE_SEPARATOR.fullmatch(number)
    if match is None:
        return False
    whole, separator, decimals = match.groups()
    usual = decimals_of(currency) if currency is not None else None
    if whole.startswith("0") or usual == len(decimals):
        return True
    mark = decimal_mark_of(currency) if currency is not None else ""
    if usual == 0 or (mark and separator != mark):
        return False
    amount = float(f"{whole}.{decimals}")
    raise ValueError(f"can be read two ways; write {whole}{decimals}.00 or {amount:.2f}")
