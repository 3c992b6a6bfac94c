"""Drop what nothing needs any more: slots, from ``_meta`` and the documents, and old indices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterUnavailableError
from gram_es.index.alias_swap import note_predecessor
from gram_es.index.bulk import write_products
from gram_es.index.lifecycle import index_mapping, live_index
from gram_es.index.names import is_concrete, write_alias
from gram_es.index.scan import scan
from gram_es.index.slots import meta_without_slots, model_field

_PAGE = 256
_RETRIES = 5


@dataclass(frozen=True)
class Prunable:
    """A slot that would go, and how many documents hold its codes."""

    slot: str
    documents: int


def find_prunable(
    client: Elasticsearch, index: str, *, keep: Collection[str] = ()
) -> list[Prunable]:
    """Return the slots that are neither live nor to be kept, and are still somewhere.

    :raises CatalogueIndexError: if a slot to be kept is not there.
    """
    found = live_index(client, index)
    unknown = sorted(one for one in {*keep} - {*found.slots} if not is_concrete(one, index))
    if unknown:
        raise CatalogueIndexError(
            f"{found.index} has no slot {', '.join(unknown)} to keep; "
            f"it has {', '.join(sorted(found.slots)) or 'none'}"
        )
    with cluster_errors(f"read the mapping of {found.index}"):
        _, mapping = index_mapping(client, found.index)
    mapped = {*found.slots, *mapping["properties"]["gram"].get("properties", {})}
    counted = [
        Prunable(slot, _holding(client, index, slot))
        for slot in sorted(mapped - {found.live_slot, *keep})
    ]
    return [one for one in counted if one.documents or one.slot in found.slots]


@dataclass(frozen=True)
class PrunableIndex:
    """An index that would go, with its documents: one that was live, or is not live yet."""

    index: str
    documents: int


def find_prunable_indices(
    client: Elasticsearch, index: str, *, keep: Collection[str] = ()
) -> list[PrunableIndex]:
    """Return the indices of products of this name that are neither live nor to be kept.

    :raises CatalogueIndexError: if there is no live index.
    """
    live = live_index(client, index).index
    with cluster_errors(f"look for indices before {live}"):
        found = client.indices.stats(index=f"{index}-*", metric="docs")["indices"]
    return [
        PrunableIndex(name, found[name]["primaries"]["docs"]["count"])
        for name in sorted(found)
        if is_concrete(name, index) and name not in {live, *keep}
    ]


def prune_indices(client: Elasticsearch, index: str, names: Sequence[str]) -> None:
    """Delete these indices; there is no way back to them.

    :raises CatalogueIndexError: if one of them is live.
    """
    found = live_index(client, index)
    if found.index in names:
        raise CatalogueIndexError(f"{found.index} is live and cannot be pruned")
    if found.previous_index and found.previous_index.index in names:
        note_predecessor(client, found.index, None)
    for name in names:
        with cluster_errors(f"delete {name}"):
            client.indices.delete(index=name)


def _holding(client: Elasticsearch, index: str, slot: str) -> int:
    with cluster_errors(f"count the documents with codes of {slot}"):
        client.indices.refresh(index=index)
        return int(client.count(index=index, query=_holds([slot]))["count"])


def _holds(slots: Sequence[str]) -> dict[str, Any]:
    return {"bool": {"should": [{"exists": {"field": model_field(slot)}} for slot in slots]}}


def prune(
    client: Elasticsearch, index: str, slots: Sequence[str], looked_at: Callable[[int], object]
) -> None:
    """Take ``slots`` out of ``_meta`` first, then out of every document; safe to cut short.

    :param looked_at: is told how many documents more were written.
    :raises CatalogueIndexError: if one of them is live.
    :raises ClusterUnavailableError: if Elasticsearch stays away; run it again to go on.
    """
    if not slots:
        return
    _drop_from_meta(client, index, slots)
    overtaken = True
    while overtaken:
        overtaken = False
        with cluster_errors(f"make what was written to {index} searchable"):
            client.indices.refresh(index=index)
        for page in scan(client, index, _holds(slots), page_size=_PAGE):
            actions = [_without(hit, slots, write_alias(index)) for hit in page]
            overtaken |= _write(client, write_alias(index), actions)
            looked_at(len(page))


def _drop_from_meta(client: Elasticsearch, index: str, slots: Collection[str]) -> None:
    with cluster_errors(f"take slots out of {index}"):
        name, mapping = index_mapping(client, index)
        meta = mapping.get("_meta", {})
        if meta.get("live_slot") in slots:
            raise CatalogueIndexError(
                f"{meta['live_slot']} is the live slot of {name} and cannot be pruned"
            )
        client.indices.put_mapping(index=name, meta=meta_without_slots(meta, slots))


def _without(hit: Mapping[str, Any], slots: Sequence[str], alias: str) -> dict[str, Any]:
    """Return the action that writes exactly what was read but for the slots."""
    source = hit["_source"]
    gram = {slot: value for slot, value in source["gram"].items() if slot not in slots}
    return {
        "_op_type": "index",
        "_index": alias,
        "_id": hit["_id"],
        "if_seq_no": hit["_seq_no"],
        "if_primary_term": hit["_primary_term"],
        "_source": {**source, "gram": gram},
    }


def _write(client: Elasticsearch, alias: str, actions: Sequence[dict[str, Any]]) -> bool:
    """Write, and return whether other writers came between."""
    overtaken = False
    for one in write_products(client, alias, actions, retries=_RETRIES):
        if one.is_conflict:
            overtaken = True
        elif one.error:
            raise ClusterUnavailableError(
                f"cannot prune {one.product_id} ({one.status}: {one.error}); "
                "run the command again to go on"
            )
    return overtaken
