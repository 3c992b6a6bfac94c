"""Reading products by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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
