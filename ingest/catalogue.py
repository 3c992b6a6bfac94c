"""Reading and writing products of the index by id: one multi-get, one bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from gram_es.errors import CatalogueIndexError
from gram_es.index.client import cluster_errors
from gram_es.index.names import write_alias
from ingest.decisions import Known

# Below the 10 MB that proxies in front of hosted clusters often allow a request.
MAX_CHUNK_BYTES = 5 << 20
_CONFLICT = 409
_LATER = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Written:
    """How the writing of one document ended; ``error`` is empty if it is in the index."""

    product_id: str
    status: int
    error: str

    @property
    def is_conflict(self) -> bool:
        """Another writer came between our reading and our writing."""
        return self.status == _CONFLICT

    @property
    def may_be_retried(self) -> bool:
        """Elasticsearch asked to be left alone."""
        return self.status in _LATER


class Catalogue:
    """The products behind an index's write alias, with the codes of one slot."""

    def __init__(self, client: Elasticsearch, index: str, slot: str) -> None:
        self._client = client
        self._alias = write_alias(index)
        self._slot = slot

    def read(self, ids: Collection[str], *, with_codes: bool = False) -> dict[str, Known]:
        """Return what the index holds now of these products; a missing one is left out.

        :param with_codes: read the codes and vectors of all slots too.
        """
        if not ids:
            return {}
        gram = ["gram"] if with_codes else [f"gram.{self._slot}.input"]
        with cluster_errors(f"read products through {self._alias}"):
            answer = self._client.mget(
                index=self._alias,
                ids=list(ids),
                source_includes=["row_hash", "feed", *gram],
            )
        return {
            found["_id"]: Known.of(found, self._slot)
            for found in answer["docs"]
            if self._is_found(found)
        }

    def _is_found(self, found: Mapping[str, Any]) -> bool:
        if "error" in found:
            raise CatalogueIndexError(
                f"cannot read the product {found['_id']!r} through {self._alias}:"
                f" {found['error'].get('reason')}"
            )
        return bool(found["found"])

    def create(self, product_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the action that writes a product which the index does not hold."""
        return {**self._action("create", product_id), "_source": document}

    def replace(self, product_id: str, document: Mapping[str, Any], known: Known) -> dict[str, Any]:
        """Return the action that writes a product over exactly what was read."""
        return {**self._guarded("index", product_id, known), "_source": document}

    def stamp(self, product_id: str, feed: Mapping[str, Any], known: Known) -> dict[str, Any]:
        """Return the action that gives exactly what was read another place in the feeds."""
        return {**self._guarded("update", product_id, known), "doc": {"feed": feed}}

    def delete(self, product_id: str, known: Known) -> dict[str, Any]:
        """Return the action that deletes exactly what was read."""
        return self._guarded("delete", product_id, known)

    def _guarded(self, kind: str, product_id: str, known: Known) -> dict[str, Any]:
        guard = {"if_seq_no": known.seq_no, "if_primary_term": known.primary_term}
        return {**self._action(kind, product_id), **guard}

    def _action(self, kind: str, product_id: str) -> dict[str, Any]:
        return {"_op_type": kind, "_index": self._alias, "_id": product_id}

    def write(self, actions: Iterable[dict[str, Any]]) -> Iterator[Written]:
        """Send the actions and yield how each ended, in order."""
        results = streaming_bulk(
            self._client,
            actions,
            max_chunk_bytes=MAX_CHUNK_BYTES,
            raise_on_error=False,
            require_alias=True,
        )
        with cluster_errors(f"write products through {self._alias}"):
            for _, item in results:
                result = next(iter(item.values()))
                yield Written(str(result["_id"]), int(result["status"]), _reason(result))


def _reason(result: Mapping[str, Any]) -> str:
    error = result.get("error")
    if not isinstance(error, Mapping):
        return str(error or "")
    cause = error.get("caused_by", {}).get("reason")
    return f"{error.get('type')}: {error.get('reason')}{f' ({cause})' if cause else ''}"
