"""The ids of rows: what a spreadsheet, a wrong encoding or a damaged file makes of them.

A damaged id would name another product in silence, and the product that it means would be deleted.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from ingest.feeds.rows.records import RawRow

_IDENTIFIERS = ("id", "gtin", "mpn", "item_group_id")
_GUARD = "'"
_GUARDED = re.compile(r"^'(?!\d0s$)([^\s']+)$")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ROUNDED = re.compile(r"[+-]?(?:\d[.,]\d{1,17}[eE]\+?|\d[eE]\+)\d{1,3}")
# The values of a cell whose formula failed, in any language of a spreadsheet: #REF!, #N/A, #WERT!
_ERROR = re.compile(r"#[¡¿]?[A-ZÀ-ÖØ-ÝА-Я]{2,12}(?:/0)?[!?]|#(?:N/A|N/D|NV|NB|Н/Д)!?|##+|Err:5\d\d")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FORMULA = re.compile(r"=\s*(?:[A-Z][A-Z0-9.]{0,30}\(|\$?[A-Z]{1,3}\$?\d{1,7}\b)", re.IGNORECASE)


def damage_of(product_id: str) -> str:
    """Return why an id cannot be the one that the shop gave the product, or an empty text."""
    if _ROUNDED.fullmatch(product_id):
        return "is a rounded number; export the column as text"
    if is_cell_error(product_id):
        return "is the error of a formula; correct it in the spreadsheet"
    if _FORMULA.match(product_id):
        return "is a formula; export its value"
    is_sound = product_id.isprintable() and _REPLACEMENT not in product_id
    if not is_sound and any(map(_is_damaged, product_id)):
        return "has damaged characters; export the feed again as UTF-8"
    return ""


def is_cell_error(text: str) -> bool:
    """Return whether a text is what a spreadsheet shows if a formula fails, such as ``#REF!``."""
    return text[:1] in ("#", "E") and _ERROR.fullmatch(text) is not None


def is_undecodable(product_id: str) -> bool:
    """Return whether an id has bytes that its encoding does not have, as lone surrogates."""
    return _SURROGATE.search(product_id) is not None


def with_plain_identifiers(row: RawRow) -> RawRow:
    """Return the row with identifiers without the apostrophe that a spreadsheet guards them by."""
    plain = {
        name: tuple(_GUARDED.sub(r"\1", value) for value in row.fields[name])
        for name in _IDENTIFIERS
        if any(value.startswith(_GUARD) for value in row.fields.get(name, ()))
    }
    return replace(row, fields={**row.fields, **plain}) if plain else row


def _is_damaged(character: str) -> bool:
    if character.isprintable():
        return character == _REPLACEMENT
    return unicodedata.category(character) in ("Cc", "Cs")
