"""The codes of frequent queries, kept in the side index ``gram-es-heads``."""

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
from gram_es.index.change_marker import Marker, read_marker
from gram_es.index.names import HEADS
from gram_es.index.scan import scan
from gram_es.records import WeightedCode

if TYPE_CHECKING:
    from gram_es.model.gram import LiveCodes

_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A query in normal form, how often it was asked, and what the model makes of it.

    ``vector`` is ``(dimensions,)`` float32.
    """

    query: str
    count: int
    codes: tuple[WeightedCode, ...]
    vector: NDArray[np.float32]

    def alive(self, live: LiveCodes) -> tuple[WeightedCode, ...]:
        """Return the codes that ``live`` holds; together they weigh what all of them did."""
        kept = [code for code in self.codes if code.label in live.labels]
        held = sum(code.weight for code in kept)
        share = sum(code.weight for code in self.codes) / held if held else 0.0
        return tuple(WeightedCode(code.label, code.weight * share) for code in kept)


class HeadStore:
    """Reads and writes the heads of one index and one model."""

    def __init__(self, client: Elasticsearch, index: str, fingerprint: str) -> None:
        self._client = client
        self._index = index
        self._fingerprint = fingerprint

    def marker(self) -> Marker:
        """Return what changes whenever a head does, by one small request.

        :raises ClusterError: if the cluster refuses or does not answer.
        """
        return read_marker(self._client, HEADS, self._ours)

    def read(self, most: int) -> list[Head]:
        """Return the ``most`` frequent heads, the most frequent first.

        :raises ClusterError: if the cluster refuses or does not answer.
        """
        pages = scan(
            self._client,
            HEADS,
            self._ours,
            page_size=min(_PAGE, most),
            sort=[{"count": "desc"}, {"query": "asc"}],
            ignore_unavailable=True,
        )
        with closing(pages):
            return [_head(hit["_source"]) for hit in islice(chain.from_iterable(pages), most)]

    def put(self, heads: Iterable[Head], at: datetime) -> None:
        """Write heads; one that is there already is written over.

        :raises CatalogueIndexError: if the side index is not installed.
        """
        with cluster_errors(f"write {HEADS}"):
            if not self._client.indices.exists(index=HEADS):  # never one made by accident
                raise CatalogueIndexError(
                    f"there is no index {HEADS}; make it with gram-es index install --model DIR"
                )
            bulk(self._client, (self._action(head, at) for head in heads), index=HEADS)

    def forget(self, *, before: datetime, models_in_use: Collection[str]) -> int:
        """Delete heads written before, but for those of other models in use; return how many.

        :raises ClusterError: if the cluster refuses or does not answer.
        """
        others = [model for model in models_in_use if model != self._fingerprint]
        old = {
            "bool": {
                "filter": [
                    {"term": {"index": self._index}},
                    {"range": {"at": {"lt": before.isoformat()}}},
                ],
                "must_not": [{"terms": {"model": others}}],
            }
        }
        with cluster_errors(f"clear {HEADS}"):
            self._client.indices.refresh(index=HEADS)
            pages = scan(self._client, HEADS, old, page_size=_PAGE, source=False)
            gone = [{"_op_type": "delete", "_id": hit["_id"]} for page in pages for hit in page]
            bulk(self._client, gone, index=HEADS, refresh=True, ignore_status=404)
        return len(gone)

    @property
    def _ours(self) -> dict[str, Any]:
        ours = {"index": self._index, "model": self._fingerprint}
        return {"bool": {"filter": [{"term": {name: value}} for name, value in ours.items()]}}

    def _action(self, head: Head, at: datetime) -> dict[str, Any]:
        key = "\0".join((self._index, self._fingerprint, head.query))
        return {
            "_id": sha256(key.encode()).hexdigest(),
            "_source": {
                "index": self._index,
                "model": self._fingerprint,
                "query": head.query,
                "count": head.count,
                "codes": [{"code": code.label, "weight": code.weight} for code in head.codes],
                "vector": b64encode(head.vector.astype("<f4").tobytes()).decode(),
                "at": at.isoformat(),
            },
        }


def _head(source: Mapping[str, Any]) -> Head:
    codes = tuple(WeightedCode(held["code"], float(held["weight"])) for held in source["codes"])
    vector = np.frombuffer(b64decode(source["vector"]), dtype="<f4")
    return Head(source["query"], int(source["count"]), codes, vector)
