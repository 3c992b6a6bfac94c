"""Send queries to the workers with a language model, without delaying searches.

A query is sent if a language model has a say in its codes and the encoder alone chose them. The
next search for it uses the codes that a worker stores. What cannot be sent is dropped and counted:
a shopper who asks again sends it again.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from gram_es.background import PeriodicTask
from gram_es.errors import GramError
from gram_es.retrieval.result import SearchResult
from gram_es.settings import Settings
from gram_es.text.normalise import MAX_ASKED_CHARS
from ingest.broker.message import MAX_QUEUED_QUERIES
from query_api.http.metrics import SendOutcome, count_sent_queries
from query_api.query_log import has_email_or_long_number

if TYPE_CHECKING:
    from ingest.broker.query_queue import AskedQuery

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 1.0
_MAX_BUFFERED: Final = 200  # queries that wait for the broker in this process
_REPEAT_S: Final = 600.0  # until the same query is sent again
_MINUTE_S: Final = 60.0


class Queue(Protocol):
    """The queue that the outbox sends to; its methods raise a GramError if they fail."""

    def size(self) -> int:
        """Return how many queries wait."""

    def send(self, query: AskedQuery, /) -> None:
        """Put a query on the queue."""


class QueryOutbox:
    """Buffers queries and sends them to ``queue`` from a background thread; thread-safe.

    At most ``per_minute`` queries a minute are buffered, so that a flood of queries costs the
    workers no more. The same query is not sent again for ten minutes.
    """

    def __init__(
        self,
        queue: Queue,
        *,
        per_minute: int,
        max_buffered: int = _MAX_BUFFERED,
        max_queued: int = MAX_QUEUED_QUERIES,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._queue = queue
        self._per_minute = per_minute
        self._max_buffered = max_buffered
        self._max_queued = max_queued
        self._clock = clock
        self._lock = threading.Lock()
        self._buffer: deque[AskedQuery] = deque()
        self._sent_at: OrderedDict[AskedQuery, float] = OrderedDict()
        self._minute_began = clock()
        self._in_minute = 0
        self._task = PeriodicTask(
            self.flush,
            name="query-outbox",
            interval_s=_INTERVAL_S,
            on_failure="queries are not sent to the workers",
        )

    def offer(self, result: SearchResult) -> None:
        """Buffer the query of a search for sending, unless a limit forbids it; never block."""
        query = _asked_query(result)
        if query is None:
            return
        with self._lock:
            dropped = self._buffer_or_drop(query)
        if dropped:
            count_sent_queries(dropped)

    def _buffer_or_drop(self, query: AskedQuery) -> SendOutcome | None:
        now = self._clock()
        if now - self._sent_at.get(query, -_REPEAT_S) < _REPEAT_S:
            return "repeated"
        if now - self._minute_began >= _MINUTE_S:
            self._minute_began, self._in_minute = now, 0
        if self._in_minute >= self._per_minute:
            return "budget"
        if len(self._buffer) >= self._max_buffered:
            return "full"
        self._in_minute += 1
        self._buffer.append(query)
        self._sent_at[query] = now
        self._sent_at.move_to_end(query)
        if len(self._sent_at) > self._per_minute * _REPEAT_S / _MINUTE_S:
            self._sent_at.popitem(last=False)
        return None

    def flush(self) -> None:
        """Send the buffered queries; drop and count those that the queue has no room for.

        :raises BrokerError: if the broker does not answer; the queries are dropped.
        """
        with self._lock:
            queries, self._buffer = list(self._buffer), deque()
        if not queries:
            return
        sent = room = 0
        try:
            room = max(0, self._max_queued - self._queue.size())
            for query in queries[:room]:
                self._queue.send(query)
                sent += 1
        except GramError:
            count_sent_queries("failed", len(queries) - sent)
            raise
        else:
            count_sent_queries("full", len(queries) - sent)
        finally:
            count_sent_queries("sent", sent)
            with self._lock:
                for query in queries[sent:]:
                    self._sent_at.pop(query, None)

    def start(self) -> None:
        """Start sending in the background."""
        self._task.start()


def open_query_outbox(settings: Settings) -> QueryOutbox | None:
    """Return a started outbox, or ``None`` if the settings disable it or its broker is unusable."""
    if not settings.queries_per_minute:
        return None
    from ingest.broker.query_queue import QueryQueue

    try:
        queue = QueryQueue(settings)
    except GramError as error:
        logger.error("queries are not sent to the workers: %s", error)
        return None
    outbox = QueryOutbox(queue, per_minute=settings.queries_per_minute)
    outbox.start()
    return outbox


def _asked_query(result: SearchResult) -> AskedQuery | None:
    """Return the query to send; ``None`` if a language model need not or must not see it.

    A query with an e-mail address or a number of seven digits or more is not sent.
    """
    spelling = result.awaiting_spelling
    if spelling is None or result.model is None or result.request.offset or result.degraded:
        return None
    if max(len(spelling.typed), len(spelling.corrected)) > MAX_ASKED_CHARS:
        return None
    if has_email_or_long_number(result.text):
        return None
    from ingest.broker.query_queue import AskedQuery

    return AskedQuery(spelling.typed, spelling.corrected, result.model)
