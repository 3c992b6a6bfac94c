"""Read and write products in bulk, with one result for each product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from gram_es.cluster.client import RETRYABLE_STATUSES, cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterUnavailableError

# Proxies in front of hosted clusters often limit a request to 10 MB.
MAX_CHUNK_BYTES = 5 << 20
_MAX_CHUNK_ITEMS = 5_000
_CONFLICT = 409
_NOT_FOUND = 404
_BLOCKED = "cluster_block_exception"
# Errors of an item of a multi-get that a retry cannot remove. Others are temporary, such as an
# unassigned shard or a full queue.
_PERMANENT_ERRORS = frozenset(
    {"index_not_found_exception", "illegal_argument_exception", "security_exception"}
)


@dataclass(frozen=True)
class WriteResult:
    """The result of writing one document.

    ``status`` is its HTTP status; ``error`` is empty if the write succeeded. ``is_blocked`` is true
    if the write failed because the whole index has a write block.
    """

    product_id: str
    status: int
    error: str
    is_blocked: bool = False

    @property
    def is_conflict(self) -> bool:
        """Return whether another process wrote the document between our read and our write."""
        return self.status == _CONFLICT

    @property
    def is_gone(self) -> bool:
        """Return whether the document was deleted between our read and our write."""
        return self.status == _NOT_FOUND

    @property
    def is_retryable(self) -> bool:
        """Return whether a later retry may succeed.

        A retry may succeed if Elasticsearch is overloaded. It may also succeed if the index has a
        write block while a new index replaces it.
        """
        return self.status in RETRYABLE_STATUSES or self.is_blocked


def write_products(
    client: Elasticsearch, alias: str, actions: Iterable[dict[str, Any]], *, retries: int = 0
) -> Iterator[WriteResult]:
    """Send the actions in bulk requests and yield the result of each action.

    The results come in the order of ``actions``, but results of resent items come later.

    :param alias: the write alias, which every action has as its ``_index``.
    :param retries: how often to resend an item that Elasticsearch rejects because it is overloaded
        (HTTP 429).
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
            yield WriteResult(
                str(result["_id"]), int(result["status"]), _reason(result), _is_blocked(result)
            )


def found_documents(documents: Iterable[Mapping[str, Any]], index: str) -> list[Mapping[str, Any]]:
    """Return the items of a multi-get answer whose documents exist.

    :param documents: all items of the answer.
    :param index: the index or alias that was read, for the error message.
    :raises ClusterUnavailableError: if a shard cannot be read at present. It is then unknown
        whether the product exists.
    :raises CatalogueIndexError: if an item has an error that a retry cannot remove.
    """
    existing = []
    for document in documents:
        if "error" in document:
            cause = document["error"]
            is_permanent = cause.get("type") in _PERMANENT_ERRORS
            error_class = CatalogueIndexError if is_permanent else ClusterUnavailableError
            raise error_class(
                f"cannot read the product {document['_id']!r} through {index}:"
                f" {cause.get('reason') or cause.get('type')}"
            )
        if document["found"]:
            existing.append(document)
    return existing


def _is_blocked(result: Mapping[str, Any]) -> bool:
    error = result.get("error")
    return isinstance(error, Mapping) and error.get("type") == _BLOCKED


def _reason(result: Mapping[str, Any]) -> str:
    error = result.get("error")
    if not isinstance(error, Mapping):
        return str(error or "")
    cause = error.get("caused_by", {}).get("reason")
    return f"{error.get('type')}: {error.get('reason')}{f' ({cause})' if cause else ''}"
