"""Convert products to documents of the index and back, without any request to the cluster."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gram_es.codes.stored_codes import with_weights
from gram_es.overrides.products import NO_RULES, ProductRules
from gram_es.records import Enrichment, Product
from gram_es.text.identifiers import product_identifiers
from gram_es.text.product import OFFER_FIELDS, rerank_stems, search_text
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
RECORD_FIELDS = (*_PLAIN_FIELDS, "category_path", "attributes")
"""The fields of a document that :func:`product_from_document` reads."""

OFFER_UPDATE_FIELDS = ("price", "currency", "availability")
"""The offer fields, which a shop changes most often.

Of the other fields of a document, only ``row_hash`` depends on them.
"""

# Increase it whenever a field is derived in a new way; the next feed then rewrites all rows.
_DERIVATION_VERSION = 4
_DIGEST_CHARS = 32
_PATH_SEPARATOR = " > "
GROUP_ATTRIBUTE = "item_group_id"
"""The attribute that all variants of a product share."""
_MAX_GROUP_CHARS = 512
_MAX_VALUE_CHARS = 64  # of name and value together; shoppers do not filter by longer ones
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class FeedPosition:
    """The feed row from which a document was made.

    ``source`` is the feed's source, ``run`` the number of the ingest run, and ``row`` the number of
    the row in the feed; a greater ``(run, row)`` is newer. ``at`` is the time of this write, and
    ``added`` the time of the product's first write, both in ISO 8601. ``added`` is ``None`` for a
    new product.
    """

    source: str
    run: int
    row: int
    at: str
    added: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the value of the field ``feed`` of the document."""
        return vars(self).copy()


def build_document(
    product: Product,
    *,
    enrichment: Enrichment | None,
    slot: str,
    fingerprint: str,
    encoder: str = "",
    feed: FeedPosition,
    rules: ProductRules = NO_RULES,
) -> dict[str, Any]:
    """Return the document of a product.

    :param enrichment: what the model adds to the product; with ``None``, the document has no codes.
    :param slot: the slot of the model that made the enrichment.
    :param fingerprint: the fingerprint of this model.
    :param encoder: the fingerprint of this model's encoder.
    :param rules: the overrides to apply to the enrichment's codes.
    """
    document = {
        **_product_fields(product),
        "feed": {**feed.to_json(), "added": feed.added or feed.at},
    }
    if enrichment is not None:
        document["gram"] = {slot: slot_value(enrichment, fingerprint, encoder, rules)}
    return document


def rebuild_document(source: Mapping[str, Any], *, slots: Collection[str]) -> dict[str, Any]:
    """Convert a document of any schema version to the current version, and return it.

    The fields that depend on the product alone are built from the shop's own fields. The feed
    position and the codes in ``slots`` are copied unchanged; codes in other slots are dropped.

    :param source: the ``_source`` of the document.
    """
    gram = weighted_slots(source, slots)
    copied = {"feed": source.get("feed"), "gram": gram}
    fields = _product_fields(product_from_document(source))
    return {**fields, **{name: value for name, value in copied.items() if value}}


def weighted_slots(source: Mapping[str, Any], slots: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the value of the field ``gram`` of a read document, with the weights of all codes.

    Newer versions of Elasticsearch leave the weights out of a document that they return, so a
    document that is written whole needs them again.

    :param source: the ``_source`` of the document.
    :param slots: the slots to return, where the document has them.
    """
    gram = source.get("gram", {})
    return {slot: with_weights(fields) for slot, fields in gram.items() if slot in slots}


def slot_fields(source: Mapping[str, Any], slot: str) -> Mapping[str, Any]:
    """Return the fields of a slot of a read document; empty if there are none.

    A shop may write ``null`` into a document of its own, to remove codes.
    """
    gram = source.get("gram")
    fields = gram.get(slot) if isinstance(gram, Mapping) else None
    return fields if isinstance(fields, Mapping) else {}


def _product_fields(product: Product) -> dict[str, Any]:
    """Return the product's own fields and the document's fields that are derived from these."""
    fields = {
        **_record(product),
        "category": list(product.category_names),
        "category_path": path_prefixes(product.category_paths),
        "identifiers": product_identifiers(product),
        "text": search_text(product),
        "stems": _as_binary(rerank_stems(product).encode("utf-8", "replace")),
        "group": group_of(product),
        "attribute_values": attribute_values(product),
        "row_hash": row_hash(product),
    }
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def slot_value(
    enrichment: Enrichment, fingerprint: str, encoder: str, rules: ProductRules = NO_RULES
) -> dict[str, Any]:
    """Return the value of ``gram.<slot>`` in a document.

    The codes and their weights are those after the overrides in ``rules``. If these differ from the
    model's codes, ``own`` contains the model's codes; otherwise there is no ``own``.

    :param fingerprint: the fingerprint of the model.
    :param encoder: the fingerprint of the model's encoder, which determines the vector.
    """
    codes = rules.slot_fields(enrichment.codes)
    return {
        **{name: value for name, value in codes.items() if value is not None},
        "vector": _as_binary(enrichment.vector),
        "input": enrichment.input_hash,
        "model": fingerprint,
        "encoder": encoder,
    }


def stored_input_hash(slot_fields: Mapping[str, Any]) -> str | None:
    """Return the input hash of an enriched slot, or ``None`` if the slot has to be filled.

    A slot without a fingerprint of the encoder was written by an older gram-es and has no weights.
    """
    return slot_fields.get("input") if "encoder" in slot_fields else None


def stored_vector(slot_fields: Mapping[str, Any]) -> bytes:
    """Return the vector that a slot contains."""
    return base64.b64decode(slot_fields["vector"])


def _as_binary(content: bytes) -> str:
    """Return ``content`` in Base64, as the value of a field of the type ``binary``.

    Reading a binary field for a thousand hits takes half the time of reading a keyword field, which
    is compressed in blocks.
    """
    return base64.b64encode(content).decode("ascii")


def row_hash(product: Product) -> str:
    """Return a hash of the product's fields and the schema; equal hashes mean equal documents.

    The offer fields are price, currency and availability. The second half of the hash covers their
    values. The first half covers all other fields, and the names of the offer fields that have a
    value.
    """
    record = {**_record(product), "categories": product.category_paths}
    offer = {name: record.pop(name) for name in OFFER_UPDATE_FIELDS}
    present = [name for name, value in offer.items() if value is not None]
    return _digest([SCHEMA, _DERIVATION_VERSION, record, present]) + _digest(offer)


def differs_only_in_offer(row_hash: str, other: str) -> bool:
    """Return whether two rows differ only in the values of their offer fields.

    The arguments are the hashes of the two rows by :func:`row_hash`.
    """
    return row_hash != other and row_hash[:_DIGEST_CHARS] == other[:_DIGEST_CHARS]


def offer_update(product: Product, row_hash: str, feed: FeedPosition) -> dict[str, Any]:
    """Return the partial document that updates the stored offer fields to those of ``product``.

    Use it only if :func:`differs_only_in_offer` is true for the stored and the new row. Otherwise
    other fields would keep their old values.
    """
    offer = {name: getattr(product, name) for name in OFFER_UPDATE_FIELDS}
    present = {name: value for name, value in offer.items() if value is not None}
    return {**present, "row_hash": row_hash, "feed": feed.to_json()}


def _digest(record: object) -> str:
    text = json.dumps(record, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=_DIGEST_CHARS // 2).hexdigest()


def group_of(product: Product) -> str:
    """Return the group id that all variants of a product share, or else the product's id."""
    group = next(iter(product.attributes.get(GROUP_ATTRIBUTE, ())), "")
    return group if 0 < len(group) <= _MAX_GROUP_CHARS else product.id


def attribute_values(product: Product) -> list[str]:
    """Return the attributes that a shopper can filter by, each name and value as one string."""
    return [
        f"{name}{_SEPARATOR}{value}"
        for name, values in _record(product)["attributes"].items()
        for value in values
        if name not in OFFER_FIELDS
        and _SEPARATOR not in name
        and len(name) + len(value) <= _MAX_VALUE_CHARS
    ]


def parse_attribute_values(values: Iterable[str]) -> list[tuple[str, str]]:
    """Return the name and the value of each string that :func:`attribute_values` encoded."""
    parts = (value.partition(_SEPARATOR) for value in values)
    return [(name, value) for name, _, value in parts]


def path_prefixes(paths: Iterable[tuple[str, ...]]) -> list[str]:
    """Return every category path and each of its beginnings, the names joined by ``>``.

    A filter on ``Women > Shoes`` thus matches ``Women > Shoes > Boots``, but not ``Men > Shoes``.
    """
    prefixes = (path[:end] for path in paths for end in range(1, len(path) + 1))
    return list(dict.fromkeys(map(_PATH_SEPARATOR.join, prefixes)))


def paths_from_document(source: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return the category paths in a document's ``_source``, the main one first."""
    stored = source.get("category_path", ())
    # A document of an older schema has its only path as one text.
    texts = [stored] if isinstance(stored, str) else list(stored)
    beginnings = {text.rpartition(_PATH_SEPARATOR)[0] for text in texts}
    return tuple(tuple(t.split(_PATH_SEPARATOR)) for t in texts if t not in beginnings)


def product_from_document(source: Mapping[str, Any]) -> Product:
    """Return the product as the shop wrote it, from a document's ``_source``."""
    plain: dict[str, Any] = {name: source.get(name) for name in _PLAIN_FIELDS}
    attributes = {name: tuple(values) for name, values in source.get("attributes", {}).items()}
    category, *others = paths_from_document(source) or ((),)
    return Product(
        **plain, category=category, other_categories=tuple(others), attributes=attributes
    )


def _record(product: Product) -> dict[str, Any]:
    plain = {name: getattr(product, name) for name in _PLAIN_FIELDS}
    # A field of the type flattened accepts every name that has no NUL character.
    attributes = {
        name.replace("\0", ""): list(values) for name, values in product.attributes.items()
    }
    return {**plain, "attributes": attributes}
