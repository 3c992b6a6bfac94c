"""Writing products in bulk, each with its own answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterUnavailableError

# Of an item of a multi-get. Any other error passes: a shard that is not there yet, a full queue.
_LASTING = frozenset(
    {"index_not_found_exception", "illegal_argument_exception", "security_exception"}
)


def held(documents: Iterable[Mapping[str, Any]], index: str) -> Iterator[Mapping[str, Any]]:
    """Yield those of a multi-get's answers that an index, or the index behind an alias, holds.

    :raises ClusterUnavailableError: if a shard could not be asked, which is not to be taken for a
        product that is not there.
    :raises CatalogueIndexError: if that is for good.
    """
    for document in documents:
        if "error" in document:
            cause = document["error"]
            is_for_good = cause.get("type") in _LASTING
            kind = CatalogueIndexError if is_for_good else ClusterUnavailableError
            raise kind(
                f"cannot read the product {document['_id']!r} through {index}:"
                f" {cause.get('reason') or cause.get('type')}"
            )
        if document["found"]:
            yield document


# Below the 10 MB that proxies in front of hosted clusters often allow a request.
MAX_CHUNK_BYTES = 5 << 20
_MAX_CHUNK_ITEMS = 5_000
_CONFLICT = 409
_GONE = 404
_BLOCKED = "cluster_block_exception"
_LATER = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Written:
    """How the writing of one document ended; ``error`` is empty if it is in the index.

    ``is_blocked`` says that the whole index takes no writes for now.
    """

    product_id: str
    status: int
    error: str
    is_blocked: bool = False

    @property
    def is_conflict(self) -> bool:
        """Another writer came between our reading and our writing."""
        return self.status == _CONFLICT

    @property
    def is_gone(self) -> bool:
        """The document was deleted between our reading and our writing."""
        return self.status == _GONE

    @property
    def may_be_retried(self) -> bool:
        """Elasticsearch asked to be left alone, or another index takes this one's place."""
        return self.status in _LATER or self.is_blocked


def write_products(
    client: Elasticsearch, alias: str, actions: Iterable[dict[str, Any]], *, retries: int = 0
) -> Iterator[Written]:
    """Send the actions and yield how each ended, in order.

    :param alias: what the actions name as their index; it must be an alias.
    :param retries: how often an item is sent again that Elasticsearch has no room for (429).
    """
    results = streaming_bulk(
        client,
        actions,
        chunk_size=_MAX_CHUNK_ITEMS,
        max_chunk_bytes=MAX_CHUNK_BYTES,
        max_retries=retries,
        raise_on_error=False,
        require_alias=True,
    )
    with cluster_errors(f"write products through {alias}"):
        for _, item in results:
            result = next(iter(item.values()))
            yield Written(
                str(result["_id"]), int(result["status"]), _reason(result), _is_blocked(result)
            )


def _is_blocked(result: Mapping[str, Any]) -> bool:
    error = result.get("error")
    return isinstance(error, Mapping) and error.get("type") == _BLOCKED


def _reason(result: Mapping[str, Any]) -> str:
    error = result.get("error")
    if not isinstance(error, Mapping):
        return str(error or "")
    cause = error.get("caused_by", {}).get("reason")
    return f"{error.get('type')}: {error.get('reason')}{f' ({cause})' if cause else ''}"
