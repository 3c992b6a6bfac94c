"""Switch between several loaded models of one index.

The codes of each model are in a slot of the index. The model whose slot is live answers searches.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from gram_es.background import PeriodicTask
from gram_es.index.lifecycle import live_index
from gram_es.overrides.watcher import RulesWatcher
from gram_es.retrieval.searcher import Searcher

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 2.0


class ModelSwitch:
    """Selects the searcher that answers, among several searchers with one model each.

    All searchers search the same index. A background task checks every few seconds which slot is
    live. It selects the searcher whose model has its codes in the live slot. If there is no such
    searcher, the current searcher stays selected and continues to use its own model's slot. The
    overrides in ``rules`` are also refreshed in the background.
    """

    def __init__(
        self,
        searchers: Sequence[Searcher],
        *,
        interval_s: float = _INTERVAL_S,
        rules: RulesWatcher | None = None,
    ) -> None:
        self._by_slot = {
            searcher.gram.slot: searcher for searcher in searchers if searcher.gram is not None
        }
        self._current = searchers[0]
        self._index: str | None = None
        self._precomputed = [
            searcher.precomputed for searcher in searchers if searcher.precomputed is not None
        ]
        self._rules = rules
        self._task = PeriodicTask(
            self.refresh,
            name="live-slot",
            interval_s=interval_s,
            on_failure=f"{self._current.index}: the current model stays",
        )
        self._task.run_once()

    def current(self) -> Searcher:
        """Return the selected searcher, which is normally the searcher with the live model."""
        return self._current

    def refresh(self) -> None:
        """Read which index and slot are live, and switch to the searcher with the live model.

        The codes of a new index or slot are read before the switch.

        :raises ClusterError: if the cluster does not answer.
        :raises CatalogueIndexError: if the alias does not exist.
        """
        current = self._current
        live = live_index(current.client, current.index)
        chosen = self._by_slot.get(live.live_slot or "", current)
        if chosen is not current or self._index not in (None, live.index):
            chosen.index_reader.refresh()
            logger.info("%s: the model of slot %s answers now", live.index, live.live_slot)
            self._current = chosen
        self._index = live.index

    def start(self) -> None:
        """Start the background tasks, which run until :meth:`stop`.

        They refresh the live slot, the overrides and the precomputed codes.
        """
        for precomputed in self._precomputed:
            precomputed.start()
        if self._rules is not None:
            self._rules.start()
        if self._by_slot:
            self._task.start()

    def stop(self) -> None:
        """Stop the background tasks."""
        for precomputed in self._precomputed:
            precomputed.stop()
        if self._rules is not None:
            self._rules.stop()
        self._task.stop()
