"""Store the overrides of a product index in the side index ``gram-es-overrides``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError
from elasticsearch.helpers import bulk

from gram_es.cluster.client import cluster_errors
from gram_es.errors import OverrideError, UnknownOverrideError
from gram_es.index.change_marker import ChangeMarker, read_change_marker
from gram_es.index.names import OVERRIDES
from gram_es.index.scan import scan
from gram_es.overrides.rules import Kind, Override

_PAGE = 1_000
_NOT_INSTALLED = (
    f"there is no index {OVERRIDES}; make it with gram-es index install --model DIR, in the role "
    "gram-es-install"
)


class OverrideStore:
    """Reads and writes the overrides of one index; after a write, reads return the new state."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index

    def change_marker(self) -> ChangeMarker:
        """Fetch, in one small request, a value that changes whenever an override changes."""
        return read_change_marker(self._client, OVERRIDES, self._filter)

    def read(self) -> list[Override]:
        """Return all overrides, ordered by kind, then by product or query, then by code."""
        if self.change_marker()[1] == 0:
            return []
        pages = scan(self._client, OVERRIDES, self._filter, page_size=_PAGE)
        overrides = [_read_override(hit["_source"]) for page in pages for hit in page]
        return sorted(overrides, key=_sort_key)

    def find(self, ids: Collection[str]) -> list[Override]:
        """Return the overrides with these ids.

        :raises UnknownOverrideError: if ids have no override; the message lists these ids.
        """
        with cluster_errors(f"read overrides of {self._index}"):
            response = self._client.search(
                index=OVERRIDES,
                ignore_unavailable=True,
                query={"ids": {"values": [self._key(each) for each in ids]}},
                size=len(ids),
            )
        overrides = [_read_override(hit["_source"]) for hit in response["hits"]["hits"]]
        by_id = {override.id: override for override in overrides}
        missing = [each for each in ids if each not in by_id]
        if missing:
            raise UnknownOverrideError(
                f"there is no override {', '.join(missing)}; gram-es override list prints the ids"
            )
        return list(by_id.values())

    def put(self, overrides: Iterable[Override]) -> None:
        """Write overrides; each replaces a stored override with the same id.

        :raises OverrideError: if the side index is not installed.
        """
        self._write(
            {"_id": self._key(rule.id), "_source": {"index": self._index, **rule.fields()}}
            for rule in overrides
        )

    def remove(self, ids: Sequence[str]) -> None:
        """Remove overrides; ids without an override are ignored."""
        self._write({"_op_type": "delete", "_id": self._key(each)} for each in ids)

    def _write(self, actions: Iterable[dict[str, Any]]) -> None:
        with cluster_errors(f"write overrides of {self._index}"):
            try:
                self._client.indices.get_mapping(index=OVERRIDES)  # else bulk creates it
            except NotFoundError:
                raise OverrideError(_NOT_INSTALLED) from None
            bulk(self._client, actions, index=OVERRIDES, refresh=True, ignore_status=404)

    @property
    def _filter(self) -> dict[str, Any]:
        return {"term": {"index": self._index}}

    def _key(self, override_id: str) -> str:
        return f"{self._index}:{override_id}"


def _sort_key(override: Override) -> tuple[str, str, str]:
    return override.kind, override.product_id or override.query or "", override.code


def _read_override(source: Mapping[str, Any]) -> Override:
    names = Override.__dataclass_fields__
    fields = {name: value for name, value in source.items() if name in names}
    return Override(**{**fields, "kind": Kind(source["kind"])})
