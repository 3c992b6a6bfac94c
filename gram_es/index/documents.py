"""A product as a document of the index, and back; pure."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gram_es.overrides.products import FREE, ProductRules
from gram_es.records import Enrichment, Product
from gram_es.text.product import OFFER_FIELDS, compared_words, search_text
from mappings import SCHEMA

_PLAIN_FIELDS = (
    "id",
    "title",
    "brand",
    "description",
    "price",
    "currency",
    "availability",
    "gtin",
    "mpn",
    "link",
    "image_link",
)
RECORD_FIELDS = (*_PLAIN_FIELDS, "category", "attributes")
"""Of a document, what :func:`product_from_document` reads."""

OFFER_UPDATE_FIELDS = ("price", "currency", "availability")
"""What a shop changes every night; nothing else of a document is derived from it."""

# Of what is derived from a row: raised with it, so that unchanged rows are written again.
_FORM = 3
_DIGEST_CHARS = 32
_GROUP = "item_group_id"
_MAX_GROUP_CHARS = 512
_MAX_VALUE_CHARS = 64  # a longer one is no choice that a shopper makes
_PAIR = "\x1f"
_BLANKS_AND_DASHES = re.compile(r"[\s\-‐-―]+")


@dataclass(frozen=True)
class FeedPosition:
    """Where a document comes from; ``(run, row)`` orders all rows.

    ``at`` and ``added``, when its product first came in, are ISO 8601; a product that is new came
    in at ``at``.
    """

    source: str
    run: int
    row: int
    at: str
    added: str | None = None


def build_document(
    product: Product,
    *,
    enrichment: Enrichment | None,
    slot: str,
    fingerprint: str,
    feed: FeedPosition,
    rules: ProductRules = FREE,
) -> dict[str, Any]:
    """Return the document of a product; without an enrichment it has no codes yet.

    :param rules: what overrides make of the enrichment's codes.
    """
    document = {
        **_product_fields(product),
        "feed": {**asdict(feed), "added": feed.added or feed.at},
    }
    if enrichment is not None:
        document["gram"] = {slot: slot_value(enrichment, fingerprint, rules)}
    return document


def rebuild_document(source: Mapping[str, Any], *, slots: Collection[str]) -> dict[str, Any]:
    """Return a document of whatever schema as it would be built now, from what the shop wrote.

    Its place in the feeds and the codes of ``slots`` stay as they are.
    """
    gram = {slot: held for slot, held in source.get("gram", {}).items() if slot in slots}
    kept = {"feed": source.get("feed"), "gram": gram}
    fields = _product_fields(product_from_document(source))
    return {**fields, **{name: value for name, value in kept.items() if value}}


def _product_fields(product: Product) -> dict[str, Any]:
    """Return what a document has of its product alone: the record, and what is derived of it."""
    fields = {
        **_record(product),
        "category_path": " > ".join(product.category) or None,
        "identifiers": identifiers(product),
        "text": search_text(product),
        "stems": _as_binary(compared_words(product).encode("utf-8", "replace")),
        "group": group_of(product),
        "attribute_values": attribute_values(product),
        "row_hash": row_hash(product),
    }
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def slot_value(
    enrichment: Enrichment, fingerprint: str, rules: ProductRules = FREE
) -> dict[str, Any]:
    """Return what stands under ``gram.<slot>`` of a document.

    ``own`` is there only where the rules change the model's codes.
    """
    codes = rules.codes_of(enrichment.codes)
    return {
        **{name: value for name, value in codes.items() if value is not None},
        "vector": _as_binary(enrichment.vector),
        "input": enrichment.input_hash,
        "model": fingerprint,
    }


def _as_binary(held: bytes) -> str:
    """Return what a field of the type ``binary`` takes.

    It reads a thousand hits in half the time of a keyword, whose values lie compressed by blocks.
    """
    return base64.b64encode(held).decode("ascii")


def row_hash(product: Product) -> str:
    """Return a hash of the whole record and of the schema: equal rows make equal documents.

    Its beginning leaves out what the offer's fields hold, but not which of them hold something.
    """
    record = _record(product)
    offer = {name: record.pop(name) for name in OFFER_UPDATE_FIELDS}
    offered = [name for name, value in offer.items() if value is not None]
    return _digest([SCHEMA, _FORM, record, offered]) + _digest(offer)


def is_other_offer(row_hash: str, other: str) -> bool:
    """Tell whether rows of these hashes differ in the values of the offer's fields alone."""
    return row_hash != other and row_hash[:_DIGEST_CHARS] == other[:_DIGEST_CHARS]


def offer_update(product: Product, row_hash: str, feed: FeedPosition) -> dict[str, Any]:
    """Return what turns the document of :func:`is_other_offer`'s row into this product's."""
    offer = {name: getattr(product, name) for name in OFFER_UPDATE_FIELDS}
    given = {name: value for name, value in offer.items() if value is not None}
    return {**given, "row_hash": row_hash, "feed": asdict(feed)}


def _digest(record: object) -> str:
    told = json.dumps(record, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=_DIGEST_CHARS // 2).hexdigest()


def group_of(product: Product) -> str:
    """Return what the variants of one product have in common; the id of a product by itself."""
    group = next(iter(product.attributes.get(_GROUP, ())), "")
    return group if 0 < len(group) <= _MAX_GROUP_CHARS else product.id


def attribute_values(product: Product) -> list[str]:
    """Return the attributes that a shopper may choose by, each name with each of its values."""
    return [
        f"{name}{_PAIR}{value}"
        for name, values in _record(product)["attributes"].items()
        for value in values
        if name not in OFFER_FIELDS
        and _PAIR not in name
        and len(name) + len(value) <= _MAX_VALUE_CHARS
    ]


def read_attribute_value(kept: str) -> tuple[str, str]:
    """Return the name and the value of one of :func:`attribute_values`."""
    name, _, value = kept.partition(_PAIR)
    return name, value


def identifiers(product: Product) -> list[str]:
    """Return the product's id, GTIN and MPN as :func:`identifier_key` writes them."""
    keys = (identifier_key(value) for value in (product.id, product.gtin, product.mpn) if value)
    return [key for key in dict.fromkeys(keys) if key]


def identifier_key(text: str) -> str:
    """Return ``text`` in lower case without blanks and dashes, as part numbers are compared."""
    return _BLANKS_AND_DASHES.sub("", text).lower()


def product_from_document(source: Mapping[str, Any]) -> Product:
    """Return the product as the shop wrote it, from a document's ``_source``."""
    plain: dict[str, Any] = {name: source.get(name) for name in _PLAIN_FIELDS}
    attributes = {name: tuple(values) for name, values in source.get("attributes", {}).items()}
    return Product(**plain, category=tuple(source.get("category", ())), attributes=attributes)


def _record(product: Product) -> dict[str, Any]:
    plain = {name: getattr(product, name) for name in _PLAIN_FIELDS}
    # A NUL in a name is the one thing that Elasticsearch refuses of a flattened field.
    attributes = {
        name.replace("\0", ""): list(values) for name, values in product.attributes.items()
    }
    return {**plain, "category": list(product.category), "attributes": attributes}
