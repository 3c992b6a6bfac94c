"""The names of columns and elements: their spelling, and the field that each is read as."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from ingest.feeds.rows.category_paths.categories import (
    CATEGORY_COLUMNS,
    category_texts,
    level_of_column,
)
from ingest.feeds.rows.operational import is_operational, without_parts
from ingest.feeds.rows.records import RawRow

Use = Literal["field", "attribute", "ignored"]


# The fields of a product, each with the names in a feed from which it is read.
READ_FROM: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "title": ("title",),
    "brand": ("brand",),
    "category": CATEGORY_COLUMNS,
    "description": ("description", "bullet_point"),
    "price": (
        "price",
        "sale_price",
        "sale_price_effective_date",
        "sale_price_from",
        "sale_price_to",
    ),
    "currency": ("currency",),
    "availability": ("availability",),
    "gtin": ("gtin",),
    "mpn": ("mpn",),
    "link": ("link",),
    "image_link": ("image_link",),
}
# Names of other shop systems, by the name that they are read as.
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("name", "product_name"),
    "price": (
        "regular_price",
        *("preis", "prix", "precio", "prezzo", "prijs", "pris", "preço", "cena", "hinta", "fiyat"),
    ),
    "sale_price": ("special_price",),
    "sale_price_from": (
        "date_on_sale_from",
        "date_sale_price_starts",
        "discount_from",
        "discount_from_(yyyy_mm_dd)",
        "reduction_from",
        "sale_price_dates_from",
        "sale_price_start_date",
        "sale_start_date",
        "special_from_date",
        "special_price_from",
        "special_price_from_date",
    ),
    "sale_price_to": (
        "date_on_sale_to",
        "date_sale_price_ends",
        "discount_to",
        "discount_to_(yyyy_mm_dd)",
        "reduction_to",
        "sale_end_date",
        "sale_price_dates_to",
        "sale_price_end_date",
        "special_price_to",
        "special_price_to_date",
        "special_to_date",
    ),
    "availability": ("stock_status", "is_in_stock", "in_stock", "in_stock?", "available"),
}
_FIELD_OF = {name: field for field, names in READ_FROM.items() for name in names}
_NAME_OF = {other: name for name, others in _OTHER_NAMES.items() for other in others}
PRICES = frozenset({"price", "sale_price", "regular_price", "special_price"})
_NOTED_PRICE = re.compile(r"([a-z_]+?)_?\(([^()]*)\)")
_GROSS_PRICE = re.compile(
    r"((?:regular_|sale_|special_)?price)_(?:brutto|gross|inc|incl|including|inkl)\b[^(]*"
)
_NET = re.compile(r"ex|net|without|ohne|zzgl|hors|sin|senza|zonder|utan|bez|\bht\b")
_MAX_NOTED_CHARACTERS = 100
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GROUP = "item_group_id"
_TRADE_MARKS = re.compile(r"[™®©℠]|\((?:tm|r|c)\)", re.IGNORECASE)
_NOTE_MARKS = " \u00a0*†‡§¶:.¹²³⁰⁴⁵⁶⁷⁸⁹"
_FOOTNOTE = re.compile(r"[\[(](?:\d{1,2}|\*{1,3})[\])]$")
_SEPARATORS = re.compile(r"[\s_\-]+")
# The names of the Shopping Queries Dataset (ESCI, arXiv 2206.06588).
_ESCI_NAMES = {
    "product_id": "id",
    "product_title": "title",
    "product_description": "description",
    "product_bullet_point": "bullet_point",
    "product_brand": "brand",
    "product_color": "color",
    "product_locale": "locale",
}


@lru_cache(maxsize=4_096)
def field_name(written: str) -> str:
    """Return the name of a column or element in Google's spelling.

    ``Image link [image_link]``, ``image link`` and ``g:image_link`` are all ``image_link``;
    ``shipping(country:price)`` is ``shipping``; ``price (incl. VAT)`` and ``price [EUR]`` are
    ``price``, and so is ``price incl. VAT``, but a price without tax is not. ``salePrice`` is
    ``sale_price``. The name of a field may have a trade mark, a colon, or the mark of a footnote:
    ``Brand™``, ``Price*:``, ``Title¹``.
    """
    name = _named(written)
    if name in _FIELD_OF or name in _NAME_OF or len(written) > _MAX_NOTED_CHARACTERS:
        return name
    spelt_out = _named(_CAMEL.sub("_", written))  # salePrice
    if spelt_out in _FIELD_OF or spelt_out in _NAME_OF or spelt_out == _GROUP:
        return spelt_out
    shorter = _without_notes(written)
    plain = _named(shorter) if shorter != written else ""
    return plain if plain in _FIELD_OF or plain in _NAME_OF or plain in _ESCI_NAMES else name


def _named(written: str) -> str:
    name = written.strip().removeprefix("\ufeff").strip('"')
    if name.endswith("]"):
        name, _, inner = name[:-1].rpartition("[")
        name = f"{name}({inner})" if _normalised(name) in PRICES else inner
    name = without_parts(_normalised(name))
    if gross := _GROSS_PRICE.fullmatch(name):
        return gross[1]
    noted = _NOTED_PRICE.fullmatch(name)
    return noted[1] if noted and noted[1] in PRICES and not is_net(noted[2]) else name


def _without_notes(written: str) -> str:
    """Return a name without signs of trade marks, and without colons and footnotes at its ends."""
    name = _TRADE_MARKS.sub("", written).strip()
    while (shorter := _FOOTNOTE.sub("", name.rstrip(_NOTE_MARKS))) != name:
        name = shorter
    return name.lstrip("*# ")


def _normalised(name: str) -> str:
    return _SEPARATORS.sub("_", name.strip().lower().removeprefix("g:"))


def with_google_names(row: RawRow) -> RawRow:
    """Return the row with the names of other shop systems and of ESCI replaced by Google's names.

    If the row also has Google's name for a field, the other name is not replaced. The columns that
    each contain one level of a category path become one column.
    """
    names = _replaced_names(row.fields)
    levels = sorted(name for name in row.fields if level_of_column(name) is not None)
    if not names and not levels:
        return row
    gone = {*names, *names.values(), *levels}
    fields = {name: values for name, values in row.fields.items() if name not in gone}
    fields |= {new: row.fields[name] for name, new in names.items()}
    origins = {name: written for name, written in row.origins.items() if name not in gone}
    origins |= {new: row.origins.get(name, name) for name, new in names.items()}
    if levels:
        path = category_texts(
            "categories", {str(level_of_column(n)): row.fields[n] for n in levels}
        )
        fields["categories"] = (*fields.get("categories", ()), *path)
        origins["categories"] = ", ".join(row.origins.get(name, name) for name in levels)
    return replace(row, fields=fields, origins=origins)


def _replaced_names(fields: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return Google's name for each other name to replace, the first one for each field."""
    is_esci = "product_id" in fields or "product_title" in fields
    replaced: dict[str, str] = {}
    for name in fields:
        google = (_ESCI_NAMES.get(name) if is_esci else None) or _NAME_OF.get(name)
        if google and not any(fields.get(google, ())) and google not in replaced.values():
            replaced[name] = google
    return replaced


def price_name(name: str) -> str:
    """Return ``price`` or ``sale_price`` if a column of this name is read as such, or empty."""
    google = _NAME_OF.get(name, name)
    return google if google in ("price", "sale_price") else ""


def is_net(note: str) -> bool:
    """Return whether a note on a price says that it has no tax."""
    return _NET.search(note.lower()) is not None


@lru_cache(maxsize=4_096)
def use_of_name(name: str) -> tuple[Use, str | None]:
    """Return how a name in Google's spelling is used, and the product field that is read from it.

    The field is ``None`` for the name of an attribute and for an ignored name.
    """
    if name in _FIELD_OF:
        return "field", _FIELD_OF[name]
    if level_of_column(name) is not None:
        return "field", "category"
    return ("ignored" if _is_ignored(name) else "attribute"), None


def names_read_as(field: str) -> Iterator[str]:
    """Yield the names of other shop systems that are read as ``field``."""
    yield from _OTHER_NAMES.get(field, ())


def _is_ignored(name: str) -> bool:
    return name in _NAME_OF or is_operational(name)
