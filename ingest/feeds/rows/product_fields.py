"""Build products from raw rows of any format: names, values, and reasons to reject a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from gram_es.records import MAX_ID_BYTES, Product
from ingest.feeds.rows.category_paths.categories import (
    CATEGORY_COLUMNS,
    Path,
    category_paths,
    category_texts,
)
from ingest.feeds.rows.field_names import PRICES, READ_FROM, field_name, use_of_name
from ingest.feeds.rows.for_sale.availability import read_availability
from ingest.feeds.rows.ids import damage_of, is_cell_error
from ingest.feeds.rows.markup import single_line, without_markup
from ingest.feeds.rows.money.currencies import UNKNOWN, currency_codes, currency_of_country
from ingest.feeds.rows.money.prices import Price, parse_price
from ingest.feeds.rows.money.sales import is_sale_on
from ingest.feeds.rows.nested_values import CURRENCIES, amount_text, nested_price, nested_text
from ingest.feeds.rows.records import RawRow
from ingest.feeds.rows.values import ExponentialNumber, as_texts, attribute_pairs

Texts = dict[str, tuple[str, ...]]
MAX_ROW_CHARACTERS = 1 << 20

_COUNTRIES = ("target_country", "feed_country", "country", "locale")
_MAX_CURRENCY_CHARACTERS = 16
_WHOLE_DECIMALS = re.compile(r"(?<=\d)[.,]0+$")
_ADDRESS = re.compile(r"(?:https?://|data:)\S+", re.IGNORECASE)


class RowError(ValueError):
    """No product can be built from a row; the message is the reason to report."""


class SaleDateError(RowError):
    """The dates of a sale cannot be read; that never costs the product."""


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
            text, key = _nested(name, value)
            if text:
                fields[name] = (text,)
                origins[name] = f"{written}.{key}"
                value = {k: v for k, v in value.items() if k not in (key, *CURRENCIES)}
            attributes.update(attribute_pairs({written: value}))
        else:
            fields[name] = _field_texts(name, value)
            origins[name] = written
    return RawRow(line, fields, attributes, excerpt, origins)


def _nested(name: str, value: Mapping[str, object]) -> tuple[str, str]:
    """Return the text that an object states for a field, and its key; empty for an attribute."""
    if name in PRICES:
        return nested_price(value)
    return nested_text(name, value) if use_of_name(name)[0] == "field" else ("", "")


def _field_texts(name: str, value: object) -> tuple[str, ...]:
    if name == "id" and isinstance(value, ExponentialNumber):
        return (value.text,)
    return _price_texts(value) if name in PRICES else as_texts(value)


def _price_texts(value: object) -> tuple[str, ...]:
    """Return a price of JSON as text, that of the first object in a list."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return (nested_price(value[0])[0],)
    return (amount_text(value),) if isinstance(value, float) else as_texts(value)


def build_product(row: RawRow, now: datetime | None = None) -> Product:
    """Return the product of a row.

    If a sale price is in force at ``now`` (by default the current time), it is the product's price.
    A GTIN with a wrong check digit is stored unchanged, an unknown availability in lower case.

    :raises RowError: if a required value is missing, or a value is invalid.
    """
    text = _text_of(row)
    if "#" in text or "Err:" in text:
        row = _without_cell_errors(row)
    fields = row.fields
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


def _text_of(row: RawRow) -> str:
    """Return all texts of a row as one.

    :raises RowError: if it is too long or no valid text.
    """
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
    return joined


def _without_cell_errors(row: RawRow) -> RawRow:
    """Return the row without texts such as ``#N/A``; they stay in prices and the id."""
    kept = {"id", *PRICES}
    texts = {name: values for name, values in row.fields.items() if name not in kept}
    if not any(
        map(is_cell_error, chain.from_iterable((*texts.values(), *row.attributes.values())))
    ):
        return row
    return replace(
        row,
        fields={**row.fields, **_without_errors(texts)},
        attributes=_without_errors(row.attributes),
    )


def _without_errors(texts: Mapping[str, tuple[str, ...]]) -> Texts:
    return {
        name: tuple(v for v in values if not is_cell_error(v)) for name, values in texts.items()
    }


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


def _check_is_one(fields: Mapping[str, tuple[str, ...]], name: str) -> None:
    """Check that a field has one value; a guess among several would be wrong in silence.

    :raises RowError: if it has several.
    """
    first, *others = dict.fromkeys(filter(None, fields[name]))
    if others:
        raise RowError(f"{name} has two values, {first[:60]!r} and {others[0][:60]!r}; keep one")


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
    _check_is_one(fields, "id")
    if damage := damage_of(product_id):
        raise RowError(f"id {product_id[:60]!r} {damage}")
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
    except SaleDateError:
        return price
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
    if price is not None and sale.currency is None:
        sale = replace(sale, currency=price.currency)
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
        raise SaleDateError(f"the date of sale_price {dates[:60]!r} {error}") from None


def read_price(fields: Mapping[str, tuple[str, ...]], name: str) -> Price | None:
    """Return the price in the field ``name``, or ``None`` if the field is empty.

    :raises RowError: if the value is not a price.
    """
    text = first_text(fields, name)
    if text is None:
        return None
    _check_is_one(fields, name)
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
