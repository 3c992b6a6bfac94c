"""Run the model in a separate thread, and answer each query within its deadline.

:class:`ModelWorker` looks up a query's codes in a :class:`CodeCache` and among the precomputed
codes. If neither contains the query, the worker queues the query for the model, unless the same
query is in flight already; then both callers get the same answer. A :class:`CircuitBreaker` stops
the calls to a model that repeatedly fails or answers too late.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TYPE_CHECKING, Final

from gram_es import telemetry
from gram_es.bisection import find_failing_items
from gram_es.errors import GramError, ModelError
from gram_es.retrieval.context import DECODED_BY, Deadline
from gram_es.retrieval.query.in_flight import PendingQuery, QueriesInFlight, QueryKey
from gram_es.retrieval.query.observer import NoAnswerReason, Observer
from gram_es.text.spelling.speller import Spelling

if TYPE_CHECKING:
    from gram_es.model.gram import Gram, LiveCodes, QueryCodes
    from gram_es.precomputed.watcher import PrecomputedWatcher

logger = logging.getLogger(__name__)

# the errors that inference raises: torch and ONNX Runtime raise RuntimeError, also when memory runs
# out; tokenizers and tensors of the wrong shape raise the other built-in errors
MODEL_ERRORS: Final = (ModelError, RuntimeError, ValueError, IndexError, MemoryError)

FAILURES: Final = 5  # in a row, until the circuit breaker opens
OPEN_S: Final = 10.0  # between two trial calls of an open circuit breaker

# Eight queries in one batch take as long as four one by one. A batch of sixteen gains little more,
# and each query waits longer. Several threads with one query each gain nothing.
_MAX_BATCH: Final = 8
_MIN_MS: Final = 25.0  # the time to answer one query, with a margin
_SPAN: Final = "model"
_CACHED: Final = 10_000  # queries; their codes take about 4 kB each


class NoAnswerError(ModelError):
    """The model did not answer in time, or its circuit breaker is open."""


class ModelWorker:
    """A model in a separate thread; no caller waits longer than its deadline allows.

    The queries that arrive while the model is busy are answered in one batch, equal ones once.
    Every answer is cached, including one that comes too late for its caller. After several failures
    or late answers in a row the circuit breaker opens: cached and precomputed codes are still
    returned, but the model is called only for occasional trials.
    """

    def __init__(
        self,
        gram: Gram,
        *,
        breaker: CircuitBreaker | None = None,
        observer: Observer | None = None,
        precomputed: PrecomputedWatcher | None = None,
    ) -> None:
        self.gram = gram
        self._precomputed = precomputed
        self._breaker = breaker or CircuitBreaker()
        self._observer = observer or Observer()
        self._cache = CodeCache(_CACHED)
        self._waiting: deque[PendingQuery] = deque()
        self._in_flight = QueriesInFlight()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")

    def ask(self, spelling: Spelling, live_codes: LiveCodes, *, deadline: Deadline) -> QueryCodes:
        """Return the codes of a query from the cache, the precomputed codes or the model.

        If ``deadline`` has no limit, the model runs in the caller's thread, unless the answer is
        cached.

        :param spelling: the query's forms.
        :param live_codes: the codes of the index, from which the model chooses.
        :raises NoAnswerError: if the model is late, if its circuit breaker is open, or if too
            little time is left to ask the model.
        """
        query = PendingQuery(spelling, live_codes)
        if not deadline.limited:
            remembered = self._cache.get(query.key, live_codes)
            if remembered is not None:
                return remembered
            with telemetry.span(_SPAN):
                return self.gram.understand([spelling], live_codes)[0]
        stored = self._look_up(query)
        self._observer.codes_looked_up(cached=stored is not None)
        if stored is not None:
            return stored
        if deadline.left_ms(DECODED_BY) < _MIN_MS:  # does not count as a failure of the model
            self._observer.model_unanswered("late")
            raise NoAnswerError("no time was left to ask the model")
        if not self._breaker.allows_call():
            self._observer.model_unanswered("circuit_open")
            raise NoAnswerError(
                "the model's circuit breaker is open: the model failed or was late repeatedly"
            )
        with telemetry.span(_SPAN):
            pending = self._in_flight.join(query)
            try:
                if pending is query:
                    self._enqueue(query)
                return self._await(pending, deadline)
            finally:
                self._in_flight.leave(pending)

    def remember(self, spelling: Spelling, live_codes: LiveCodes, codes: QueryCodes) -> None:
        """Answer the query with ``codes`` from now on."""
        query = PendingQuery(spelling, live_codes)
        self._cache.put(query.key, live_codes, codes)

    def _look_up(self, query: PendingQuery) -> QueryCodes | None:
        """Return the query's cached codes, else its precomputed codes, else ``None``.

        Precomputed codes that are returned are also cached.
        """
        cached = self._cache.get(query.key, query.live_codes)
        if cached is not None or self._precomputed is None:
            return cached
        precomputed = self._precomputed.get(query.spelling, query.live_codes)
        if precomputed is not None:
            self._cache.put(query.key, query.live_codes, precomputed)
        return precomputed

    def _enqueue(self, query: PendingQuery) -> None:
        cached = self._cache.get(query.key, query.live_codes)
        if cached is not None:  # the same query was answered since this one was looked up
            query.answer.set_result(cached)
            return
        self._waiting.append(query)
        self._thread.submit(self._answer_batch)

    def _await(self, query: PendingQuery, deadline: Deadline) -> QueryCodes:
        try:
            answer = query.answer.result(max(0.0, deadline.left_ms(DECODED_BY) / 1_000))
        except TimeoutError:
            self._record_failure("late")
            raise NoAnswerError("the model did not answer in time") from None
        except BaseException:
            self._record_failure("failed")
            raise
        if self._breaker.record_success():
            logger.warning("the model answers again: its circuit breaker is closed")
            self._observer.circuit_breaker_changed(is_open=False)
        return answer

    def _record_failure(self, reason: NoAnswerReason) -> None:
        self._observer.model_unanswered(reason)
        if self._breaker.record_failure():
            logger.error("the model failed or was late repeatedly: its circuit breaker is open")
            self._observer.circuit_breaker_changed(is_open=True)

    def _answer_batch(self) -> None:
        """Answer one batch of waiting queries, or do nothing if no query waits."""
        batch = self._take_batch()
        if not batch:
            return
        try:
            _, failures = find_failing_items(self._answer, batch)
        except GramError as error:
            failures = [(query, error) for query in batch if not query.answer.done()]
        for query, failure in failures:
            query.answer.set_exception(failure)

    def _take_batch(self) -> list[PendingQuery]:
        batch: list[PendingQuery] = []
        while self._waiting and len(batch) < _MAX_BATCH:
            if batch and not self._waiting[0].fits_batch_of(batch[0]):
                break
            query = self._waiting.popleft()
            if query.answer.set_running_or_notify_cancel():
                batch.append(query)
        return batch

    def _answer(self, batch: Sequence[PendingQuery]) -> None:
        first = batch[0]
        answers = self.gram.understand([query.spelling for query in batch], first.live_codes)
        self._observer.batch_answered(len(batch))
        for query, answer in zip(batch, answers, strict=True):
            self._cache.put(query.key, query.live_codes, answer)
            query.answer.set_result(answer)


class CodeCache:
    """The codes of the ``capacity`` most recently used queries; safe for many threads.

    All entries are for the same live codes (the codes that the index contains). Storing an entry
    for other live codes empties the cache first. An old entry may contain codes that have left the
    index, and may lack newer codes that fit the query better.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._live_codes: LiveCodes | None = None
        self._entries: OrderedDict[QueryKey, QueryCodes] = OrderedDict()

    def get(self, key: QueryKey, live_codes: LiveCodes) -> QueryCodes | None:
        """Return the codes cached for ``live_codes``, if any, and mark them as recently used."""
        with self._lock:
            if live_codes is not self._live_codes or key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key]

    def put(self, key: QueryKey, live_codes: LiveCodes, codes: QueryCodes) -> None:
        """Store ``codes``; a full cache drops the least recently used entry."""
        with self._lock:
            if live_codes is not self._live_codes:
                self._live_codes = live_codes
                self._entries.clear()
            self._entries[key] = codes
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)


class CircuitBreaker:
    """Decides whether the model may be called; safe for many threads.

    The breaker is closed until ``failures`` calls in a row fail. Then it opens and allows only one
    trial call every ``open_s`` seconds. One successful call closes it again.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        open_s: float = OPEN_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._max_failures = failures
        self._open_s = open_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures_in_a_row = 0
        self._next_trial = 0.0

    @property
    def is_open(self) -> bool:
        """Return whether the circuit breaker is open and allows only trial calls."""
        return self._failures_in_a_row >= self._max_failures

    def allows_call(self) -> bool:
        """Return whether the caller may call the model now.

        While the circuit breaker is open, one caller every ``open_s`` seconds gets ``True``, for a
        trial call.
        """
        with self._lock:
            if not self.is_open:
                return True
            now = self._clock()
            if now < self._next_trial:
                return False
            self._next_trial = now + self._open_s
            return True

    def record_success(self) -> bool:
        """Record a successful call, and return whether it closed the circuit breaker."""
        with self._lock:
            was_open = self.is_open
            self._failures_in_a_row = 0
            return was_open

    def record_failure(self) -> bool:
        """Record a failed or late call, and return whether it opened the circuit breaker."""
        with self._lock:
            self._failures_in_a_row += 1
            if self.is_open:
                self._next_trial = self._clock() + self._open_s
            return self._failures_in_a_row == self._max_failures
