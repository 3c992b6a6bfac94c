"""A cache of the codes of recent queries, in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gram_es.model.gram import LiveCodes, QueryCodes

QueryKey = tuple[str, bool]
"""A query in normal form, and whether its spelling may be corrected."""


class CodeCache:
    """The codes of the last ``capacity`` queries, as decoded over one reading of the live codes.

    Another reading empties it: a code that left the index must not be searched, and one that was
    added may be better. Safe for many threads.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._live: LiveCodes | None = None
        self._entries: OrderedDict[QueryKey, QueryCodes] = OrderedDict()

    def get(self, key: QueryKey, live: LiveCodes) -> QueryCodes | None:
        """Return the cached codes, and mark them as recently used."""
        with self._lock:
            if live is not self._live or key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key]

    def put(self, key: QueryKey, live: LiveCodes, codes: QueryCodes) -> None:
        """Store ``codes``; the least recently used entry makes room."""
        with self._lock:
            if live is not self._live:
                self._live = live
                self._entries.clear()
            self._entries[key] = codes
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
