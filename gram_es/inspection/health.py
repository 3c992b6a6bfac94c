"""How the codes of a whole catalogue are: coverage, postings, and drift from slot to slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.documents import RECORD_FIELDS, product_from_document
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.index.scan import read_live_codes
from gram_es.index.slots import codes_field, model_field
from gram_es.records import Product

DRIFT_SAMPLE: Final = 1_000  # products; the share that differs is then right within .03
_BARE: Final = 12
_SEED: Final = 11  # the same sample at each look


@dataclass(frozen=True, slots=True)
class SlotHealth:
    """One slot: ``enriched`` products have been through its model, ``coded`` ones have codes.

    ``each`` is the mean number of codes of a coded product.
    """

    slot: str
    live: bool
    family: str
    enriched: int
    coded: int
    each: float


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the live slot is from another on ``sampled`` products that both models have read.

    ``differing`` of them have other codes in the one than in the other; ``overlap`` is the mean
    share of a product's codes, of both slots together, that both have.
    """

    one: str
    other: str
    sampled: int
    differing: int
    overlap: float


@dataclass(frozen=True, slots=True)
class CodeHealth:
    """The codes of a catalogue.

    ``postings`` counts the products of each code of the live slot, ``bare`` are some products that
    have none there.
    """

    index: str
    products: int
    slots: tuple[SlotHealth, ...]
    postings: Mapping[str, int]
    drifts: tuple[Drift, ...]
    bare: tuple[Product, ...] = ()

    @property
    def live(self) -> SlotHealth | None:
        """Return the slot that searches use."""
        return next((slot for slot in self.slots if slot.live), None)


def read_health(client: Elasticsearch, index: str) -> CodeHealth:
    """Return how the codes of ``index`` are.

    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    found = live_index(client, index)
    products, slots = _slots(client, found)
    live = found.live_slot
    return CodeHealth(
        index=found.index,
        products=products,
        slots=slots,
        postings=read_live_codes(client, found.index, live) if live else {},
        drifts=tuple(
            _drift(client, found.index, live, other.slot)
            for other in slots
            if live and not other.live
        ),
        bare=_bare(client, found.index, live) if live else (),
    )


def _slots(client: Elasticsearch, found: LiveIndex) -> tuple[int, tuple[SlotHealth, ...]]:
    """Return the number of products and how each slot is, the live one first."""
    counted: dict[str, Any] = {}
    for slot in found.slots:
        field = codes_field(slot)
        counted[f"{slot}:enriched"] = {"filter": {"exists": {"field": model_field(slot)}}}
        counted[f"{slot}:coded"] = {
            "filter": {"exists": {"field": field}},
            "aggs": {"codes": {"value_count": {"field": field}}},
        }
    with cluster_errors(f"count the codes of {found.index}"):
        answer = client.search(index=found.index, size=0, track_total_hits=True, aggs=counted)
    names = sorted(found.slots, key=lambda slot: (slot != found.live_slot, slot))
    counts = answer.get("aggregations", {})
    health = tuple(_slot(found, slot, counts) for slot in names)
    return answer["hits"]["total"]["value"], health


def _slot(found: LiveIndex, slot: str, counts: Mapping[str, Any]) -> SlotHealth:
    coded = counts[f"{slot}:coded"]
    return SlotHealth(
        slot=slot,
        live=slot == found.live_slot,
        family=found.slots[slot].family,
        enriched=counts[f"{slot}:enriched"]["doc_count"],
        coded=coded["doc_count"],
        each=coded["codes"]["value"] / max(1, coded["doc_count"]),
    )


def _bare(client: Elasticsearch, index: str, slot: str) -> tuple[Product, ...]:
    with cluster_errors(f"look for products without codes in {index}"):
        answer = client.search(
            index=index,
            query={"bool": {"must_not": [{"exists": {"field": codes_field(slot)}}]}},
            sort=[{"id": "asc"}],
            size=_BARE,
            track_total_hits=False,
            source_includes=[*RECORD_FIELDS],
        )
    return tuple(product_from_document(hit["_source"]) for hit in answer["hits"]["hits"])


def _drift(client: Elasticsearch, index: str, one: str, other: str) -> Drift:
    both = [{"exists": {"field": model_field(slot)}} for slot in (one, other)]
    by_chance = {"seed": _SEED, "field": "_seq_no"}
    with cluster_errors(f"compare the slots of {index}"):
        answer = client.search(
            index=index,
            query={
                "function_score": {
                    "query": {"bool": {"filter": both}},
                    "random_score": by_chance,
                    "boost_mode": "replace",
                }
            },
            size=DRIFT_SAMPLE,
            track_total_hits=False,
            source=False,
            docvalue_fields=[{"field": codes_field(slot)} for slot in (one, other)],
        )
    pairs = [
        (
            frozenset(hit.get("fields", {}).get(codes_field(one), ())),
            frozenset(hit.get("fields", {}).get(codes_field(other), ())),
        )
        for hit in answer["hits"]["hits"]
    ]
    return drift_of(one, other, pairs)


def drift_of(one: str, other: str, pairs: Sequence[tuple[frozenset[str], frozenset[str]]]) -> Drift:
    """Return how far apart the codes are that each product has in two slots."""
    overlaps = [len(a & b) / len(a | b) if a | b else 1.0 for a, b in pairs]
    return Drift(
        one=one,
        other=other,
        sampled=len(pairs),
        differing=sum(a != b for a, b in pairs),
        overlap=sum(overlaps) / len(overlaps) if overlaps else 1.0,
    )
