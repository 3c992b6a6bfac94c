"""Look up one product with its codes, and the products that share the most codes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.bulk import found_documents
from gram_es.index.documents import RECORD_FIELDS, product_from_document
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.index.slots import codes_field
from gram_es.inspection.origins import CodeOrigin, code_origins, rules_of_product
from gram_es.overrides.rules import Override
from gram_es.records import Product

_NEIGHBOURS: Final = 8
_NOT_READ: Final = ["gram.*.vector", "stems", "row_hash"]


@dataclass(frozen=True, slots=True)
class SlotCodes:
    """The codes of one product in one slot of the index.

    A slot contains the codes of one model. ``enriched`` is true if this model has processed the
    product.
    """

    slot: str
    is_live: bool
    enriched: bool
    codes: tuple[CodeOrigin, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another product, and the codes in the live slot that both products have."""

    product: Product
    shared_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductReport:
    """A report on one product: what the index stores for it.

    ``slots`` contains the product's codes in each slot, the live slot first. ``feed`` says from
    which feed, ingest run and row the product was read. ``rules`` are the overrides that change the
    product's codes. ``neighbours`` are the products that share the most codes with it. ``postings``
    maps each code that the product has in the live slot to the number of products that have the
    code, including this product.
    """

    product: Product
    index: str
    slots: tuple[SlotCodes, ...]
    feed: Mapping[str, Any]
    rules: tuple[Override, ...]
    neighbours: tuple[Neighbour, ...] = ()
    postings: Mapping[str, int] = field(default_factory=dict)


def read_product(
    client: Elasticsearch, index: str, product_id: str, rules: Sequence[Override]
) -> ProductReport | None:
    """Return the report on a product of ``index``; ``None`` if there is no product with this id.

    :param rules: all current overrides.
    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    live = live_index(client, index)
    source = _read_source(client, live.index, product_id)
    if source is None:
        return None
    product_rules = rules_of_product(rules, product_id)
    codes = source.get("gram", {}).get(live.live_slot, {}).get("codes", [])
    neighbours, postings = _read_neighbours(client, live, product_id, codes) if codes else ((), {})
    return ProductReport(
        product=product_from_document(source),
        index=live.index,
        slots=_slot_codes(live, source, product_rules),
        feed=source.get("feed", {}),
        rules=product_rules,
        neighbours=neighbours,
        postings=postings,
    )


def _read_source(client: Elasticsearch, index: str, product_id: str) -> Mapping[str, Any] | None:
    """Return the product's document, or ``None`` if there is none.

    The document is read with a multi-get. Unlike a search, a multi-get returns recent changes, such
    as a new lock, even before the index is refreshed.
    """
    with cluster_errors(f"look up a product in {index}"):
        answer = client.mget(index=index, ids=[product_id], source_excludes=_NOT_READ)
    return next((document["_source"] for document in found_documents(answer["docs"], index)), None)


def _slot_codes(
    live: LiveIndex, source: Mapping[str, Any], rules: Sequence[Override]
) -> tuple[SlotCodes, ...]:
    names = sorted(live.slots, key=lambda slot: (slot != live.live_slot, slot))
    by_slot = {slot: source.get("gram", {}).get(slot, {}) for slot in names}
    text = source.get("text", "")
    return tuple(
        SlotCodes(
            slot, slot == live.live_slot, "model" in fields, code_origins(fields, text, rules)
        )
        for slot, fields in by_slot.items()
    )


def _read_neighbours(
    client: Elasticsearch, live: LiveIndex, product_id: str, codes: Sequence[str]
) -> tuple[tuple[Neighbour, ...], dict[str, int]]:
    """Return the other products with the most of ``codes``, and product counts by code.

    The product count of a code is the number of products that have the code, including the product
    ``product_id``.
    """
    assert live.live_slot is not None
    codes_of_slot = codes_field(live.live_slot)
    with cluster_errors(f"look for products that share codes in {live.index}"):
        answer = client.search(
            index=live.index,
            query={
                "bool": {
                    "should": [_has_code(codes_of_slot, code) for code in codes],
                    "must_not": [{"ids": {"values": [product_id]}}],
                    "minimum_should_match": 1,
                }
            },
            sort=[{"_score": "desc"}, {"id": "asc"}],
            size=_NEIGHBOURS,
            track_total_hits=False,
            source_includes=[*RECORD_FIELDS, codes_of_slot],
            aggs={
                "codes": {"terms": {"field": codes_of_slot, "include": codes, "size": len(codes)}}
            },
        )
    buckets = answer["aggregations"]["codes"]["buckets"]
    others = {bucket["key"]: bucket["doc_count"] for bucket in buckets}
    neighbours = tuple(
        _neighbour(hit["_source"], live.live_slot, codes) for hit in answer["hits"]["hits"]
    )
    return neighbours, {code: 1 + others.get(code, 0) for code in codes}


def _has_code(field_name: str, code: str) -> dict[str, Any]:
    return {"constant_score": {"filter": {"term": {field_name: code}}}}


def _neighbour(source: Mapping[str, Any], slot: str, codes: Sequence[str]) -> Neighbour:
    other_codes = source["gram"][slot]["codes"]
    shared = tuple(code for code in codes if code in other_codes)
    return Neighbour(product_from_document(source), shared)
