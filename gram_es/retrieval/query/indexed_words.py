"""Remember words of the live index that the model does not know, so as not to correct them."""

from __future__ import annotations

import threading
from collections.abc import Collection
from itertools import islice
from typing import Final

from gram_es.retrieval.context import IndexView

_MAX_WORDS: Final = 10_000


class IndexedWords:
    """Words of the live index that the model's vocabulary lacks; safe for many threads.

    The words are forgotten when the index is read again, because products may have been deleted.
    At most 10,000 words are kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._view: IndexView | None = None
        self._words: frozenset[str] = frozenset()

    def of(self, view: IndexView) -> frozenset[str]:
        """Return the words that were found while ``view`` was current."""
        with self._lock:
            return self._words if view is self._view else frozenset()

    def add(self, words: Collection[str], view: IndexView) -> None:
        """Add words that the index of ``view`` contains.

        Nothing changes if words of a later view were added already: a search that began before the
        index was read again must not replace them.
        """
        with self._lock:
            if self._view is not None and view.number < self._view.number:
                return
            older = self._words - {*words} if view is self._view else ()
            self._words = frozenset((*words, *islice(older, max(0, _MAX_WORDS - len(words)))))
            self._view = view
