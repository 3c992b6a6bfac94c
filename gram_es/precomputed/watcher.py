"""Keep precomputed query codes in memory, and read them again when they change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from gram_es.background import PeriodicTask
from gram_es.index.change_marker import ChangeMarker
from gram_es.precomputed.store import PrecomputedQuery, PrecomputedStore
from gram_es.text.spelling.speller import Spelling

if TYPE_CHECKING:
    from gram_es.model.gram import LiveCodes, QueryCodes

_INTERVAL_S: Final = 60.0
MAX_PRECOMPUTED: Final = 5_000  # about 4 kB each; few shops have more queries that are frequent


class PrecomputedWatcher:
    """Keeps the most frequent precomputed queries of one index and one model; thread-safe.

    It has no queries before the first :meth:`refresh`; :meth:`start` refreshes at once.
    """

    def __init__(
        self,
        store: PrecomputedStore,
        *,
        interval_s: float = _INTERVAL_S,
        limit: int = MAX_PRECOMPUTED,
    ) -> None:
        self._store = store
        self._limit = limit
        self._task = PeriodicTask(
            self.refresh,
            name="query-codes",
            interval_s=interval_s,
            on_failure="cannot read the precomputed query codes, using those read last",
            run_immediately=True,
        )
        self._marker: ChangeMarker | None = None
        self._queries: Mapping[tuple[str, str], PrecomputedQuery] = {}

    def get(self, spelling: Spelling, live: LiveCodes) -> QueryCodes | None:
        """Return the precomputed codes of a query that are in ``live``.

        The codes are empty if the model abstained from the query. If the query has codes but none
        is in ``live``, or if it was corrected otherwise when its codes were computed, return
        ``None``. The caller should then ask the model, which may find live codes.
        """
        stored = self._queries.get((spelling.typed, spelling.corrected))
        return stored.still_live(live) if stored else None

    def refresh(self) -> None:
        """Read the queries again if they have changed.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        marker = self._store.change_marker()
        if marker != self._marker:
            stored_queries = self._store.read(self._limit)
            self._queries = {(each.query, each.corrected): each for each in stored_queries}
            self._marker = marker

    def start(self) -> None:
        """Refresh in the background, at once and then periodically, until :meth:`stop`."""
        self._task.start()

    def stop(self) -> None:
        """Stop the periodic refresh."""
        self._task.stop()
