"""Delete slots and indices that are no longer needed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import CatalogueIndexError, ClusterUnavailableError
from gram_es.index.alias_swap import note_predecessor
from gram_es.index.bulk import write_products
from gram_es.index.documents import weighted_slots
from gram_es.index.lifecycle import index_mapping, live_index
from gram_es.index.names import is_concrete, write_alias
from gram_es.index.scan import scan
from gram_es.index.slots import meta_without_slots, model_field

_REMEDY = "its slots stay until the shop writes its documents again"
_PAGE = 256
_RETRIES = 5


@dataclass(frozen=True)
class PrunableSlot:
    """A slot that can be pruned, and the number of documents that have its codes."""

    slot: str
    documents: int


def find_prunable(
    client: Elasticsearch, index: str, *, keep: Collection[str] = ()
) -> list[PrunableSlot]:
    """Return the slots that are neither live nor in ``keep``.

    A slot that was pruned before is left out. Such a slot is not listed in ``_meta``, and no
    document has codes in it.

    :raises CatalogueIndexError: if ``keep`` has a name that is neither a slot nor an index.
    """
    live = live_index(client, index)
    live.check_is_own(_REMEDY)
    unknown = sorted(name for name in {*keep} - {*live.slots} if not is_concrete(name, index))
    if unknown:
        raise CatalogueIndexError(
            f"{live.index} has no slot {', '.join(unknown)} to keep; "
            f"it has {', '.join(sorted(live.slots)) or 'none'}"
        )
    with cluster_errors(f"read the mapping of {live.index}"):
        _, mapping = index_mapping(client, live.index)
    mapped = {*live.slots, *mapping["properties"]["gram"].get("properties", {})}
    slots = [
        PrunableSlot(slot, _count_with_codes(client, index, slot))
        for slot in sorted(mapped - {live.live_slot, *keep})
    ]
    return [slot for slot in slots if slot.documents or slot.slot in live.slots]


@dataclass(frozen=True)
class PrunableIndex:
    """An index that can be pruned, and its number of documents.

    The index was live earlier, or an unfinished migration has created it.
    """

    index: str
    documents: int


def find_prunable_indices(
    client: Elasticsearch, index: str, *, keep: Collection[str] = ()
) -> list[PrunableIndex]:
    """Return the products indices that are neither live nor in ``keep``.

    :param index: the read alias.
    :raises CatalogueIndexError: if there is no live index.
    """
    live = live_index(client, index).index
    with cluster_errors(f"list the indices of {index}"):
        stats = client.indices.stats(index=f"{index}-*", metric="docs")["indices"]
        # An interrupted migration may leave an index closed; such an index has no statistics.
        names = client.indices.get_alias(index=f"{index}-*", expand_wildcards="open,closed")
    return [
        PrunableIndex(name, stats[name]["primaries"]["docs"]["count"] if name in stats else 0)
        for name in sorted(names)
        if is_concrete(name, index) and name not in {live, *keep}
    ]


def prune_indices(client: Elasticsearch, index: str, names: Sequence[str]) -> None:
    """Delete these indices; a rollback to them is then impossible.

    :raises CatalogueIndexError: if one of the indices is live.
    """
    live = live_index(client, index)
    if live.index in names:
        raise CatalogueIndexError(f"{live.index} is live and cannot be pruned")
    if live.previous_index and live.previous_index.index in names:
        note_predecessor(client, live.index, None)
    for name in names:
        with cluster_errors(f"delete {name}"):
            client.indices.delete(index=name)


def prune(
    client: Elasticsearch, index: str, slots: Sequence[str], on_progress: Callable[[int], object]
) -> None:
    """Remove ``slots`` from ``_meta`` and then from every document.

    :param on_progress: called after each page with the number of its documents.
    :raises CatalogueIndexError: if one of the slots is live.
    :raises ClusterUnavailableError: if Elasticsearch stays overloaded; repeat the call later.
    """
    if not slots:
        return
    _drop_from_meta(client, index, slots)
    had_conflicts = True
    while had_conflicts:
        had_conflicts = False
        with cluster_errors(f"refresh {index}"):
            client.indices.refresh(index=index)
        for page in scan(client, index, _slots_query(slots), page_size=_PAGE):
            actions = [_action_without(hit, slots, write_alias(index)) for hit in page]
            had_conflicts |= _write(client, write_alias(index), actions)
            on_progress(len(page))


def _count_with_codes(client: Elasticsearch, index: str, slot: str) -> int:
    with cluster_errors(f"count the documents with codes of {slot}"):
        client.indices.refresh(index=index)
        return int(client.count(index=index, query=_slots_query([slot]))["count"])


def _slots_query(slots: Sequence[str]) -> dict[str, Any]:
    return {"bool": {"should": [{"exists": {"field": model_field(slot)}} for slot in slots]}}


def _drop_from_meta(client: Elasticsearch, index: str, slots: Collection[str]) -> None:
    with cluster_errors(f"remove slots from {index}"):
        name, mapping = index_mapping(client, index)
        meta = mapping.get("_meta", {})
        if meta.get("live_slot") in slots:
            raise CatalogueIndexError(
                f"{meta['live_slot']} is the live slot of {name} and cannot be pruned"
            )
        client.indices.put_mapping(index=name, meta=meta_without_slots(meta, slots))


def _action_without(hit: Mapping[str, Any], slots: Sequence[str], alias: str) -> dict[str, Any]:
    """Return the bulk action that removes the codes in ``slots`` from the document of a hit."""
    source = hit["_source"]
    gram = weighted_slots(source, {*source["gram"]} - {*slots})
    return {
        "_op_type": "index",
        "_index": alias,
        "_id": hit["_id"],
        "if_seq_no": hit["_seq_no"],
        "if_primary_term": hit["_primary_term"],
        "_source": {**source, "gram": gram},
    }


def _write(client: Elasticsearch, alias: str, actions: Sequence[dict[str, Any]]) -> bool:
    """Send the actions; return whether another process changed one of the documents first."""
    had_conflicts = False
    for result in write_products(client, alias, actions, retries=_RETRIES):
        if result.is_conflict:
            had_conflicts = True
        elif result.error:
            raise ClusterUnavailableError(
                f"cannot prune {result.product_id} ({result.status}: {result.error}); "
                "run the command again to resume"
            )
    return had_conflicts
