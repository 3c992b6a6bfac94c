"""Codes of queries that were asked before, in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gram_es.model.runtime import LiveCodes, QueryCodes

Asked = tuple[str, bool]
"""A query in normal form, and whether it may be mended."""


class KeptCodes:
    """The codes of the last ``most`` queries, as decoded over one reading of the live codes.

    With another reading they are gone: a code that left the index must not be searched, and one
    that came may be better. Safe for many threads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._live: LiveCodes | None = None
        self._kept: OrderedDict[Asked, QueryCodes] = OrderedDict()

    def get(self, asked: Asked, live: LiveCodes) -> QueryCodes | None:
        """Return what is kept, and keep it longer for having been asked for."""
        with self._lock:
            if live is not self._live or asked not in self._kept:
                return None
            self._kept.move_to_end(asked)
            return self._kept[asked]

    def put(self, asked: Asked, live: LiveCodes, codes: QueryCodes) -> None:
        """Keep ``codes``; the ones that were not asked for longest make room."""
        with self._lock:
            if live is not self._live:
                self._live = live
                self._kept.clear()
            self._kept[asked] = codes
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
