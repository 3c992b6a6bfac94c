"""Enrichments by input hash, kept in ``gram-es-enrichments``.

When a shop rewrites its documents as a whole, their codes are gone; the cache gives them back
without the model. It is an index of the cluster rather than a file, so that a process that starts
on another machine has it, and two processes share it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Final

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from gram_es.cluster.client import cluster_errors
from gram_es.index.names import ENRICHMENTS
from gram_es.index.scan import scan
from gram_es.migration.fill_slot import SlotModel
from gram_es.records import Enrichment, Product, ProductCode

_REFRESHED_AFTER: Final = timedelta(days=30)
_KEPT: Final = timedelta(days=120)
_PAGE = 1_000
_KIND = "enrichment"


class EnrichmentCache:
    """The stored enrichments of one model; ``slot`` is its slot."""

    def __init__(self, client: Elasticsearch, slot: str) -> None:
        self._client = client
        self._slot = slot

    def get(self, hashes: Iterable[str]) -> dict[str, Enrichment]:
        """Return the stored enrichments by input hash; those that are read are kept for longer.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        ids = [*dict.fromkeys(map(self._id, hashes))]
        if not ids:
            return {}
        with cluster_errors(f"read {ENRICHMENTS}"):
            answer = self._client.mget(index=ENRICHMENTS, ids=ids)
        sources = [item["_source"] for item in answer["docs"] if item.get("found")]
        enrichments = [_read(source["value"]) for source in sources]
        before = datetime.now(UTC) - _REFRESHED_AFTER
        old = [
            enrichment
            for enrichment, source in zip(enrichments, sources, strict=True)
            if datetime.fromisoformat(source["at"]) < before
        ]
        self.put(old)
        return {enrichment.input_hash: enrichment for enrichment in enrichments}

    def put(self, enrichments: Sequence[Enrichment]) -> None:
        """Store enrichments under their input hashes.

        :raises ClusterError: if the cluster rejects one of them or does not answer.
        """
        if not enrichments:
            return
        at = datetime.now(UTC).isoformat(timespec="seconds")
        header = {"kind": _KIND, "slot": self._slot, "at": at}
        actions = (
            {"_id": self._id(each.input_hash), "_source": {**header, "value": _stored(each)}}
            for each in enrichments
        )
        with cluster_errors(f"write {ENRICHMENTS}"):
            bulk(self._client, actions, index=ENRICHMENTS)

    def delete_old(self) -> int:
        """Delete the enrichments that were neither written nor read for 120 days; return how many.

        :raises ClusterError: if the cluster rejects a request or does not answer.
        """
        before = (datetime.now(UTC) - _KEPT).isoformat(timespec="seconds")
        query = {"bool": {"filter": [{"term": {"kind": _KIND}}, {"range": {"at": {"lt": before}}}]}}
        hits = chain.from_iterable(
            scan(self._client, ENRICHMENTS, query, page_size=_PAGE, source=False)
        )
        actions = ({"_op_type": "delete", "_id": hit["_id"]} for hit in hits)
        with cluster_errors(f"delete old entries of {ENRICHMENTS}"):
            deleted, _ = bulk(self._client, actions, index=ENRICHMENTS, raise_on_error=False)
        return deleted

    def _id(self, input_hash: str) -> str:
        return f"{self._slot}-{input_hash}"


class CachedModel:
    """A model that enriches only products whose enrichments are not in the cache.

    ``from_cache`` and ``from_model`` count the enrichments by where they came from.
    """

    def __init__(self, model: SlotModel, cache: EnrichmentCache) -> None:
        self._model = model
        self._cache = cache
        self.fingerprint, self.slot = model.fingerprint, model.slot
        self.encoder_fingerprint = model.encoder_fingerprint
        self.from_cache = self.from_model = 0

    def input_hash(self, product: Product) -> str:
        """Return the model's hash of what it reads of ``product``."""
        return self._model.input_hash(product)

    def enrich(
        self, products: Sequence[Product], vectors: Sequence[bytes | None] | None = None
    ) -> list[Enrichment]:
        """Return the enrichments of products, in their order.

        :param vectors: as in :meth:`~gram_es.migration.fill_slot.SlotModel.enrich`.
        """
        hashes = [self._model.input_hash(product) for product in products]
        cached = self._cache.get(hashes)
        missing = [n for n, each in enumerate(hashes) if each not in cached]
        given = vectors or [None] * len(products)
        new = self._model.enrich([products[n] for n in missing], [given[n] for n in missing])
        self._cache.put(new)
        self.from_cache += len(products) - len(missing)
        self.from_model += len(missing)
        by_hash = {**cached, **dict(zip((hashes[n] for n in missing), new, strict=True))}
        return [by_hash[each] for each in hashes]


def _stored(enrichment: Enrichment) -> dict[str, Any]:
    return {
        "input": enrichment.input_hash,
        "codes": [[code.label, code.weight, code.is_stated] for code in enrichment.codes],
        "vector": base64.b64encode(enrichment.vector).decode("ascii"),
    }


def _read(value: Mapping[str, Any]) -> Enrichment:
    return Enrichment(
        tuple(ProductCode(*code) for code in value["codes"]),
        base64.b64decode(value["vector"]),
        value["input"],
    )
