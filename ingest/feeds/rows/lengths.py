"""The longest values of a product; no shop needs longer ones, and requests stay small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gram_es.records import Product
from ingest.feeds.rows.product_fields import RowError

MAX_CHARACTERS: Mapping[str, int] = {
    "title": 8_192,
    "brand": 1_024,
    "description": 524_288,
    "currency": 64,
    "availability": 1_024,
    "gtin": 1_024,
    "mpn": 1_024,
    "link": 8_192,
    "image_link": 8_192,
}
MAX_ATTRIBUTES = 10_000
_MAX_CATEGORY_CHARACTERS = 1_024
_MAX_NAME_CHARACTERS = 512  # Elasticsearch rejects a document with a name of 32,766 bytes
_MAX_VALUE_CHARACTERS = 32_000
_SHOWN_CHARACTERS = 20


def check_lengths(product: Product) -> None:
    """Check that no value of a product is longer than allowed.

    :raises RowError: with the field, its length and the limit.
    """
    for part, text, limit in _texts(product):
        if len(text) > limit:
            raise RowError(f"{part} has {len(text):,} characters; at most {limit:,} are allowed")
    values = sum(len(values) for values in product.attributes.values())
    if values > MAX_ATTRIBUTES:
        raise RowError(
            f"the row has {values:,} values of attributes; at most {MAX_ATTRIBUTES:,} are allowed"
        )


def _texts(product: Product) -> Iterator[tuple[str, str, int]]:
    """Yield every text of a product with its name and its limit."""
    for field, limit in MAX_CHARACTERS.items():
        yield field, getattr(product, field) or "", limit
    for path in product.category_paths:
        for name in path:
            yield f"category {_short(name)}", name, _MAX_CATEGORY_CHARACTERS
    for name, values in product.attributes.items():
        yield f"the name of an attribute {_short(name)}", name, _MAX_NAME_CHARACTERS
        for value in values:
            yield f"attribute {name[:_SHOWN_CHARACTERS]}", value, _MAX_VALUE_CHARACTERS


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}...")
