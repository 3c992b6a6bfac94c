"""Precompute the codes of frequent queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import live_index
from gram_es.precomputed.store import PrecomputedQuery, PrecomputedStore
from gram_es.retrieval.live_index import LiveIndexReader

if TYPE_CHECKING:
    from gram_es.model.gram import Gram, LiveCodes

_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class WarmReport:
    """The result of :func:`warm`, in numbers of queries.

    ``stored`` counts the queries that were stored with codes. ``abstained`` counts the queries for
    which the model has no codes; they are stored too, so that searches need not ask the model.
    ``deleted`` counts the stale queries that were deleted.
    """

    stored: int
    abstained: int
    deleted: int


def warm(
    client: Elasticsearch,
    gram: Gram,
    index: str,
    queries: Sequence[tuple[str, int]],
    *,
    keep: frozenset[str] = frozenset(),
    on_progress: Callable[[int], object] = lambda _: None,
) -> WarmReport:
    """Decode ``queries``, store the answers, and delete stale answers of earlier calls.

    An answer of an earlier call is stale if its query was not stored again. Answers of another
    model are kept if the live index contains codes of that model.

    :param queries: queries in normal form with their counts.
    :param keep: words whose spelling searches do not correct.
    :param on_progress: called after each batch with the number of queries in it.
    :raises CatalogueIndexError: if the index does not contain the codes of this model.
    :raises ClusterError: if the cluster rejects a request or does not answer.
    """
    live = _live_codes(client, gram, index)
    store, started = PrecomputedStore(client, index, gram.fingerprint), datetime.now(UTC)
    stored = 0
    for start in range(0, len(queries), _BATCH):
        batch = queries[start : start + _BATCH]
        answered = _answer(gram, live, batch, keep)
        store.put(answered, started)
        stored += sum(bool(each.codes) for each in answered)
        on_progress(len(batch))
    in_use = [slot.fingerprint for slot in live_index(client, index).slots.values()]
    deleted = store.delete_stale(before=started, models_in_use=in_use)
    return WarmReport(stored, len(queries) - stored, deleted)


def _answer(
    gram: Gram, live: LiveCodes, batch: Sequence[tuple[str, int]], keep: frozenset[str]
) -> list[PrecomputedQuery]:
    """Return each query of a batch with its codes; with none if the model abstains."""
    spellings = [gram.speller.spell(query, keep) for query, _ in batch]
    answers = gram.understand(spellings, live)
    return [
        PrecomputedQuery(query, spelling.corrected, count, answer.codes, answer.vector)
        for (query, count), spelling, answer in zip(batch, spellings, answers, strict=True)
    ]


def _live_codes(client: Elasticsearch, gram: Gram, index: str) -> LiveCodes:
    reader = LiveIndexReader(client, gram, index=index, max_age_s=0, without_model="")
    view = reader.view()
    if view.live_codes is None:
        raise CatalogueIndexError("; ".join(view.degraded))
    return view.live_codes
