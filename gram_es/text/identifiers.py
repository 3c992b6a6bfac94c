"""Bring ids, part numbers and GTINs to the form in which the index stores and compares them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import category, decimal

from gram_es.records import Product
from gram_es.text.gtin import gtin_forms, is_trade_number
from gram_es.text.unicode_form import unicode_form

MAX_IDENTIFIER_CHARS: Final = 64  # except for ids
_MAX_IDENTIFIERS: Final = 64  # a spare part can replace dozens of others
_MIN_LISTED_CHARS: Final = 5  # "BX47-00912C, BX47-00913C" is a list, "1,000" is not
_PUNCTUATION: Final = re.compile(r"[^a-z0-9]+")
_LIST_SEPARATOR: Final = re.compile(r"[,;|\n]")
_NAME_SEPARATOR: Final = re.compile(r"[\W_]+")
# What feeds write for a product without a number.
_PLACEHOLDER_LIST: Final = """
    custom default doesnotapply generic keine missing na nan nil nodata nogtin nompn none nosku
    notapplicable notavailable null tba tbc tbd test unbranded undefined unknown
"""
# Names of attributes that contain identifiers, without blanks and punctuation.
_NUMBER_NAME_LIST: Final = """
    articlecode articleno articlenr articlenumber asin barcode catalognumber cataloguenumber ean
    ean8 ean13 gtin gtin8 gtin12 gtin13 gtin14 isbn isbn10 isbn13 itemcode itemmodelnumber itemno
    itemnumber jan manufacturerno manufacturernumber manufacturerpartno manufacturerpartnumber
    mfrpartnumber modelcode modelno modelnr modelnumber mpn oem oemno oemnumber oempartnumber
    orderno ordernumber partcode partno partnr partnumber productcode productno productnumber
    reference referencenumber sku stockcode supplierreference upc upca vendorcode vpn
    artikelnr artikelnummer artnr bestellnr bestellnummer codearticle codebarre codebarres
    codicearticolo codigodebarras ersatzteilnummer herstellerartikelnummer herstellernummer
    herstellerteilenummer modellnummer numerodeparte numerodepiece referencefabricant referencia
    riferimento teilenummer typenummer varenummer артикул
"""
_PLACEHOLDERS: Final = frozenset(_PLACEHOLDER_LIST.split())
_NUMBER_NAMES: Final = frozenset(_NUMBER_NAME_LIST.split())


def identifier_key(text: str) -> str:
    """Return the letters and digits of ``text``, without case, accents and variants of width.

    ``7.208-331.4`` and ``7208 3314`` have the same key. Digits of all scripts become ASCII digits.
    """
    if text.isascii():
        return _PUNCTUATION.sub("", text.lower())
    decomposed = unicode_form("NFKD", text.casefold())
    return "".join(_as_ascii_digit(c) for c in decomposed if category(c)[0] in "LN").casefold()


def identifier_keys(text: str) -> tuple[str, ...]:
    """Return the keys by which a shopper may mean ``text``: its own, and those of a GTIN."""
    key = identifier_key(text)
    return tuple(dict.fromkeys((key, *gtin_forms(key)))) if key else ()


def product_identifiers(product: Product) -> list[str]:
    """Return the keys of the product's id, GTIN and MPN, and of other numbers in its attributes.

    Other numbers are, for example, those in an attribute ``sku`` or ``Artikelnummer``. A GTIN also
    has a key with 14 digits. Placeholders such as ``N/A``, and the brand in place of a number, are
    left out.
    """
    numbers = [key for value in _listed(product.gtin or "") for key in identifier_keys(value)]
    for written in (product.mpn or "", *_numbers_in_attributes(product)):
        for value in _listed(written):
            numbers += [identifier_key(value), *_trade_keys(value)]
    own = [identifier_key(product.id), *_trade_keys(product.id)]
    ignored = {*_PLACEHOLDERS, identifier_key(product.brand or "")}
    keys = [*own, *(key for key in numbers if key.strip("0") and key not in ignored)]
    return list(dict.fromkeys(filter(None, keys)))[:_MAX_IDENTIFIERS]


def _trade_keys(value: str) -> tuple[str, ...]:
    """Return the keys of a GTIN that a shop uses as an id or part number."""
    key = identifier_key(value)
    return gtin_forms(key) if is_trade_number(key) else ()


def _numbers_in_attributes(product: Product) -> Iterator[str]:
    for name, values in product.attributes.items():
        last_word = _NAME_SEPARATOR.split(name.lower())[-1]
        if last_word == "sku" or identifier_key(name) in _NUMBER_NAMES:
            yield from values


def _listed(written: str) -> Iterator[str]:
    """Yield a value and, if it is a list of numbers, each of these."""
    if len(written) <= MAX_IDENTIFIER_CHARS:
        yield written
    parts = [part for part in _LIST_SEPARATOR.split(written) if part.strip()]
    if len(parts) > 1 and all(_is_listed(part) for part in parts):
        yield from parts


def _is_listed(part: str) -> bool:
    return _MIN_LISTED_CHARS <= len(identifier_key(part)) <= MAX_IDENTIFIER_CHARS


def _as_ascii_digit(character: str) -> str:
    value = decimal(character, None)
    return character if value is None else str(value)
