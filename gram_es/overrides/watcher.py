"""The overrides in force, read again only when they have changed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from elasticsearch import Elasticsearch

from gram_es.background import PeriodicTask
from gram_es.index.change_marker import Marker
from gram_es.overrides.products import CodeRules
from gram_es.overrides.queries import QueryRules
from gram_es.overrides.rules import Override
from gram_es.overrides.store import OverrideStore


@dataclass(frozen=True)
class RuleBook:
    """All overrides of an index as they stood at one moment; never changed, only replaced."""

    products: CodeRules = field(default_factory=CodeRules)
    queries: QueryRules = field(default_factory=QueryRules)
    overrides: tuple[Override, ...] = ()

    @classmethod
    def of(cls, overrides: Sequence[Override]) -> RuleBook:
        """Return the book of these overrides."""
        return cls(CodeRules(overrides), QueryRules(overrides), tuple(overrides))


EMPTY: Final = RuleBook()


_INTERVAL_S: Final = 0.5


class FollowedRules:
    """The rule book of an index; safe for many threads.

    Who writes codes looks before writing and again afterwards: the same book means that no rule
    was set or lifted in between.
    """

    def __init__(
        self, client: Elasticsearch, index: str, *, interval_s: float = _INTERVAL_S
    ) -> None:
        self._task = PeriodicTask(
            self.look,
            name="overrides",
            interval_s=interval_s,
            on_failure=f"{index}: the overrides stay as they were",
        )
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
        """Look periodically in the background until :meth:`stop`."""
        self._task.start()

    def stop(self) -> None:
        """Look no more."""
        self._task.stop()
