"""Share one answer of the model among all callers that wait for the same query."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gram_es.text.spelling.speller import Spelling

if TYPE_CHECKING:
    from gram_es.model.gram import LiveCodes, QueryCodes

QueryKey = tuple[str, ...]
"""A query in normal form: as typed, as corrected, and its alternatives."""


@dataclass(frozen=True, slots=True, eq=False)
class PendingQuery:
    """A query that waits for the model, the codes to choose from, and its future answer."""

    spelling: Spelling
    live_codes: LiveCodes
    answer: Future[QueryCodes] = field(default_factory=Future)

    @property
    def key(self) -> QueryKey:
        """Return the query's key in the cache."""
        return self.spelling.typed, self.spelling.corrected, *self.spelling.alternatives

    def fits_batch_of(self, other: PendingQuery) -> bool:
        """Return whether the model can answer both queries in one batch."""
        return self.live_codes is other.live_codes


@dataclass(slots=True, eq=False)
class _Flight:
    query: PendingQuery
    callers: int = 0


class QueriesInFlight:
    """The queries that the model has not answered yet, each of them once; safe for many threads.

    A caller calls :meth:`join`, waits for the answer of the query that it returns, as long as it
    likes, and calls :meth:`leave`.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # to cancel an answer calls _remove in the same thread
        self._flights: dict[tuple[LiveCodes, QueryKey], _Flight] = {}

    def __len__(self) -> int:
        """Return the number of queries in flight."""
        return len(self._flights)

    def join(self, query: PendingQuery) -> PendingQuery:
        """Return the query in flight that asks the same.

        If there is none, ``query`` itself is from now on in flight until its answer is set: the
        caller has to see to that.
        """
        with self._lock:
            flight = self._flights.setdefault((query.live_codes, query.key), _Flight(query))
            flight.callers += 1
        if flight.query is query:
            query.answer.add_done_callback(lambda _: self._remove(query))
        return flight.query

    def leave(self, query: PendingQuery) -> None:
        """Cancel the query's answer if no caller waits for it and the model has not begun it."""
        with self._lock:
            flight = self._flights.get((query.live_codes, query.key))
            if flight is None or flight.query is not query:  # it has been answered
                return
            flight.callers -= 1
            if not flight.callers:
                query.answer.cancel()

    def _remove(self, query: PendingQuery) -> None:
        with self._lock:
            del self._flights[query.live_codes, query.key]
