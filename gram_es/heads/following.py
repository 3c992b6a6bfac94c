"""The heads of one model in memory, read again only when they have changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from gram_es.errors import GramError
from gram_es.heads.store import Head, HeadStore
from gram_es.index.marking import Marker

if TYPE_CHECKING:
    from gram_es.model.runtime import LiveCodes, QueryCodes

log = logging.getLogger(__name__)

_EVERY_S: Final = 60.0
MOST_HEADS: Final = 5_000  # some 4 kB each; a shop's head is shorter


class FollowedHeads:
    """The most frequent queries of an index with their codes; safe for many threads.

    None before the first look, which is the first thing that happens in the background.
    """

    def __init__(
        self, store: HeadStore, *, every_s: float = _EVERY_S, most: int = MOST_HEADS
    ) -> None:
        self._store = store
        self._every_s = every_s
        self._most = most
        self._stopped = threading.Event()
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
        from gram_es.model.runtime import QueryCodes  # there by now, as ``live`` is

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
        """Look now and go on looking, in the background, until :meth:`stop`."""
        threading.Thread(target=self._follow, name="heads", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _follow(self) -> None:
        while True:
            try:
                self.look()
            except GramError as error:
                log.warning("the codes of frequent queries stay as they were: %s", error)
            if self._stopped.wait(self._every_s):
                return
