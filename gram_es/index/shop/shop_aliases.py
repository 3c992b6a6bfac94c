"""The aliases of gram-es for a shop's own index.

Only aliases that gram-es added are moved. ``gram-es-enrichments`` records them, because the shop
may replace the whole ``_meta`` of its index.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError
from gram_es.index.names import ENRICHMENTS, write_alias
from gram_es.index.slots import is_shops_meta

_KIND = "alias"


class ShopAliases:
    """The read and the write alias of gram-es, pointed to a shop's own index.

    :param alias: the read alias, ``GRAM_ES_INDEX``; it may be the shop's own name of the index.
    :param name: the shop's name of the index, an alias or the concrete name.
    :param index: the concrete name of the index.
    """

    def __init__(self, client: Elasticsearch, alias: str, *, name: str, index: str) -> None:
        self._client = client
        self._names = (alias, write_alias(alias))
        self._shops_name = name
        self._index = index

    def check(self) -> None:
        """Check that the aliases are free, are on the index, or were added for the same shop name.

        :raises CatalogueIndexError: if one of them may not be moved.
        :raises ClusterError: if the cluster rejects a request or does not answer.
        """
        for name in self._names:
            for other, mapping in self._behind(name).items():
                if other != self._index and (objection := self._objection(name, other, mapping)):
                    raise CatalogueIndexError(f"the alias {name} is in use: {objection}")

    def _objection(self, name: str, other: str, mapping: Mapping[str, Any]) -> str:
        """Return why an alias may not be moved from another index, or an empty text."""
        free = f"gram-{re.sub('[^a-z0-9]+', '-', self._index).strip('-')}"
        remedy = f"set GRAM_ES_INDEX to a name that is free, such as {free}"
        if other == name:
            return f"it is an index itself; {remedy}"
        is_shops = is_shops_meta(mapping.get("_meta", {}))
        shops_names = self._recorded_names(name) if is_shops else []
        if self._shops_name in shops_names:
            return ""
        if not shops_names:
            return f"it points to {other}, and gram-es did not add it for a shop's index; {remedy}"
        return (
            f"it points to {other}, for which it was added by the name"
            f" {' and '.join(shops_names)}; {remedy}, or move that name to {self._index} yourself,"
            " and run the command with it"
        )

    def point(self) -> None:
        """Point both aliases to the index alone, in one request.

        An alias that is on the index already is not changed, whoever added it.

        :raises CatalogueIndexError: as :meth:`check`.
        :raises ClusterError: if the cluster rejects a request or does not answer.
        """
        self.check()
        actions = list[dict[str, Any]]()
        for name in self._names:
            behind = {*self._behind(name)}
            writes = {"is_write_index": True} if name != self._names[0] else {}
            actions += [{"remove": {"index": i, "alias": name}} for i in behind - {self._index}]
            if self._index not in behind:
                actions.append({"add": {"index": self._index, "alias": name, **writes}})
                self._record(name)
            elif self._recorded_names(name):
                self._record(name)  # the same index, by another name of the shop
        if actions:
            with cluster_errors(f"point {self._names[0]} to {self._index}"):
                self._client.indices.update_aliases(actions=actions)

    def _behind(self, name: str) -> dict[str, Mapping[str, Any]]:
        """Return the mappings of the indices behind a name by index; empty if there is none."""
        with cluster_errors(f"read the alias {name}"):
            answer = self._client.indices.get_mapping(index=name, ignore_unavailable=True).body
        return {index: entry["mappings"] for index, entry in answer.items()}

    def _recorded_names(self, name: str) -> list[str]:
        """Return the shop's names for which gram-es added an alias; empty if it did not."""
        with cluster_errors(f"read {ENRICHMENTS}"):
            try:
                source: Mapping[str, Any] = self._client.get(index=ENRICHMENTS, id=_id(name)).body
            except NotFoundError:
                return []
        names: list[str] = source["_source"]["value"]["names"]
        return names

    def _record(self, name: str) -> None:
        """Record that gram-es adds an alias; before it does, so that the alias stays movable."""
        recorded = self._recorded_names(name)
        if self._shops_name in recorded:
            return
        at = datetime.now(UTC).isoformat(timespec="seconds")
        names = sorted({*recorded, self._shops_name})
        document = {"kind": _KIND, "at": at, "value": {"names": names}}
        with cluster_errors(f"write {ENRICHMENTS}"):
            self._client.index(index=ENRICHMENTS, id=_id(name), document=document)


def _id(name: str) -> str:
    return f"{_KIND}-{name}"
