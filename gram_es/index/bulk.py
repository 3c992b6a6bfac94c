"""Read and write products in bulk, with one result for each product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from gram_es.cluster.client import RETRYABLE_STATUSES, TOO_LARGE, cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterUnavailableError

# Proxies in front of hosted clusters often limit a request to 10 MB.
MAX_CHUNK_BYTES = 5 << 20
_MAX_CHUNK_ITEMS = 5_000
_MAX_REASON_CHARS = 500
_CONFLICT = 409
_NOT_FOUND = 404
_FORBIDDEN = 403
_NO_INDEX = "index_not_found_exception"
_TOO_LARGE_ALONE = (
    "the document is larger than the server accepts (HTTP 413); shorten the row, or raise"
    " http.max_content_length of Elasticsearch and the limit of a proxy in front of it"
)
_RESULT_FIELDS = frozenset({"data", "error", "exception", "status"})
_BLOCKED = "cluster_block_exception"
# Errors of an item of a multi-get that a retry cannot remove. Others are temporary, such as an
# unassigned shard or a full queue.
_PERMANENT_ERRORS = frozenset({_NO_INDEX, "illegal_argument_exception", "security_exception"})


@dataclass(frozen=True)
class WriteResult:
    """The result of writing one document.

    ``status`` is its HTTP status; ``error`` is empty if the write succeeded. ``is_blocked`` is true
    if the write failed because the whole index has a write block. ``seq_no`` is the sequence number
    of the write, if there was one.
    """

    product_id: str
    status: int
    error: str
    is_blocked: bool = False
    seq_no: int | None = None

    @property
    def is_conflict(self) -> bool:
        """Return whether another process wrote the document between our read and our write."""
        return self.status == _CONFLICT

    @property
    def is_gone(self) -> bool:
        """Return whether the document was deleted between our read and our write."""
        return self.status == _NOT_FOUND and not self.is_index_missing

    @property
    def is_index_missing(self) -> bool:
        """Return whether there is no index behind the alias any more."""
        return self.status == _NOT_FOUND and self.error.startswith(_NO_INDEX)

    @property
    def is_forbidden(self) -> bool:
        """Return whether the caller has no right to write to the index."""
        return self.status == _FORBIDDEN and not self.is_blocked

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

    The results come in the order of ``actions``, but results of resent items come later. A request
    that the server rejects as too large (HTTP 413) is halved, down to single actions.

    :param alias: the write alias, which every action has as its ``_index``.
    :param retries: how often to resend an item that Elasticsearch rejects because it is overloaded
        (HTTP 429).
    """
    with cluster_errors(f"write products through {alias}"):
        yield from (_write_result(item) for item in bulk_in_halves(client, actions, retries))


def bulk_in_halves(
    client: Elasticsearch,
    actions: Iterable[dict[str, Any]],
    retries: int = 0,
    *,
    require_alias: bool = True,
) -> Iterator[Mapping[str, Any]]:
    """Send the actions in bulk requests and yield the result of each as Elasticsearch gives it.

    A request that the server rejects as too large is halved. If a single action is still too
    large, its result has the status 413.
    """
    results = streaming_bulk(
        client,
        actions,
        chunk_size=_MAX_CHUNK_ITEMS,
        max_chunk_bytes=MAX_CHUNK_BYTES,
        max_retries=retries,
        raise_on_error=False,
        ignore_status=(TOO_LARGE,),
        require_alias=require_alias,
    )
    # All items of a rejected request have the same exception; items of others have none.
    for request, items in groupby((item for _, item in results), _rejected_request):
        if request is None:
            yield from (next(iter(item.values())) for item in items)
            continue
        rejected = list(items)
        if len(rejected) == 1:
            result = next(iter(rejected[0].values()))
            yield {**result, "error": _TOO_LARGE_ALONE}
            continue
        middle = len(rejected) // 2
        for half in (rejected[:middle], rejected[middle:]):
            halved = map(_action, half)
            yield from bulk_in_halves(client, halved, retries, require_alias=require_alias)


def _rejected_request(item: Mapping[str, Any]) -> Exception | None:
    """Return the exception of the request if the server rejected it as a whole, else ``None``."""
    error: Exception | None = next(iter(item.values())).get("exception")
    return error


def _action(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the action of an item of a rejected request."""
    ((kind, result),) = item.items()
    metadata = {name: value for name, value in result.items() if name not in _RESULT_FIELDS}
    body = {"_source": result["data"]} if "data" in result else {}
    return {"_op_type": kind, **metadata, **body}


def _write_result(result: Mapping[str, Any]) -> WriteResult:
    return WriteResult(
        str(result["_id"]),
        int(result["status"]),
        _reason(result),
        _is_blocked(result),
        result.get("_seq_no"),
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
    reason = str(error.get("reason"))[:_MAX_REASON_CHARS]
    cause = str(error.get("caused_by", {}).get("reason") or "")[:_MAX_REASON_CHARS]
    return f"{error.get('type')}: {reason}{f' ({cause})' if cause else ''}"
