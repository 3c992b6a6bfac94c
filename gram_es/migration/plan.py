"""What a change of model or index would take: time and disk, measured on some documents."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.compatibility import obstacles
from gram_es.index.documents import product_from_document, rebuild_document, slot_value
from gram_es.index.lifecycle import live_index
from gram_es.index.scan import EVERYTHING, scan
from gram_es.index.slots import lacks_slot
from gram_es.migration.fill_slot import READ, SlotModel, count_lacking
from gram_es.records import Enrichment

_SAMPLE = 256


@dataclass(frozen=True)
class ChangePlan:
    """What ``index migrate`` would do.

    ``obstacles`` are what only a new index mends: the index was made for other documents or
    another text search. ``seconds`` and ``slot_bytes`` are estimates from ``sampled`` documents,
    ``copy_seconds`` one from what the cluster has taken to write so far; ``index_bytes`` is what
    the index takes now. Until Elasticsearch merges segments the old versions of documents take
    room too, so up to ``peak_bytes`` more are needed meanwhile.
    ``free_bytes`` is what the fullest node has left.
    """

    index: str
    slot: str
    live_slot: str | None
    is_new_slot: bool
    obstacles: Sequence[str]
    documents: int
    lacking: int
    sampled: int
    seconds: float
    slot_bytes: int
    index_bytes: int
    free_bytes: int
    copy_seconds: float = 0.0

    @property
    def is_new_index(self) -> bool:
        """Tell whether all documents go into a new index."""
        return bool(self.obstacles)

    @property
    def kept_bytes(self) -> int:
        """Return the room that it takes for good, or until the old index is pruned."""
        copy = self.index_bytes + self.slot_bytes if self.is_new_index else 0
        return self.slot_bytes + copy

    @property
    def peak_bytes(self) -> int:
        """Return the most room that it may take meanwhile beyond what the index takes now."""
        share = self.lacking / self.documents if self.documents else 0.0
        return self.kept_bytes + round(share * self.index_bytes)


def plan_change(client: Elasticsearch, index: str, model: SlotModel) -> ChangePlan:
    """Return what it would take to fill the slot of ``model``; nothing is written.

    :raises CatalogueIndexError: if there is no index.
    """
    found = live_index(client, index)
    lacking = count_lacking(client, index, model.slot)
    enrichments, seconds = _enrich_some(client, index, model)
    sampled = len(enrichments)
    bytes_each = sum(_kept_bytes(one, model) for one in enrichments) / max(sampled, 1)
    with cluster_errors(f"read how large {found.index} is"):
        answer = client.indices.stats(index=found.index, metric="store,docs,indexing")
        nodes = client.nodes.stats(metric="fs")["nodes"].values()
    stats = answer["_all"]["primaries"]
    differences = obstacles(client, found)
    return ChangePlan(
        index=found.index,
        slot=model.slot,
        live_slot=found.live_slot,
        is_new_slot=model.slot not in found.slots,
        obstacles=differences,
        documents=stats["docs"]["count"],
        lacking=lacking,
        sampled=sampled,
        seconds=seconds / max(sampled, 1) * lacking,
        slot_bytes=round(bytes_each * lacking),
        index_bytes=stats["store"]["size_in_bytes"],
        free_bytes=min(node["fs"]["total"]["available_in_bytes"] for node in nodes),
        copy_seconds=_copy_seconds(client, index, stats) if differences else 0.0,
    )


def _copy_seconds(client: Elasticsearch, index: str, stats: Mapping[str, Any]) -> float:
    """Return how long all documents take to be read, built and written."""
    started = time.monotonic()
    page = next(scan(client, index, EVERYTHING, page_size=_SAMPLE), [])
    for hit in page:
        rebuild_document(hit["_source"], slots=hit["_source"].get("gram", ()))
    read = (time.monotonic() - started) / max(len(page), 1)
    writing = stats["indexing"]
    written = writing["index_time_in_millis"] / 1_000 / max(writing["index_total"], 1)
    return float((read + written) * stats["docs"]["count"])


def _enrich_some(
    client: Elasticsearch, index: str, model: SlotModel
) -> tuple[list[Enrichment], float]:
    """Enrich a first page of what lacks codes, and return the seconds that it took."""
    query = lacks_slot(model.slot)
    page = next(scan(client, index, query, page_size=_SAMPLE, source=READ), [])
    products = [product_from_document(hit["_source"]) for hit in page]
    if not products:
        return [], 0.0
    model.enrich(products[:1])  # the first call makes ready what all later ones share
    started = time.monotonic()
    enrichments = model.enrich(products)
    return enrichments, time.monotonic() - started


def _kept_bytes(enrichment: Enrichment, model: SlotModel) -> int:
    """Return what an enrichment takes: its source, the vector's column, the codes' postings."""
    source = len(json.dumps(slot_value(enrichment, model.fingerprint)))
    return source + len(enrichment.vector) + sum(map(len, enrichment.codes))
