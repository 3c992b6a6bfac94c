"""Precompute the codes of frequent queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError
from gram_es.index.lifecycle import live_index
from gram_es.precomputed.store import PrecomputedQuery, PrecomputedStore, answered_query
from gram_es.retrieval.live_index import LiveIndexReader
from gram_es.text.spelling.speller import Spelling

if TYPE_CHECKING:
    from gram_es.language_model.query_codes import TwoExperts
    from gram_es.model.gram import Gram, LiveCodes

_BATCH: Final = 64
_BATCH_OF_BOTH: Final = 4  # a language model takes seconds for each


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
    experts: TwoExperts | None = None,
    on_progress: Callable[[int], object] = lambda _: None,
) -> WarmReport:
    """Decode ``queries``, store the answers, and delete stale answers of earlier calls.

    An answer of an earlier call is stale if its query was not stored again. Answers of another
    model are kept if the live index contains codes of that model. Without ``experts``, the codes
    that a language model chose in the last thirty days are kept.

    :param queries: queries in normal form with their counts.
    :param keep: words whose spelling searches do not correct.
    :param experts: ``gram`` with a language model, which then chooses the codes, too.
    :param on_progress: called after each batch with the number of queries in it.
    :raises CatalogueIndexError: if the index does not contain the codes of this model.
    :raises ClusterError: if the cluster rejects a request or does not answer.
    """
    live = _live_codes(client, gram, index)
    store, started = PrecomputedStore(client, index, gram.fingerprint), datetime.now(UTC)
    stored = 0
    size = _BATCH_OF_BOTH if experts else _BATCH
    for start in range(0, len(queries), size):
        batch = queries[start : start + size]
        spellings = [gram.speller.spell(query, keep) for query, _ in batch]
        kept = {} if experts else _kept(store, spellings)
        answers = _answers(experts or gram, live, [s for s in spellings if s.typed not in kept])
        counted = [replace((kept | answers)[query], count=count) for query, count in batch]
        store.put(counted, started)
        stored += sum(bool(each.codes) for each in counted)
        on_progress(len(batch))
    in_use = [slot.fingerprint for slot in live_index(client, index).slots.values()]
    deleted = store.delete_stale(before=started, models_in_use=in_use)
    return WarmReport(stored, len(queries) - stored, deleted)


def _kept(store: PrecomputedStore, spellings: Sequence[Spelling]) -> dict[str, PrecomputedQuery]:
    """Return the queries that a language model has answered, which the encoder alone cannot."""
    stored = store.get_all(spellings)
    return {query: entry for query, entry in stored.items() if entry.is_kept()}


def _answers(
    model: Gram | TwoExperts, live: LiveCodes, spellings: Sequence[Spelling]
) -> dict[str, PrecomputedQuery]:
    """Return each query with its codes, by query; with none if the model abstains."""
    answers = model.understand(spellings, live)
    return {
        spelling.typed: answered_query(spelling, answer)
        for spelling, answer in zip(spellings, answers, strict=True)
    }


def _live_codes(client: Elasticsearch, gram: Gram, index: str) -> LiveCodes:
    reader = LiveIndexReader(client, gram, index=index, max_age_s=0, without_model="")
    view = reader.view()
    if view.live_codes is None:
        raise CatalogueIndexError("; ".join(view.degraded))
    return view.live_codes
