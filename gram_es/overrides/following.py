"""The overrides in force, read again only when they have changed."""

from __future__ import annotations

import logging
import threading
from typing import Final

from elasticsearch import Elasticsearch

from gram_es.errors import GramError
from gram_es.index.marking import Marker
from gram_es.overrides.book import EMPTY, RuleBook
from gram_es.overrides.store import OverrideStore

logger = logging.getLogger(__name__)

_EVERY_S: Final = 0.5


class FollowedRules:
    """The rule book of an index; safe for many threads.

    Who writes codes looks before writing and again afterwards: the same book means that no rule
    was set or lifted in between.
    """

    def __init__(self, client: Elasticsearch, index: str, *, every_s: float = _EVERY_S) -> None:
        self._index = index
        self._every_s = every_s
        self._stopped = threading.Event()
        self._store = OverrideStore(client, index)
        self._lock = threading.Lock()
        self._marker: Marker | None = None
        self._book = EMPTY

    @property
    def book(self) -> RuleBook:
        """The book as of the last look; an empty one before the first."""
        return self._book

    def look(self) -> RuleBook:
        """Return the book as it is now: the same object for as long as nothing changes.

        :raises ClusterError: if the cluster refuses or does not answer.
        """
        with self._lock:
            marker = self._store.marker()
            if marker != self._marker:
                # Read after the marker: what comes in between is read again at the next look.
                self._book, self._marker = RuleBook.of(self._store.read()), marker
            return self._book

    def start(self) -> None:
        """Go on looking in the background until :meth:`stop`."""
        threading.Thread(target=self._follow, name="overrides", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _follow(self) -> None:
        fault = ""
        while not self._stopped.wait(self._every_s):
            before, fault = fault, self._try_to_look()
            if fault and not before:
                logger.warning("%s: the overrides stay as they were: %s", self._index, fault)
            elif before and not fault:
                logger.warning("%s: the overrides are followed again", self._index)

    def _try_to_look(self) -> str:
        """Look, and return what stood against it."""
        try:
            self.look()
        except GramError as error:
            return str(error)
        return ""
