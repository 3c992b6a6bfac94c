"""Ask the model for the codes of queries, for many threads, each with a deadline."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from gram_es.bisection import isolate
from gram_es.errors import GramError, ModelError
from gram_es.retrieval.deadline import DECODED_BY, Deadline
from gram_es.retrieval.query.observer import NoAnswerReason, Observer
from gram_es.text.normalise import normalise

if TYPE_CHECKING:
    from gram_es.model.gram import Gram, LiveCodes, QueryCodes
    from gram_es.precomputed.watcher import FollowedHeads

logger = logging.getLogger(__name__)

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


FAILURES = 5
OPEN_S = 10.0


class CircuitBreaker:
    """Closed until ``failures`` in a row; then open, with one trial every ``open_s`` seconds.

    One success closes it again. Safe for many threads.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        open_s: float = OPEN_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._next_trial = 0.0

    @property
    def is_open(self) -> bool:
        """Return whether only trials are allowed."""
        return self._in_a_row >= self._limit

    def allows_call(self) -> bool:
        """Return whether to call now; while open, a caller that gets ``True`` is the one trial."""
        with self._lock:
            if not self.is_open:
                return True
            now = self._clock()
            if now < self._next_trial:
                return False
            self._next_trial = now + self._open_s
            return True

    def record_success(self) -> bool:
        """Count a success, and return whether it closed the circuit."""
        with self._lock:
            closed = self.is_open
            self._in_a_row = 0
            return closed

    def record_failure(self) -> bool:
        """Count a failure, and return whether it opened the circuit."""
        with self._lock:
            self._in_a_row += 1
            if self.is_open:
                self._next_trial = self._clock() + self._open_s
            return self._in_a_row == self._limit


# what inference raises: RuntimeError is torch's (out of memory included), the others come from
# tokenizers and from tensors of the wrong shape
MODEL_FAULTS: Final = (ModelError, RuntimeError, ValueError, IndexError, MemoryError)

# Eight together take the time of two (tiny) to four (base) alone; sixteen gain little more and
# make each wait longer. Several threads that decode one each gain nothing.
_MAX_BATCH: Final = 8
_MIN_MS: Final = 25.0  # what a query's codes take, with some to spare
_CACHED: Final = 10_000  # queries; some 4 kB each


class NoAnswerError(ModelError):
    """The model did not answer in time, or its circuit breaker is open."""


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    text: str
    live: LiveCodes
    correct_spelling: bool
    answer: Future[QueryCodes] = field(default_factory=Future)

    @property
    def key(self) -> QueryKey:
        """Return the key of its codes; capitals make no difference."""
        return normalise(self.text), self.correct_spelling

    def fits_batch_of(self, other: _Question) -> bool:
        return self.live is other.live and self.correct_spelling == other.correct_spelling


class QueryModel:
    """A model that runs in a thread of its own, so that no caller waits beyond its deadline.

    Questions that arrive while it is busy are answered in one batch. An answer is cached, also
    when its caller gave up on it. After several failures or late answers in a row a circuit breaker
    opens; cached and precomputed codes are still returned then.
    """

    def __init__(
        self,
        gram: Gram,
        *,
        breaker: CircuitBreaker | None = None,
        observer: Observer | None = None,
        heads: FollowedHeads | None = None,
    ) -> None:
        self.gram = gram
        self._precomputed = heads
        self._breaker = breaker or CircuitBreaker()
        self._observer = observer or Observer()
        self._cache = CodeCache(_CACHED)
        self._waiting: deque[_Question] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode")

    def ask(
        self, text: str, live: LiveCodes, *, correct_spelling: bool, deadline: Deadline
    ) -> QueryCodes:
        """Return the codes of ``text``, as :meth:`Gram.understand` does.

        :raises NoAnswerError: if the model is late, if its circuit breaker is open, or if no time
            is left to ask it.
        """
        if not deadline.limited:
            return self.gram.understand([text], live, correct_spelling=correct_spelling)[0]
        question = _Question(text, live, correct_spelling)
        stored = self._stored(question)
        self._observer.codes_looked_up(cached=stored is not None)
        if stored is not None:
            return stored
        if deadline.left_ms(DECODED_BY) < _MIN_MS:  # for which the model is not to blame
            self._observer.model_unanswered("late")
            raise NoAnswerError("no time was left to ask the model")
        if not self._breaker.allows_call():
            self._observer.model_unanswered("circuit_open")
            raise NoAnswerError("the model's circuit breaker is open: it failed or was late")
        self._waiting.append(question)
        self._thread.submit(self._answer_batch)
        return self._await(question, deadline)

    def _stored(self, question: _Question) -> QueryCodes | None:
        """Return the codes from the cache, else the precomputed ones, which are then cached."""
        cached = self._cache.get(question.key, question.live)
        if cached is not None or self._precomputed is None or not question.correct_spelling:
            return cached
        precomputed = self._precomputed.get(question.key[0], question.live)
        if precomputed is not None:
            self._cache.put(question.key, question.live, precomputed)
        return precomputed

    def _await(self, question: _Question, deadline: Deadline) -> QueryCodes:
        try:
            answer = question.answer.result(max(0.0, deadline.left_ms(DECODED_BY) / 1_000))
        except TimeoutError:
            question.answer.cancel()  # if it has not begun: no caller waits for it any more
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
        """Answer the questions that wait; none are left where an earlier call took them."""
        batch = self._take_batch()
        if not batch:
            return
        try:
            _, faults = isolate(self._answer, batch)
        except GramError as error:
            faults = [(question, error) for question in batch if not question.answer.done()]
        for question, fault in faults:
            question.answer.set_exception(fault)

    def _take_batch(self) -> list[_Question]:
        batch: list[_Question] = []
        while self._waiting and len(batch) < _MAX_BATCH:
            if batch and not self._waiting[0].fits_batch_of(batch[0]):
                break
            question = self._waiting.popleft()
            if question.answer.set_running_or_notify_cancel():
                batch.append(question)
        return batch

    def _answer(self, batch: Sequence[_Question]) -> None:
        first = batch[0]
        texts = [question.text for question in batch]
        answers = self.gram.understand(texts, first.live, correct_spelling=first.correct_spelling)
        self._observer.batch_decoded(len(batch))
        for question, answer in zip(batch, answers, strict=True):
            self._cache.put(question.key, question.live, answer)
            question.answer.set_result(answer)
