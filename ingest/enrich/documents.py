"""Read products from the documents of a shop's own index (no I/O)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from gram_es.migration.fill_slot import DocumentReader, UnreadableProductError
from gram_es.records import Product
from gram_es.text.product import rerank_stems
from ingest.feeds.rows.field_names import PRICES, READ_FROM
from ingest.feeds.rows.index_document import mapped_document, without_measures
from ingest.feeds.rows.lengths import check_lengths
from ingest.feeds.rows.mapping_file import FieldMapping
from ingest.feeds.rows.product_fields import RowError, build_product, row_from_object
from ingest.feeds.rows.reader import with_known_names
from ingest.feeds.rows.records import InvalidRow

_ANY_ID = "id"
_GRAM = "gram"
# What the model does not read, so that no fault in it costs a product its codes.
_UNREAD = frozenset(
    {*PRICES, *READ_FROM["price"], "currency", "availability", "gtin", "link", "image_link"}
)


def document_reader(mapping: FieldMapping) -> DocumentReader:
    """Return the reader of documents whose names ``mapping`` maps to the fields of a product."""
    return DocumentReader(partial(_product_of, mapping), (), _slot_fields)


def _slot_fields(product: Product) -> dict[str, Any]:
    stems = rerank_stems(product).encode("utf-8", "replace")
    return {"stems": base64.b64encode(stems).decode("ascii")}


def _product_of(mapping: FieldMapping, hit: Mapping[str, Any]) -> Product:
    """Return the product of a hit; its id is that of the document.

    :raises UnreadableProductError: if the document has no title, or may not be enriched.
    """
    source = hit.get("_source")
    if source is None:
        raise UnreadableProductError("the document has no _source")
    if not isinstance(source.get(_GRAM) or {}, Mapping):
        raise UnreadableProductError("its field gram is no object, and would be overwritten")
    others = {name: value for name, value in source.items() if name != _GRAM}
    document = mapped_document(others, mapping.names, mapping.language)
    document = {**without_measures(document, mapping.names), "id": _ANY_ID}
    row = with_known_names(mapping.apply(row_from_object(1, document, "")))
    if isinstance(row, InvalidRow):
        raise UnreadableProductError(row.reason)
    fields = {name: texts for name, texts in row.fields.items() if name not in _UNREAD}
    try:
        product = build_product(replace(row, fields={**fields, "id": (_ANY_ID,)}))
        check_lengths(product)
    except RowError as error:
        raise UnreadableProductError(str(error)) from None
    return replace(product, id=hit["_id"])
