"""Compute the codes of frequent queries ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import live_index
from gram_es.precomputed.store import Head, HeadStore
from gram_es.retrieval.live_index import IndexReader

if TYPE_CHECKING:
    from gram_es.model.gram import Gram, LiveCodes

_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class Warmed:
    """How many queries were given codes, of how many the model abstained, how many were dropped."""

    kept: int
    abstained: int
    forgotten: int


def warm(
    client: Elasticsearch,
    gram: Gram,
    index: str,
    queries: Sequence[tuple[str, int]],
    *,
    told: Callable[[int], object] = lambda _: None,
) -> Warmed:
    """Store the codes of ``queries``, in normal form with their counts; heads from before go.

    :param told: called with the number of queries done since.
    :raises CatalogueIndexError: if the codes of the model are not those that the index holds.
    :raises ClusterError: if the cluster refuses or does not answer.
    """
    live = _live_codes(client, gram, index)
    store, started = HeadStore(client, index, gram.fingerprint), datetime.now(UTC)
    kept = 0
    for start in range(0, len(queries), _BATCH):
        batch = queries[start : start + _BATCH]
        heads = _decode(gram, live, batch)
        store.put(heads, started)
        kept += len(heads)
        told(len(batch))
    in_use = [slot.fingerprint for slot in live_index(client, index).slots.values()]
    forgotten = store.forget(before=started, models_in_use=in_use)
    return Warmed(kept, len(queries) - kept, forgotten)


def _decode(gram: Gram, live: LiveCodes, batch: Sequence[tuple[str, int]]) -> list[Head]:
    """Return the queries that get codes; what the model abstains from it may know later."""
    found = gram.understand([query for query, _ in batch], live)
    return [
        Head(query, count, understood.codes, understood.vector)
        for (query, count), understood in zip(batch, found, strict=True)
        if understood.codes
    ]


def _live_codes(client: Elasticsearch, gram: Gram, index: str) -> LiveCodes:
    reader = IndexReader(client, gram, index=index, max_age_s=0, without_model="")
    view = reader.view()
    if view.live is None:
        raise CatalogueIndexError("; ".join(view.degraded))
    return view.live
