"""Build products from raw rows of any format: names, values, and reasons to reject a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from gram_es.records import Product
from ingest.feeds.rows.prices import Price, is_in_force, parse_price
from ingest.feeds.rows.records import RawRow
from ingest.feeds.rows.values import as_texts, attribute_pairs, without_entities, without_markup

Texts = dict[str, tuple[str, ...]]

MAX_ID_BYTES = 512  # Elasticsearch rejects a longer _id
MAX_ROW_CHARACTERS = 1 << 20

# The fields of a product, each with the names in a feed from which it is read.
READ_FROM: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "title": ("title",),
    "brand": ("brand",),
    "category": ("category", "product_type", "google_product_category"),
    "description": ("description", "bullet_point"),
    "price": ("price", "sale_price", "sale_price_effective_date"),
    "currency": ("currency",),
    "availability": ("availability",),
    "gtin": ("gtin",),
    "mpn": ("mpn",),
    "link": ("link",),
    "image_link": ("image_link",),
}
# Names of Google Merchant or RSS that are of no use to a shopper who searches.
_OPERATIONAL = """
    additional_image_link ads_redirect adult adwords_redirect author auto_pricing_min_price
    availability_date canonical_link carrier_shipping checkout_link_template comments
    cost_of_goods_sold custom_label_0 custom_label_1 custom_label_2 custom_label_3 custom_label_4
    disclosure_date display_ads_id display_ads_link display_ads_similar_id display_ads_title
    display_ads_value enclosure excluded_destination expiration_date external_seller_id
    free_shipping_threshold guid handling_cutoff_time identifier_exists included_destination
    installment lifestyle_image_link link_template local_shipping_label loyalty_points
    loyalty_program max_handling_time maximum_retail_price min_handling_time minimum_order_value
    mobile_link mobile_link_template pause pickup_link_template pickup_method pickup_sla
    promotion_id pubdate published quantity return_policy_label sell_on_google_quantity shipping
    shipping_height shipping_label shipping_length shipping_weight shipping_width
    ships_from_country shopping_ads_excluded_country short_title source store_code
    subscription_cost tax tax_category transit_time_label unit_pricing_base_measure
    unit_pricing_measure updated video_link virtual_model_link
"""
# Names with parts, which a table writes into its header: ``shipping(country:price)``.
_WITH_PARTS = re.compile(
    r"(carrier_shipping|free_shipping_threshold|handling_cutoff_time|installment|loyalty_points"
    r"|loyalty_program|minimum_order_value|product_detail|shipping|subscription_cost|tax)_?\(.*\)"
)
OPERATIONAL = frozenset(_OPERATIONAL.split())
_NOT_ATTRIBUTES = OPERATIONAL.union(*READ_FROM.values())
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
    ``shipping(country:price)`` is ``shipping``.
    """
    name = written.strip().removeprefix("\ufeff").strip('"')
    if name.endswith("]"):
        name = name[name.rfind("[") + 1 : -1]
    name = _SEPARATORS.sub("_", name.strip().lower().removeprefix("g:"))
    return _WITH_PARTS.sub(r"\1", name)


def row_from_object(line: int, values: Mapping[str, object], excerpt: str) -> RawRow:
    """Return the row of a JSON object; the members of nested objects become attributes."""
    fields: Texts = {}
    attributes: Texts = {}
    origins: dict[str, str] = {}
    for written, value in values.items():
        if written == "attributes":
            attributes.update(attribute_pairs(value))
        elif isinstance(value, Mapping):
            attributes.update(attribute_pairs({written: value}))
        else:
            name = field_name(written)
            fields[name] = as_texts(value)
            origins[name] = written
    return RawRow(line, fields, attributes, excerpt, origins)


def with_google_names(row: RawRow) -> RawRow:
    """Return the row with ESCI names, such as ``product_title``, replaced by Google's names.

    If the row also has Google's name for a field, the ESCI name is not replaced.
    """
    if "product_id" not in row.fields and "product_title" not in row.fields:
        return row
    google = {esci: name for esci, name in _ESCI_NAMES.items() if name not in row.fields}
    fields = {google.get(name, name): values for name, values in row.fields.items()}
    origins = {google.get(name, name): row.origins.get(name, name) for name in row.fields}
    return replace(row, fields=fields, origins=origins)


def build_product(row: RawRow, now: datetime | None = None) -> Product:
    """Return the product of a row.

    If a sale price is in force at ``now`` (by default the current time), it is the product's price.
    A GTIN with a wrong check digit and an unknown availability are stored unchanged.

    :raises RowError: if a required value is missing, or a value is invalid.
    """
    fields = row.fields
    _check_text(row)
    price = _price(fields, now or datetime.now(UTC))
    return Product(
        id=_id(fields),
        title=_title(fields),
        brand=_normalise_facet_text(first_text(fields, "brand") or "") or None,
        category=_category(fields),
        description=_description(fields),
        price=price.amount if price else None,
        currency=price.currency if price else None,
        availability=_availability(fields),
        gtin=first_text(fields, "gtin"),
        mpn=first_text(fields, "mpn"),
        link=first_text(fields, "link"),
        image_link=first_text(fields, "image_link"),
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
    title = without_entities(_required(fields, "title"))
    if not title:
        raise RowError("title is missing")
    return title


def _id(fields: Mapping[str, tuple[str, ...]]) -> str:
    product_id = _required(fields, "id")
    size = len(product_id.encode())
    if size > MAX_ID_BYTES:
        raise RowError(f"id is {size} bytes long; Elasticsearch takes {MAX_ID_BYTES}")
    return product_id


def _price(fields: Mapping[str, tuple[str, ...]], now: datetime) -> Price | None:
    price, sale = (read_price(fields, name) for name in ("price", "sale_price"))
    if sale is not None and _sale_is_on(fields, now):
        price = Price(sale.amount, sale.currency or (price.currency if price else None))
    if price is None:
        return None
    currency = first_text(fields, "currency")
    return Price(price.amount, price.currency or (currency.upper() if currency else None))


def read_price(fields: Mapping[str, tuple[str, ...]], name: str) -> Price | None:
    """Return the price in the field ``name``, or ``None`` if the field is empty.

    :raises RowError: if the value is not a price.
    """
    text = first_text(fields, name)
    if text is None:
        return None
    try:
        return parse_price(text)
    except ValueError as error:
        raise RowError(f"{name} {text[:60]!r} {error}") from None


def _sale_is_on(fields: Mapping[str, tuple[str, ...]], now: datetime) -> bool:
    interval = first_text(fields, "sale_price_effective_date")
    try:
        return is_in_force(interval, now)
    except ValueError as error:
        raise RowError(f"sale_price_effective_date {interval!r} {error}") from None


def _availability(fields: Mapping[str, tuple[str, ...]]) -> str | None:
    written = first_text(fields, "availability")
    return _SEPARATORS.sub("_", written.lower()) if written else None


def _path(values: tuple[str, ...]) -> tuple[str, ...]:
    values = tuple(map(without_entities, values))
    if len(values) == 1:
        values = tuple(values[0].split(">"))
    return tuple(part for value in values if (part := _normalise_facet_text(value)))


def _normalise_facet_text(text: str) -> str:
    """Return a text with HTML entities decoded and single blanks, so that a URL can contain it."""
    return " ".join(without_entities(text).split())


def _category(fields: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the shop's own category path or, if there is none, Google's category path.

    If Google's category is only a number of its taxonomy, the path is empty.
    """
    if path := _path(fields.get("category", ())):
        return path
    if path := _path(fields.get("product_type", ())[:1]):
        return path
    google = _path(fields.get("google_product_category", ())[:1])
    return () if len(google) == 1 and google[0].isdecimal() else google


def _attributes(row: RawRow) -> dict[str, tuple[str, ...]]:
    texts = {name: values for name, values in row.fields.items() if name not in _NOT_ATTRIBUTES}
    for name, values in row.attributes.items():
        texts[name] = texts.get(name, ()) + values
    return {
        _normalise_facet_text(name): distinct
        for name, values in texts.items()
        if name and (distinct := _distinct_facet_texts(values))
    }


def _distinct_facet_texts(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_normalise_facet_text, values))))
