"""Which of several loaded models answers: the one whose slot is live, as of a moment ago."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Final

from gram_es.errors import GramError
from gram_es.index.lifecycle import live_index
from gram_es.overrides.following import FollowedRules
from gram_es.retrieval.searcher import Searcher

log = logging.getLogger(__name__)

_EVERY_S: Final = 2.0


class LiveSearcher:
    """Searchers of one index, a model each; a search is carried out by one of them alone.

    A change of the live slot or index is followed within seconds, one of ``rules`` within one.
    While the live model is none of theirs, the one that answered before goes on, with its own slot.
    """

    def __init__(
        self,
        searchers: Sequence[Searcher],
        *,
        every_s: float = _EVERY_S,
        rules: FollowedRules | None = None,
    ) -> None:
        self._by_slot = {one.gram.slot: one for one in searchers if one.gram is not None}
        self._chosen = searchers[0]
        self._index: str | None = None
        self._heads = [one.heads for one in searchers if one.heads is not None]
        self._every_s = every_s
        self._rules = rules
        self._stopped = threading.Event()
        self.look()

    def current(self) -> Searcher:
        """Return the searcher to carry out a search with."""
        return self._chosen

    def look(self) -> None:
        """Look which slot of which index is live now; read its codes before its model answers."""
        chosen = self._chosen
        try:
            found = live_index(chosen.client, chosen.index)
            live = self._by_slot.get(found.live_slot or "", chosen)
            if live is not chosen or self._index not in (None, found.index):
                live.live.refresh()
                log.info("%s: %s answers now", found.index, found.live_slot)
                self._chosen = live
            self._index = found.index
        except GramError as error:
            log.warning("%s: the model that answers stays: %s", chosen.index, error)

    def start(self) -> None:
        """Go on looking in the background until :meth:`stop`: for the live slot, rules, heads."""
        for heads in self._heads:
            heads.start()
        if self._rules is not None:
            self._rules.start()
        if self._by_slot:
            threading.Thread(target=self._follow, name="live-slot", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        for heads in self._heads:
            heads.stop()
        if self._rules is not None:
            self._rules.stop()
        self._stopped.set()

    def _follow(self) -> None:
        while not self._stopped.wait(self._every_s):
            self.look()
