"""The heads of one model in memory, read again only when they have changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from gram_es.background import PeriodicTask
from gram_es.index.change_marker import Marker
from gram_es.precomputed.store import Head, HeadStore

if TYPE_CHECKING:
    from gram_es.model.gram import LiveCodes, QueryCodes

_INTERVAL_S: Final = 60.0
MOST_HEADS: Final = 5_000  # some 4 kB each; a shop's head is shorter


class FollowedHeads:
    """The most frequent queries of an index with their codes; safe for many threads.

    None before the first look, which is the first thing that happens in the background.
    """

    def __init__(
        self, store: HeadStore, *, interval_s: float = _INTERVAL_S, most: int = MOST_HEADS
    ) -> None:
        self._store = store
        self._most = most
        self._task = PeriodicTask(
            self.look,
            name="query-codes",
            interval_s=interval_s,
            on_failure="the codes of frequent queries stay as they were",
            run_at_once=True,
        )
        self._marker: Marker | None = None
        self._heads: Mapping[str, Head] = {}

    def get(self, query: str, live: LiveCodes) -> QueryCodes | None:
        """Return what was computed ahead of a query in normal form, without codes that are gone.

        ``None`` where nothing was, or all its codes are gone: the model may know of others.
        """
        head = self._heads.get(query)
        codes = head.alive(live) if head else ()
        if head is None or not codes:
            return None
        from gram_es.model.gram import QueryCodes  # there by now, as ``live`` is

        return QueryCodes(codes, head.vector)

    def look(self) -> None:
        """Read the heads if they have changed.

        :raises ClusterError: if the cluster refuses or does not answer.
        """
        marker = self._store.marker()
        if marker != self._marker:
            self._heads = {head.query: head for head in self._store.read(self._most)}
            self._marker = marker

    def start(self) -> None:
        """Look now and periodically, in the background, until :meth:`stop`."""
        self._task.start()

    def stop(self) -> None:
        """Look no more."""
        self._task.stop()
