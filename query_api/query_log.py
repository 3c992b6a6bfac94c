"""The query log: a sample of the searches, in the index ``gram-es-queries``.

An entry contains neither the client's address nor a session. If the query contains an e-mail
address or a number of seven digits or more, the entry omits the query and its codes. Names and
postal addresses are not recognised: such a query is stored as it is.
"""

from __future__ import annotations

import atexit
import random
import re
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any, Final

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from gram_es.background import PeriodicTask, logged_errors
from gram_es.cluster.client import cluster_errors, connect
from gram_es.index.names import QUERIES
from gram_es.retrieval.result import SearchResult
from gram_es.settings import Settings
from gram_es.text.normalise import normalise
from gram_es.text.unicode_form import unicode_form
from query_api.http.metrics import count_log_entries

_INTERVAL_S: Final = 5.0
_MAX_ENTRIES: Final = 2_000  # about 500 bytes each
# An e-mail address, or a number of seven digits or more, such as a telephone, card or customer
# number, whatever signs are between the digits.
_EMAIL_OR_LONG_NUMBER: Final = re.compile(r"\S\s*@\s*\S|\d(?:[\W_]*\d){6}")


class QueryLog:
    """Logs a random sample of the searches of ``index`` from a background thread; thread-safe.

    ``share``, from 0 to 1, is the probability that a search is logged. Searches are never delayed:
    the log buffers up to ``max_entries`` entries and writes them every ``interval_s`` seconds. It
    drops and counts entries that exceed the buffer, and entries that the cluster rejects.
    """

    def __init__(
        self,
        client: Elasticsearch,
        index: str,
        *,
        share: float,
        interval_s: float = _INTERVAL_S,
        max_entries: int = _MAX_ENTRIES,
    ) -> None:
        self._client = client
        self._index = index
        self._share = share
        self._max_entries = max_entries
        self._entries: deque[dict[str, Any]] = deque()
        self._lock = threading.Lock()
        self._task = PeriodicTask(self.flush, name="query-log", interval_s=interval_s)

    def add(self, result: SearchResult) -> None:
        """Buffer an entry for ``result``, if the random sample selects it.

        Only the first page of a search with a text can be selected.
        """
        if not result.searched_text or result.request.offset:
            return
        if random.random() >= self._share:  # noqa: S311 - a sample, no secret
            return
        if len(self._entries) >= self._max_entries:
            count_log_entries(0, dropped=1)
            return
        self._entries.append(log_entry(result, self._index, datetime.now(UTC)))

    def flush(self) -> None:
        """Write the buffered entries; drop and count entries that cannot be written."""
        with self._lock:
            entries = [self._entries.popleft() for _ in range(len(self._entries))]
        if not entries:
            return
        written = 0
        with (
            logged_errors("entries of the query log are lost"),
            cluster_errors(f"write {QUERIES}"),
        ):
            actions = ({"_op_type": "create", "_source": entry} for entry in entries)
            written, _ = bulk(
                self._client, actions, index=QUERIES, raise_on_error=False, stats_only=True
            )
        count_log_entries(written, dropped=len(entries) - written)

    def start(self) -> None:
        """Start writing in the background, at intervals and once more when the process ends."""
        self._task.start()
        atexit.register(self.flush)

    def stop(self) -> None:
        """Stop writing in the background and at the end of the process."""
        self._task.stop()
        atexit.unregister(self.flush)


def open_query_log(settings: Settings) -> QueryLog | None:
    """Return a started query log, or ``None`` if the settings disable it.

    :raises ClusterError: if the cluster cannot be reached.
    """
    if not settings.query_log_share:
        return None
    query_log = QueryLog(connect(settings), settings.index, share=settings.query_log_share)
    query_log.start()
    return query_log


def log_entry(result: SearchResult, index: str, at: datetime) -> dict[str, Any]:
    """Return the log entry of a search; it has no address, no session and no request id.

    The query is logged in normal form without the words that state conditions, such as a price, as
    it is sent to the model.

    If the query contains an e-mail address or a number of seven digits or more, the entry omits the
    query and its codes.

    :param index: the name under which the index was searched.
    :param at: the time of the search.
    """
    is_omitted = has_email_or_long_number(result.text)
    query = {} if is_omitted else {"query": normalise(result.searched_text)}
    return {
        **query,
        "index": index,
        "model": result.model,
        "codes": [] if is_omitted else [code.label for code in result.codes],
        "mode": result.mode,
        "total": result.total,
        "nothing_found": bool(result.dropped) or not result.hits,
        "took_ms": round(result.took_ms["total"], 1),
        "at": at.isoformat(timespec="seconds"),
    }


def has_email_or_long_number(text: str) -> bool:
    """Return whether a query has an e-mail address or a number of seven digits or more."""
    return _EMAIL_OR_LONG_NUMBER.search(unicode_form("NFKC", text)) is not None
