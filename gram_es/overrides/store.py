"""The overrides of one index of products, kept in the side index ``gram-es-overrides``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError
from elasticsearch.helpers import bulk

from gram_es.cluster.client import cluster_errors
from gram_es.errors import OverrideError, UnknownOverrideError
from gram_es.index.change_marker import Marker, read_marker
from gram_es.index.names import OVERRIDES
from gram_es.index.scan import scan
from gram_es.overrides.rules import Kind, Override

_PAGE = 1_000
_NOT_INSTALLED = (
    f"there is no index {OVERRIDES}; make it with gram-es index install --model DIR, by the role "
    "gram-es-install"
)


class OverrideStore:
    """Reads and writes overrides; what is written is seen by whoever reads afterwards."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index

    def marker(self) -> Marker:
        """Return what changes whenever an override does, by one small request."""
        return read_marker(self._client, OVERRIDES, self._ours)

    def read(self) -> list[Override]:
        """Return all overrides, by kind, then by what they are about."""
        if self.marker()[1] == 0:
            return []
        pages = scan(self._client, OVERRIDES, self._ours, page_size=_PAGE)
        found = [_override(hit["_source"]) for page in pages for hit in page]
        return sorted(found, key=_place)

    def find(self, ids: Collection[str]) -> list[Override]:
        """Return the overrides of these ids.

        :raises UnknownOverrideError: naming those that there are none of.
        """
        with cluster_errors(f"read overrides of {self._index}"):
            answer = self._client.search(
                index=OVERRIDES,
                ignore_unavailable=True,
                query={"ids": {"values": [self._key(one) for one in ids]}},
                size=len(ids),
            )
        found = {one.id: one for one in (_override(h["_source"]) for h in answer["hits"]["hits"])}
        missing = [one for one in ids if one not in found]
        if missing:
            raise UnknownOverrideError(
                f"there is no override {', '.join(missing)}; gram-es override list shows their ids"
            )
        return list(found.values())

    def put(self, overrides: Iterable[Override]) -> None:
        """Write overrides; one that is there already is written over.

        :raises OverrideError: if the side index is not installed.
        """
        self._write(
            {"_id": self._key(one.id), "_source": {"index": self._index, **one.fields()}}
            for one in overrides
        )

    def remove(self, ids: Sequence[str]) -> None:
        """Remove overrides; one that is gone already is no error."""
        self._write({"_op_type": "delete", "_id": self._key(one)} for one in ids)

    def _write(self, actions: Iterable[dict[str, Any]]) -> None:
        with cluster_errors(f"write overrides of {self._index}"):
            try:
                self._client.indices.get_mapping(index=OVERRIDES)  # never one made by accident
            except NotFoundError:
                raise OverrideError(_NOT_INSTALLED) from None
            bulk(self._client, actions, index=OVERRIDES, refresh=True, ignore_status=404)

    @property
    def _ours(self) -> dict[str, Any]:
        return {"term": {"index": self._index}}

    def _key(self, override_id: str) -> str:
        return f"{self._index}:{override_id}"


def _place(override: Override) -> tuple[str, str, str]:
    return override.kind, override.product_id or override.query or "", override.code


def _override(source: Mapping[str, Any]) -> Override:
    held = {name: value for name, value in source.items() if name in Override.__dataclass_fields__}
    return Override(**{**held, "kind": Kind(source["kind"])})
