"""Estimate the time and disk space of a migration from measurements on a sample of documents."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.compatibility import incompatibilities
from gram_es.index.documents import product_from_document, rebuild_document, slot_value
from gram_es.index.lifecycle import live_index
from gram_es.index.scan import EVERYTHING, scan
from gram_es.index.slots import missing_slot_query
from gram_es.migration.fill_slot import SlotModel, count_missing_codes
from gram_es.migration.stored_vectors import StoredVectors
from gram_es.records import Enrichment

_SAMPLE = 256


@dataclass(frozen=True)
class ChangePlan:
    """The work, time and disk space that ``index migrate`` would take.

    ``incompatibilities`` are the differences that need a new index. ``missing_codes`` counts the
    documents that lack codes of ``slot``; ``recoded`` of them have a stored vector of the same
    encoder, so that their texts need not be encoded. ``seconds`` is the time to enrich the
    documents that lack codes, and ``slot_bytes`` is the size of these codes; both are estimated
    from ``sampled`` documents. ``copy_seconds`` is the time to copy all documents to a new index,
    estimated from the cluster's average time per write. ``index_bytes`` is the present size of the
    index. ``free_bytes`` is the smallest free disk space of any node.
    """

    index: str
    slot: str
    live_slot: str | None
    is_new_slot: bool
    incompatibilities: Sequence[str]
    documents: int
    missing_codes: int
    sampled: int
    seconds: float
    slot_bytes: int
    index_bytes: int
    free_bytes: int
    copy_seconds: float = 0.0
    recoded: int = 0

    @property
    def is_new_index(self) -> bool:
        """Return whether all documents have to be copied to a new index."""
        return bool(self.incompatibilities)

    @property
    def added_bytes(self) -> int:
        """Return how many more bytes are in use after the migration than before.

        If a new index is needed, its bytes are included, because the old index is kept until it is
        pruned.
        """
        copy = self.index_bytes + self.slot_bytes if self.is_new_index else 0
        return self.slot_bytes + copy

    @property
    def peak_bytes(self) -> int:
        """Return the largest number of bytes that the migration may use beyond ``index_bytes``.

        It is larger than :attr:`added_bytes` if documents are rewritten: their old versions take
        space until Elasticsearch merges segments.
        """
        share = self.missing_codes / self.documents if self.documents else 0.0
        return self.added_bytes + round(share * self.index_bytes)


def plan_change(client: Elasticsearch, index: str, model: SlotModel) -> ChangePlan:
    """Return the plan of a migration to ``model``; nothing is written.

    :raises CatalogueIndexError: if there is no live index.
    """
    live = live_index(client, index)
    live.check_is_own("gram-es enrich INDEX --dry-run shows how its documents are read")
    missing_codes = count_missing_codes(client, index, model.slot)
    vectors = StoredVectors(live, slot=model.slot, encoder=model.encoder_fingerprint)
    enrichments, seconds = _enrich_sample(client, index, model, vectors)
    sampled = len(enrichments)
    total_bytes = sum(_enrichment_bytes(enrichment, model) for enrichment in enrichments)
    with cluster_errors(f"read the size of {live.index}"):
        answer = client.indices.stats(index=live.index, metric="store,docs,indexing")
        recoded = client.count(index=live.index, query=vectors.query())["count"]
        nodes = client.nodes.stats(metric="fs")["nodes"].values()
    stats = answer["_all"]["primaries"]
    differences = incompatibilities(client, live)
    return ChangePlan(
        index=live.index,
        slot=model.slot,
        live_slot=live.live_slot,
        is_new_slot=model.slot not in live.slots,
        incompatibilities=differences,
        documents=stats["docs"]["count"],
        missing_codes=missing_codes,
        sampled=sampled,
        seconds=seconds / max(sampled, 1) * missing_codes,
        slot_bytes=round(total_bytes / max(sampled, 1) * missing_codes),
        index_bytes=stats["store"]["size_in_bytes"],
        free_bytes=min(node["fs"]["total"]["available_in_bytes"] for node in nodes),
        copy_seconds=_copy_seconds(client, index, stats) if differences else 0.0,
        recoded=recoded,
    )


def _copy_seconds(client: Elasticsearch, index: str, stats: Mapping[str, Any]) -> float:
    """Return the estimated seconds to copy all documents: to read, rebuild and write them."""
    started = time.monotonic()
    page = next(scan(client, index, EVERYTHING, page_size=_SAMPLE), [])
    for hit in page:
        rebuild_document(hit["_source"], slots=hit["_source"].get("gram", ()))
    read_seconds = (time.monotonic() - started) / max(len(page), 1)
    indexing = stats["indexing"]
    write_seconds = indexing["index_time_in_millis"] / 1_000 / max(indexing["index_total"], 1)
    return float((read_seconds + write_seconds) * stats["docs"]["count"])


def _enrich_sample(
    client: Elasticsearch, index: str, model: SlotModel, vectors: StoredVectors
) -> tuple[list[Enrichment], float]:
    """Enrich some documents that lack codes; return the enrichments and the seconds taken."""
    query = missing_slot_query(model.slot)
    fields = {"excludes": vectors.source_excludes}
    sources = [
        hit["_source"]
        for hit in next(scan(client, index, query, page_size=_SAMPLE, source=fields), [])
    ]
    products = [*map(product_from_document, sources)]
    if not products:
        return [], 0.0
    stored = [vectors.of(s, model.input_hash(p)) for s, p in zip(sources, products, strict=True)]
    model.enrich(products[:1], stored[:1])  # warm up: the first call is slower
    started = time.monotonic()
    enrichments = model.enrich(products, stored)
    return enrichments, time.monotonic() - started


def _enrichment_bytes(enrichment: Enrichment, model: SlotModel) -> int:
    """Return the bytes that an enrichment takes in the index.

    It takes space in ``_source``, in the column of the vector, and in the postings of the codes and
    of their weights.
    """
    value = slot_value(enrichment, model.fingerprint, model.encoder_fingerprint)
    labels = sum(len(code.label) for code in enrichment.codes)
    return len(json.dumps(value)) + len(enrichment.vector) + 2 * labels
