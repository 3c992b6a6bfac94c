"""Build products from raw rows of any format: names, values, and reasons to reject a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from gram_es.records import Product
from ingest.feeds.rows.availability import read_availability
from ingest.feeds.rows.categories import (
    CATEGORY_COLUMNS,
    Path,
    category_paths,
    category_texts,
    level_of_column,
)
from ingest.feeds.rows.currencies import UNKNOWN, currency_codes, currency_of_country
from ingest.feeds.rows.markup import single_line, without_markup
from ingest.feeds.rows.operational import is_operational, without_parts
from ingest.feeds.rows.prices import Price, parse_price
from ingest.feeds.rows.records import RawRow
from ingest.feeds.rows.sales import is_sale_on
from ingest.feeds.rows.values import as_texts, attribute_pairs

Texts = dict[str, tuple[str, ...]]
Use = Literal["field", "attribute", "ignored"]

MAX_ID_BYTES = 512  # Elasticsearch rejects a longer _id
MAX_ROW_CHARACTERS = 1 << 20

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
_COUNTRIES = ("target_country", "feed_country", "country", "locale")
_MAX_CURRENCY_CHARACTERS = 16
_WHOLE_DECIMALS = re.compile(r"(?<=\d)[.,]0+$")
_ADDRESS = re.compile(r"(?:https?://|data:)\S+", re.IGNORECASE)
_PRICES = frozenset({"price", "sale_price", "regular_price", "special_price"})
_NOTED_PRICE = re.compile(r"([a-z_]+?)_?\(([^()]*)\)")
_GROSS_PRICE = re.compile(
    r"((?:regular_|sale_|special_)?price)_(?:brutto|gross|inc|incl|including|inkl)\b[^(]*"
)
_NET = re.compile(r"ex|net|without|ohne|zzgl|hors|sin|senza|zonder|utan|bez|\bht\b")
_MAX_NOTED_CHARACTERS = 100
_TRADE_MARKS = re.compile(r"[™®©℠]|\((?:tm|r|c)\)", re.IGNORECASE)
_NOTE_MARKS = " \u00a0*†‡§¶:.¹²³⁰⁴⁵⁶⁷⁸⁹"
_FOOTNOTE = re.compile(r"[\[(](?:\d{1,2}|\*{1,3})[\])]$")
_AMBIGUOUS_DECIMALS = re.compile(r"\d{1,3}\.\d{3}")
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


class RowError(ValueError):
    """No product can be built from a row; the message is the reason to report."""


@lru_cache(maxsize=4_096)
def field_name(written: str) -> str:
    """Return the name of a column or element in Google's spelling.

    ``Image link [image_link]``, ``image link`` and ``g:image_link`` are all ``image_link``;
    ``shipping(country:price)`` is ``shipping``; ``price (incl. VAT)`` and ``price [EUR]`` are
    ``price``, and so is ``price incl. VAT``, but a price without tax is not. The name of a field
    may have a trade mark, a colon, or the mark of a footnote: ``Brand™``, ``Price*:``, ``Title¹``.
    """
    name = _named(written)
    if name in _FIELD_OF or name in _NAME_OF or len(written) > _MAX_NOTED_CHARACTERS:
        return name
    shorter = _without_notes(written)
    plain = _named(shorter) if shorter != written else ""
    return plain if plain in _FIELD_OF or plain in _NAME_OF or plain in _ESCI_NAMES else name


def _named(written: str) -> str:
    name = written.strip().removeprefix("\ufeff").strip('"')
    if name.endswith("]"):
        name, _, inner = name[:-1].rpartition("[")
        name = f"{name}({inner})" if _normalised(name) in _PRICES else inner
    name = without_parts(_normalised(name))
    if gross := _GROSS_PRICE.fullmatch(name):
        return gross[1]
    noted = _NOTED_PRICE.fullmatch(name)
    return noted[1] if noted and noted[1] in _PRICES and not is_net(noted[2]) else name


def _without_notes(written: str) -> str:
    """Return a name without signs of trade marks, and without colons and footnotes at its ends."""
    name = _TRADE_MARKS.sub("", written).strip()
    while (shorter := _FOOTNOTE.sub("", name.rstrip(_NOTE_MARKS))) != name:
        name = shorter
    return name.lstrip("*# ")


def _normalised(name: str) -> str:
    return _SEPARATORS.sub("_", name.strip().lower().removeprefix("g:"))


def row_from_object(line: int, values: Mapping[str, object], excerpt: str) -> RawRow:
    """Return the row of a JSON object; the members of nested objects become attributes."""
    fields: Texts = {}
    attributes: Texts = {}
    origins: dict[str, str] = {}
    for written, value in values.items():
        name = field_name(written)
        if written == "attributes":
            attributes.update(attribute_pairs(value))
        elif name in CATEGORY_COLUMNS:
            fields[name] = category_texts(name, value)
            origins[name] = written
        elif isinstance(value, Mapping):
            attributes.update(attribute_pairs({written: value}))
        else:
            fields[name] = _price_texts(value) if name in _PRICES else as_texts(value)
            origins[name] = written
    return RawRow(line, fields, attributes, excerpt, origins)


def _price_texts(value: object) -> tuple[str, ...]:
    """Return a price of JSON as text; the dot of a JSON number never parts thousands."""
    texts = as_texts(value)
    if isinstance(value, float) and _AMBIGUOUS_DECIMALS.fullmatch(texts[0]):
        return (f"{texts[0]}0",)
    return texts


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


def build_product(row: RawRow, now: datetime | None = None) -> Product:
    """Return the product of a row.

    If a sale price is in force at ``now`` (by default the current time), it is the product's price.
    A GTIN with a wrong check digit is stored unchanged, an unknown availability in lower case.

    :raises RowError: if a required value is missing, or a value is invalid.
    """
    fields = row.fields
    _check_text(row)
    price = _price(fields, now or datetime.now(UTC))
    main_path, *other_paths = _categories(fields) or ((),)
    return Product(
        id=_id(fields),
        title=_title(fields),
        brand=single_line(first_text(fields, "brand") or "") or None,
        category=main_path,
        other_categories=tuple(other_paths),
        description=_description(fields),
        price=price.amount if price else None,
        currency=price.currency if price else None,
        availability=read_availability(single_line(first_text(fields, "availability") or "")),
        gtin=_gtin(fields),
        mpn=single_line(first_text(fields, "mpn") or "") or None,
        link=_address(fields, "link"),
        image_link=_address(fields, "image_link"),
        attributes=_attributes(row),
    )


def _check_text(row: RawRow) -> None:
    text = [
        part
        for texts in (row.fields, row.attributes)
        for name, values in texts.items()
        for part in (name, *values)
    ]
    joined = "".join(text)
    if len(joined) > MAX_ROW_CHARACTERS:
        raise RowError(f"the row is longer than {MAX_ROW_CHARACTERS:,} characters")
    try:
        joined.encode()
    except UnicodeEncodeError:
        raise RowError("the row is not valid UTF-8; save the feed as UTF-8") from None


def first_text(fields: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    """Return the first value of ``name`` that is not empty, or ``None``."""
    return next((value for value in fields.get(name, ()) if value), None)


def _description(fields: Mapping[str, tuple[str, ...]]) -> str | None:
    texts = (first_text(fields, name) for name in READ_FROM["description"])
    return " ".join(words for text in texts if text and (words := without_markup(text))) or None


def _required(fields: Mapping[str, tuple[str, ...]], name: str) -> str:
    value = first_text(fields, name)
    if value is None:
        raise RowError(f"{name} is missing")
    return value


def _title(fields: Mapping[str, tuple[str, ...]]) -> str:
    title = single_line(_required(fields, "title"))
    if not title:
        raise RowError("title is missing")
    return title


def _gtin(fields: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the GTIN; a spreadsheet may have made a number with decimals of it."""
    gtin = first_text(fields, "gtin")
    return _WHOLE_DECIMALS.sub("", gtin) if gtin else None


def _address(fields: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    """Return the address in a field; a picture inside the address itself is none."""
    address = (first_text(fields, name) or "").replace("&amp;", "&")
    return address if address and not address.lower().startswith("data:") else None


def _id(fields: Mapping[str, tuple[str, ...]]) -> str:
    product_id = _required(fields, "id")
    size = len(product_id.encode())
    if size > MAX_ID_BYTES:
        raise RowError(f"id is {size} bytes long; Elasticsearch takes {MAX_ID_BYTES}")
    return product_id


def _price(fields: Mapping[str, tuple[str, ...]], now: datetime) -> Price | None:
    """Return the sale price if there is a sale, or else the price.

    Whatever is wrong with a sale costs the sale price alone.
    """
    price = read_price(fields, "price")
    try:
        return sale_price(fields, price, now) or price
    except RowError:
        if price is None:
            raise
        return price


def sale_price(
    fields: Mapping[str, tuple[str, ...]], price: Price | None, now: datetime
) -> Price | None:
    """Return the sale price, or ``None`` if the row has no sale at ``now``.

    :raises RowError: if the sale price or its dates are wrong.
    """
    sale = read_price(fields, "sale_price")
    if sale is None or not sale.amount:
        return None
    if price is not None and price.currency not in (None, sale.currency):
        raise RowError(f"sale_price is in {sale.currency}, price in {price.currency}")
    if price is not None and sale.amount >= price.amount:
        return None
    ends = (first_text(fields, name) for name in READ_FROM["price"][2:])
    period, start, end = ends
    try:
        return sale if is_sale_on(period, start, end, now) else None
    except ValueError as error:
        dates = next(filter(None, (period, start, end)), "")
        raise RowError(f"the date of sale_price {dates[:60]!r} {error}") from None


def read_price(fields: Mapping[str, tuple[str, ...]], name: str) -> Price | None:
    """Return the price in the field ``name``, or ``None`` if the field is empty.

    :raises RowError: if the value is not a price.
    """
    text = first_text(fields, name)
    if text is None:
        return None
    try:
        return parse_price(text, _likely_currency(fields))
    except ValueError as error:
        raise RowError(f"{name} {text[:60]!r} {error}") from None


def _likely_currency(fields: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the currency of the row's own column, or else of its country."""
    written = (first_text(fields, "currency") or "")[:_MAX_CURRENCY_CHARACTERS]
    if written:
        code = next(iter(currency_codes(single_line(written))), written.upper())
        return code if code != UNKNOWN else None
    countries = (first_text(fields, name) for name in _COUNTRIES)
    return next((c for text in countries if text and (c := currency_of_country(text))), None)


def _categories(fields: Mapping[str, tuple[str, ...]]) -> tuple[Path, ...]:
    try:
        return category_paths(fields)
    except ValueError as error:
        raise RowError(f"the row {error}") from None


def _attributes(row: RawRow) -> dict[str, tuple[str, ...]]:
    texts = {name: v for name, v in row.fields.items() if use_of_name(name)[0] == "attribute"}
    for name, values in row.attributes.items():
        texts[name] = texts.get(name, ()) + values
    return {
        facet: distinct
        for name, values in texts.items()
        if (facet := single_line(name)) and (distinct := _distinct_facet_texts(values))
    }


def _distinct_facet_texts(values: tuple[str, ...]) -> tuple[str, ...]:
    texts = [single_line(value) for value in values if not _ADDRESS.fullmatch(value)]
    return tuple(dict.fromkeys(filter(None, texts)))
