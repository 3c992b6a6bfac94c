"""Reading documents by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gram_es.errors import ClusterUnavailableError


def held(documents: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield those of a multi-get's answers that the index holds.

    :raises ClusterUnavailableError: if a shard could not be asked, which is not to be taken for a
        document that is not there.
    """
    for document in documents:
        if "error" in document:
            cause = document["error"]
            raise ClusterUnavailableError(
                f"cannot read {document['_id']!r} in {document['_index']}: "
                f"{cause.get('reason') or cause.get('type')}"
            )
        if document["found"]:
            yield document
