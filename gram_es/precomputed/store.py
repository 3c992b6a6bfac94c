"""Store the codes of frequent queries in the side index ``gram-es-precomputed``."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk
from numpy.typing import NDArray

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.change_marker import ChangeMarker, read_change_marker
from gram_es.index.names import PRECOMPUTED
from gram_es.index.scan import scan
from gram_es.records import WeightedCode

if TYPE_CHECKING:
    from gram_es.model.gram import LiveCodes

_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class PrecomputedQuery:
    """A frequent query with the model's codes and vector for it.

    ``query`` is in normal form, and ``corrected`` is its corrected form; ``count`` is how often it
    was typed. ``codes`` is empty if the model abstains. ``vector`` is ``(dimensions,)`` float32.
    """

    query: str
    corrected: str
    count: int
    codes: tuple[WeightedCode, ...]
    vector: NDArray[np.float32]

    def codes_still_live(self, live: LiveCodes) -> tuple[WeightedCode, ...]:
        """Return the codes of this query that are in ``live``, the codes of the live index.

        The weights of the returned codes are scaled up to the sum of the weights in ``codes``.
        """
        codes = [code for code in self.codes if code.label in live.labels]
        total = sum(code.weight for code in codes)
        factor = sum(code.weight for code in self.codes) / total if total else 0.0
        return tuple(WeightedCode(code.label, code.weight * factor) for code in codes)


class PrecomputedStore:
    """Reads and writes the precomputed queries of one index and one model.

    ``fingerprint`` identifies the model.
    """

    def __init__(self, client: Elasticsearch, index: str, fingerprint: str) -> None:
        self._client = client
        self._index = index
        self._fingerprint = fingerprint

    def change_marker(self) -> ChangeMarker:
        """Fetch, in one small request, a value that changes whenever a stored query changes.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        return read_change_marker(self._client, PRECOMPUTED, self._filter)

    def read(self, limit: int) -> list[PrecomputedQuery]:
        """Return at most ``limit`` queries, the most frequent first.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        pages = scan(
            self._client,
            PRECOMPUTED,
            self._filter,
            page_size=min(_PAGE, limit),
            sort=[{"count": "desc"}, {"query": "asc"}],
            ignore_unavailable=True,
        )
        with closing(pages):
            hits = islice(chain.from_iterable(pages), limit)
            return [_read_query(hit["_source"]) for hit in hits]

    def put(self, queries: Iterable[PrecomputedQuery], at: datetime) -> None:
        """Store queries with the time ``at``; each replaces a stored entry of the same query.

        :raises CatalogueIndexError: if the side index is not installed.
        """
        with cluster_errors(f"write {PRECOMPUTED}"):
            if not self._client.indices.exists(index=PRECOMPUTED):  # else bulk creates it
                raise CatalogueIndexError(
                    f"there is no index {PRECOMPUTED}; make it with gram-es index install "
                    "--model DIR"
                )
            bulk(self._client, (self._action(query, at) for query in queries), index=PRECOMPUTED)

    def delete_stale(self, *, before: datetime, models_in_use: Collection[str]) -> int:
        """Delete the queries of this index stored before ``before``; return how many were deleted.

        If another model answered a query and is one of ``models_in_use``, the query is kept.

        :param models_in_use: fingerprints of models.
        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        others = [model for model in models_in_use if model != self._fingerprint]
        stale = {
            "bool": {
                "filter": [
                    {"term": {"index": self._index}},
                    {"range": {"at": {"lt": before.isoformat()}}},
                ],
                "must_not": [{"terms": {"model": others}}],
            }
        }
        with cluster_errors(f"delete stale queries from {PRECOMPUTED}"):
            self._client.indices.refresh(index=PRECOMPUTED)
            pages = scan(self._client, PRECOMPUTED, stale, page_size=_PAGE, source=False)
            deletes = [{"_op_type": "delete", "_id": hit["_id"]} for page in pages for hit in page]
            bulk(self._client, deletes, index=PRECOMPUTED, refresh=True, ignore_status=404)
        return len(deletes)

    @property
    def _filter(self) -> dict[str, Any]:
        terms = {"index": self._index, "model": self._fingerprint}
        return {"bool": {"filter": [{"term": {name: value}} for name, value in terms.items()]}}

    def _action(self, query: PrecomputedQuery, at: datetime) -> dict[str, Any]:
        key = "\0".join((self._index, self._fingerprint, query.query))
        return {
            "_id": sha256(key.encode()).hexdigest(),
            "_source": {
                "index": self._index,
                "model": self._fingerprint,
                "query": query.query,
                "corrected": query.corrected,
                "count": query.count,
                "codes": [{"code": code.label, "weight": code.weight} for code in query.codes],
                "vector": b64encode(query.vector.astype("<f4").tobytes()).decode(),
                "at": at.isoformat(),
            },
        }


def _read_query(source: Mapping[str, Any]) -> PrecomputedQuery:
    codes = tuple(WeightedCode(code["code"], float(code["weight"])) for code in source["codes"])
    vector = np.frombuffer(b64decode(source["vector"]), dtype="<f4")
    query = source["query"]
    return PrecomputedQuery(query, source["corrected"], int(source["count"]), codes, vector)
