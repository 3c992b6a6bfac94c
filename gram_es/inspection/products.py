"""Look up one product with its codes, and the products that share most of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.bulk import held
from gram_es.index.documents import RECORD_FIELDS, product_from_document
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.index.slots import codes_field
from gram_es.inspection.origins import Origin, origins, rules_of_product
from gram_es.overrides.rules import Override
from gram_es.records import Product

_NEIGHBOURS: Final = 8
_NOT_READ: Final = ["gram.*.vector", "stems", "row_hash"]


@dataclass(frozen=True, slots=True)
class SlotCodes:
    """The codes of one slot; a product that is not ``enriched`` has not been through its model."""

    slot: str
    live: bool
    enriched: bool
    codes: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another product, and the live codes that both carry."""

    product: Product
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductSheet:
    """What the index holds of a product, its live slot first.

    ``postings`` counts the products that carry each of its live codes, itself included. ``feed``
    is the row that it came from.
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
) -> ProductSheet | None:
    """Return what ``index`` holds of a product, ``None`` where it has none of that id.

    :param rules: the overrides in force.
    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    found = live_index(client, index)
    source = _source(client, found.index, product_id)
    if source is None:
        return None
    own_rules = rules_of_product(rules, product_id)
    codes = source.get("gram", {}).get(found.live_slot, {}).get("codes", [])
    neighbours, postings = _sharing(client, found, product_id, codes) if codes else ((), {})
    return ProductSheet(
        product=product_from_document(source),
        index=found.index,
        slots=_slots(found, source, own_rules),
        feed=source.get("feed", {}),
        rules=own_rules,
        neighbours=neighbours,
        postings=postings,
    )


def _source(client: Elasticsearch, index: str, product_id: str) -> Mapping[str, Any] | None:
    """Return the document as it is now: a lock shows at once, not only after a refresh."""
    with cluster_errors(f"look up a product in {index}"):
        answer = client.mget(index=index, ids=[product_id], source_excludes=_NOT_READ)
    return next((document["_source"] for document in held(answer["docs"], index)), None)


def _slots(
    found: LiveIndex, source: Mapping[str, Any], rules: Sequence[Override]
) -> tuple[SlotCodes, ...]:
    names = sorted(found.slots, key=lambda slot: (slot != found.live_slot, slot))
    held = {slot: source.get("gram", {}).get(slot, {}) for slot in names}
    text = source.get("text", "")
    return tuple(
        SlotCodes(slot, slot == found.live_slot, "model" in fields, origins(fields, text, rules))
        for slot, fields in held.items()
    )


def _sharing(
    client: Elasticsearch, found: LiveIndex, product_id: str, codes: Sequence[str]
) -> tuple[tuple[Neighbour, ...], dict[str, int]]:
    assert found.live_slot is not None
    field_name = codes_field(found.live_slot)
    with cluster_errors(f"look for products that share codes in {found.index}"):
        answer = client.search(
            index=found.index,
            query={
                "bool": {
                    "should": [_carries(field_name, code) for code in codes],
                    "must_not": [{"ids": {"values": [product_id]}}],
                    "minimum_should_match": 1,
                }
            },
            sort=[{"_score": "desc"}, {"id": "asc"}],
            size=_NEIGHBOURS,
            track_total_hits=False,
            source_includes=[*RECORD_FIELDS, field_name],
            aggs={"codes": {"terms": {"field": field_name, "include": codes, "size": len(codes)}}},
        )
    others = {held["key"]: held["doc_count"] for held in answer["aggregations"]["codes"]["buckets"]}
    neighbours = tuple(
        _neighbour(hit["_source"], found.live_slot, codes) for hit in answer["hits"]["hits"]
    )
    return neighbours, {code: 1 + others.get(code, 0) for code in codes}


def _carries(field_name: str, code: str) -> dict[str, Any]:
    return {"constant_score": {"filter": {"term": {field_name: code}}}}


def _neighbour(source: Mapping[str, Any], slot: str, codes: Sequence[str]) -> Neighbour:
    theirs = source["gram"][slot]["codes"]
    return Neighbour(product_from_document(source), tuple(code for code in codes if code in theirs))
