"""Statistics of codes: how many products have each code, and how much the slots differ.

A slot of the index contains the codes of one model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.documents import RECORD_FIELDS, product_from_document
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.index.scan import read_live_codes
from gram_es.index.slots import codes_field, inferred_field, model_field
from gram_es.records import Product

DRIFT_SAMPLE: Final = 1_000  # products; the share of differing ones is then accurate to .03
_WITHOUT_CODES: Final = 12
_SEED: Final = 11  # so that every call draws the same sample


@dataclass(frozen=True, slots=True)
class SlotStats:
    """The statistics of the codes in one slot.

    ``enriched`` is the number of products that the slot's model has processed. ``coded`` is the
    number of products that have at least one code in the slot. ``codes_per_product`` is the mean
    number of codes of these coded products, and ``inferred_per_product`` the mean number of codes
    that only the model states.
    """

    slot: str
    is_live: bool
    family: str
    enriched: int
    coded: int
    codes_per_product: float
    inferred_per_product: float


@dataclass(frozen=True, slots=True)
class Drift:
    """How much the codes of two slots differ, measured on a sample of products.

    ``sampled`` is the number of products in the sample; the models of both slots have processed all
    of these products. ``differing`` is the number of sampled products that have different codes in
    the two slots. ``overlap`` is the mean Jaccard index of the sampled products. The Jaccard index
    of a product is the number of its codes that are in both slots, divided by the number of its
    codes that are in at least one slot.
    """

    live_slot: str
    other_slot: str
    sampled: int
    differing: int
    overlap: float


@dataclass(frozen=True, slots=True)
class CodeStats:
    """The statistics of an index's codes.

    ``postings`` maps each code of the live slot to the number of products that have it.
    ``drifts`` compares the live slot with each other slot. ``products_without_codes`` contains a
    few products that have no codes in the live slot.
    """

    index: str
    products: int
    slots: tuple[SlotStats, ...]
    postings: Mapping[str, int]
    drifts: tuple[Drift, ...]
    products_without_codes: tuple[Product, ...] = ()

    @property
    def live_slot(self) -> SlotStats | None:
        """Return the statistics of the slot that searches use, if there is one."""
        return next((slot for slot in self.slots if slot.is_live), None)


def read_code_stats(client: Elasticsearch, index: str) -> CodeStats:
    """Return the statistics of the codes of ``index``.

    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    live = live_index(client, index)
    products, slots = _read_slots(client, live)
    slot = live.live_slot
    return CodeStats(
        index=live.index,
        products=products,
        slots=slots,
        postings=read_live_codes(client, live.index, slot) if slot else {},
        drifts=tuple(
            _read_drift(client, live.index, slot, other.slot)
            for other in slots
            if slot and not other.is_live
        ),
        products_without_codes=_read_without_codes(client, live.index, slot) if slot else (),
    )


def _read_slots(client: Elasticsearch, live: LiveIndex) -> tuple[int, tuple[SlotStats, ...]]:
    """Return the number of products and the statistics of each slot, the live slot first."""
    aggregations: dict[str, Any] = {}
    for slot in live.slots:
        field = codes_field(slot)
        aggregations[f"{slot}:enriched"] = {"filter": {"exists": {"field": model_field(slot)}}}
        aggregations[f"{slot}:coded"] = {
            "filter": {"exists": {"field": field}},
            "aggs": {
                "codes": {"value_count": {"field": field}},
                "inferred": {"value_count": {"field": inferred_field(slot)}},
            },
        }
    with cluster_errors(f"count the codes of {live.index}"):
        answer = client.search(index=live.index, size=0, track_total_hits=True, aggs=aggregations)
    names = sorted(live.slots, key=lambda slot: (slot != live.live_slot, slot))
    counts = answer.get("aggregations", {})
    stats = tuple(_slot_stats(live, slot, counts) for slot in names)
    return answer["hits"]["total"]["value"], stats


def _slot_stats(live: LiveIndex, slot: str, counts: Mapping[str, Any]) -> SlotStats:
    coded = counts[f"{slot}:coded"]
    return SlotStats(
        slot=slot,
        is_live=slot == live.live_slot,
        family=live.slots[slot].family,
        enriched=counts[f"{slot}:enriched"]["doc_count"],
        coded=coded["doc_count"],
        codes_per_product=coded["codes"]["value"] / max(1, coded["doc_count"]),
        inferred_per_product=coded["inferred"]["value"] / max(1, coded["doc_count"]),
    )


def _read_without_codes(client: Elasticsearch, index: str, slot: str) -> tuple[Product, ...]:
    with cluster_errors(f"look for products without codes in {index}"):
        answer = client.search(
            index=index,
            query={"bool": {"must_not": [{"exists": {"field": codes_field(slot)}}]}},
            sort=[{"id": "asc"}],
            size=_WITHOUT_CODES,
            track_total_hits=False,
            source_includes=[*RECORD_FIELDS],
        )
    return tuple(product_from_document(hit["_source"]) for hit in answer["hits"]["hits"])


def _read_drift(client: Elasticsearch, index: str, live_slot: str, other_slot: str) -> Drift:
    """Compare the codes of two slots on a random sample of products.

    Only products that the models of both slots have processed are sampled.
    """
    in_both = [{"exists": {"field": model_field(slot)}} for slot in (live_slot, other_slot)]
    random_score = {"seed": _SEED, "field": "_seq_no"}
    with cluster_errors(f"compare the slots of {index}"):
        answer = client.search(
            index=index,
            query={
                "function_score": {
                    "query": {"bool": {"filter": in_both}},
                    "random_score": random_score,
                    "boost_mode": "replace",
                }
            },
            size=DRIFT_SAMPLE,
            track_total_hits=False,
            source=False,
            docvalue_fields=[{"field": codes_field(slot)} for slot in (live_slot, other_slot)],
        )
    pairs = [
        (
            frozenset(hit.get("fields", {}).get(codes_field(live_slot), ())),
            frozenset(hit.get("fields", {}).get(codes_field(other_slot), ())),
        )
        for hit in answer["hits"]["hits"]
    ]
    return measure_drift(live_slot, other_slot, pairs)


def measure_drift(
    live_slot: str, other_slot: str, pairs: Sequence[tuple[frozenset[str], frozenset[str]]]
) -> Drift:
    """Return how much the codes of two slots differ.

    :param pairs: for each product, its codes in the live slot and its codes in the other slot.
    """
    overlaps = [len(a & b) / len(a | b) if a | b else 1.0 for a, b in pairs]
    return Drift(
        live_slot=live_slot,
        other_slot=other_slot,
        sampled=len(pairs),
        differing=sum(a != b for a, b in pairs),
        overlap=sum(overlaps) / len(overlaps) if overlaps else 1.0,
    )
