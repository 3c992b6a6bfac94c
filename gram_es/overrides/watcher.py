"""Keep the overrides of an index in memory, and read them again when they change."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from elasticsearch import Elasticsearch

from gram_es.background import PeriodicTask
from gram_es.index.change_marker import ChangeMarker
from gram_es.overrides.products import CodeRules
from gram_es.overrides.queries import QueryRules
from gram_es.overrides.rules import Override
from gram_es.overrides.store import OverrideStore


@dataclass(frozen=True)
class RuleSet:
    """All overrides of an index at one point in time; immutable."""

    products: CodeRules = field(default_factory=CodeRules)
    queries: QueryRules = field(default_factory=QueryRules)
    overrides: tuple[Override, ...] = ()

    @classmethod
    def of(cls, overrides: Sequence[Override]) -> RuleSet:
        """Build the rule set of these overrides."""
        return cls(CodeRules(overrides), QueryRules(overrides), tuple(overrides))


EMPTY_RULES: Final = RuleSet()
_INTERVAL_S: Final = 0.5


class RulesWatcher:
    """Keeps the rule set of an index current; thread-safe.

    A process that writes the codes of products calls :meth:`refresh` before and after writing. If
    both calls return the same object, no rule was set or removed in between.
    """

    def __init__(
        self, client: Elasticsearch, index: str, *, interval_s: float = _INTERVAL_S
    ) -> None:
        self._task = PeriodicTask(
            self.refresh,
            name="overrides",
            interval_s=interval_s,
            on_failure=f"{index}: cannot read the overrides, using those read last",
        )
        self._store = OverrideStore(client, index)
        self._lock = threading.Lock()
        self._marker: ChangeMarker | None = None
        self._current = EMPTY_RULES

    @property
    def current(self) -> RuleSet:
        """The rule set of the last refresh; empty before the first refresh."""
        return self._current

    def refresh(self) -> RuleSet:
        """Return the current rule set: the same object as long as no override changes.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        with self._lock:
            marker = self._store.change_marker()
            if marker != self._marker:
                # The marker is read first: the next refresh detects a change between the two reads.
                self._current, self._marker = RuleSet.of(self._store.read()), marker
            return self._current

    def start(self) -> None:
        """Refresh periodically in the background until :meth:`stop`."""
        self._task.start()

    def stop(self) -> None:
        """Stop the periodic refresh."""
        self._task.stop()
