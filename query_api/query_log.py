"""What people search for, sampled, in the index ``gram-es-queries``; nothing of who they are."""

from __future__ import annotations

import atexit
import random
import re
import threading
import unicodedata
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
from query_api.http.metrics import count_logged

_INTERVAL_S: Final = 5.0
_MOST: Final = 2_000  # entries; some 500 bytes each
# an e-mail address; a number of seven digits or more, as of a telephone, a card, a customer
_PERSONAL: Final = re.compile(r"\S@\S|\d(?:[\s().+/-]*\d){6}")


class QueryLog:
    """Writes a ``share`` of the searches of ``index`` in the background; safe for many threads.

    Nobody waits for it: what finds no room, or what the cluster does not take, is dropped and
    counted.
    """

    def __init__(
        self,
        client: Elasticsearch,
        index: str,
        *,
        share: float,
        interval_s: float = _INTERVAL_S,
        most: int = _MOST,
    ) -> None:
        self._client = client
        self._index = index
        self._share = share
        self._most = most
        self._entries: deque[dict[str, Any]] = deque()
        self._writing = threading.Lock()
        self._task = PeriodicTask(self.flush, name="query-log", interval_s=interval_s)

    def note(self, result: SearchResult) -> None:
        """Remember a search of some words for the next writing; of its pages the first alone."""
        if not result.text or result.request.offset or random.random() >= self._share:  # noqa: S311
            return
        if len(self._entries) >= self._most:
            count_logged(0, dropped=1)
            return
        self._entries.append(entry(result, self._index, datetime.now(UTC)))

    def flush(self) -> None:
        """Write what is remembered; what cannot be written is dropped and counted."""
        with self._writing:
            entries = [self._entries.popleft() for _ in range(len(self._entries))]
        if not entries:
            return
        written = 0
        with (
            logged_errors("searches are missing from the log of queries"),
            cluster_errors(f"write {QUERIES}"),
        ):
            actions = ({"_op_type": "create", "_source": one} for one in entries)
            written, _ = bulk(
                self._client, actions, index=QUERIES, raise_on_error=False, stats_only=True
            )
        count_logged(written, dropped=len(entries) - written)

    def start(self) -> None:
        """Write now and then in the background, and once more when the process ends."""
        self._task.start()
        atexit.register(self.flush)

    def stop(self) -> None:
        """Write no more."""
        self._task.stop()
        atexit.unregister(self.flush)


def open_query_log(settings: Settings) -> QueryLog | None:
    """Return the log, writing in the background, or none where it is switched off.

    :raises ClusterError: when there is no cluster to connect to.
    """
    if not settings.query_log:
        return None
    query_log = QueryLog(connect(settings), settings.index, share=settings.query_log)
    query_log.start()
    return query_log


def entry(result: SearchResult, index: str, at: datetime) -> dict[str, Any]:
    """Return what is kept of a search: no address, no session, no request id.

    A query that may name a person is left out of its entry.
    """
    told = {} if _may_be_personal(result.text) else {"query": normalise(result.text)}
    return {
        **told,
        "index": index,
        "model": result.model,
        "codes": [code.label for code in result.codes] if told else [],
        "mode": result.mode,
        "total": result.total,
        "nothing_found": bool(result.dropped) or not result.hits,
        "took_ms": round(result.took_ms["total"], 1),
        "at": at.isoformat(timespec="seconds"),
    }


def _may_be_personal(text: str) -> bool:
    return _PERSONAL.search(unicodedata.normalize("NFKC", text)) is not None
