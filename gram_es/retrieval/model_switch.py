"""Which of several loaded models answers: the one whose slot is live, as of a moment ago."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from gram_es.background import PeriodicTask
from gram_es.index.lifecycle import live_index
from gram_es.overrides.watcher import FollowedRules
from gram_es.retrieval.searcher import Searcher

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 2.0


class LiveSearcher:
    """Searchers of one index, a model each; a search is carried out by one of them alone.

    A change of the live slot or index is followed within seconds, one of ``rules`` within one.
    While the live model is none of theirs, the one that answered before goes on, with its own slot.
    """

    def __init__(
        self,
        searchers: Sequence[Searcher],
        *,
        interval_s: float = _INTERVAL_S,
        rules: FollowedRules | None = None,
    ) -> None:
        self._by_slot = {one.gram.slot: one for one in searchers if one.gram is not None}
        self._chosen = searchers[0]
        self._index: str | None = None
        self._heads = [one.heads for one in searchers if one.heads is not None]
        self._rules = rules
        self._task = PeriodicTask(
            self.look,
            name="live-slot",
            interval_s=interval_s,
            on_failure=f"{self._chosen.index}: the model that answers stays",
        )
        self._task.run_once()

    def current(self) -> Searcher:
        """Return the searcher to carry out a search with."""
        return self._chosen

    def look(self) -> None:
        """Look which slot of which index is live now; read its codes before its model answers.

        :raises ClusterError: if the cluster does not answer.
        :raises CatalogueIndexError: if the alias does not exist.
        """
        chosen = self._chosen
        found = live_index(chosen.client, chosen.index)
        live = self._by_slot.get(found.live_slot or "", chosen)
        if live is not chosen or self._index not in (None, found.index):
            live.live.refresh()
            logger.info("%s: %s answers now", found.index, found.live_slot)
            self._chosen = live
        self._index = found.index

    def start(self) -> None:
        """Look periodically for the live slot, rules and heads, until :meth:`stop`."""
        for heads in self._heads:
            heads.start()
        if self._rules is not None:
            self._rules.start()
        if self._by_slot:
            self._task.start()

    def stop(self) -> None:
        """Look no more."""
        for heads in self._heads:
            heads.stop()
        if self._rules is not None:
            self._rules.stop()
        self._task.stop()
