"""Ask the model for the codes of queries, on behalf of many threads, each with a deadline."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gram_es.errors import GramError, ModelError
from gram_es.isolating import isolate
from gram_es.retrieval.breaker import Breaker
from gram_es.retrieval.deadline import DECODED_BY, Deadline
from gram_es.retrieval.kept_codes import Asked, KeptCodes
from gram_es.retrieval.observing import Observer, Silence
from gram_es.text.normalise import normalise

if TYPE_CHECKING:
    from gram_es.heads.following import FollowedHeads
    from gram_es.model.runtime import Gram, LiveCodes, QueryCodes

log = logging.getLogger(__name__)

# what inference raises: RuntimeError is torch's (out of memory included), the others come from
# tokenizers and from tensors of the wrong shape
MODEL_FAULTS: Final = (ModelError, RuntimeError, ValueError, IndexError, MemoryError)

# Eight together take the time of two (tiny) to four (base) alone; sixteen gain little more and
# make each wait longer. Several threads that decode one each gain nothing.
_MOST_TOGETHER: Final = 8
_LEAST_MS: Final = 25.0  # what a query's codes take, with some to spare
_KEPT: Final = 10_000  # queries; some 4 kB each


class NoAnswerError(ModelError):
    """The model gave no answer in time, or is left alone after it had failed repeatedly."""


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    text: str
    live: LiveCodes
    mend: bool
    answer: Future[QueryCodes] = field(default_factory=Future)

    @property
    def asked(self) -> Asked:
        """Name the question; who writes in capitals asks the same."""
        return normalise(self.text), self.mend

    def goes_with(self, other: _Question) -> bool:
        return self.live is other.live and self.mend == other.mend


class QueryModel:
    """A model, asked in a thread of its own so that nobody waits longer than they have.

    Questions that come while it is busy are answered together. An answer is kept, also when the
    one who asked has gone on without it. A model that fails or is late several times in a row is
    left alone for a while; what is kept is still given out, as what was computed ahead is.
    """

    def __init__(
        self,
        gram: Gram,
        *,
        breaker: Breaker | None = None,
        observer: Observer | None = None,
        heads: FollowedHeads | None = None,
    ) -> None:
        self.gram = gram
        self._heads = heads
        self._breaker = breaker or Breaker()
        self._observer = observer or Observer()
        self._kept = KeptCodes(_KEPT)
        self._waiting: deque[_Question] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode")

    def ask(self, text: str, live: LiveCodes, *, mend: bool, deadline: Deadline) -> QueryCodes:
        """Return the codes of ``text``, as :meth:`Gram.understand` does.

        :raises NoAnswerError: if the model is late or left alone, or if no time is left to ask it.
        """
        if not deadline.limited:
            return self.gram.understand([text], live, mend=mend)[0]
        question = _Question(text, live, mend)
        kept = self._known(question)
        self._observer.looked_up(hit=kept is not None)
        if kept is not None:
            return kept
        if deadline.left_ms(DECODED_BY) < _LEAST_MS:  # for which the model is not to blame
            self._observer.unanswered("late")
            raise NoAnswerError("no time was left to ask the model")
        if not self._breaker.admits():
            self._observer.unanswered("resting")
            raise NoAnswerError("the model is left alone for a while: it failed or was late")
        self._waiting.append(question)
        self._thread.submit(self._answer_some)
        return self._await(question, deadline)

    def _known(self, question: _Question) -> QueryCodes | None:
        kept = self._kept.get(question.asked, question.live)
        if kept is not None or self._heads is None or not question.mend:
            return kept
        ahead = self._heads.get(question.asked[0], question.live)
        if ahead is not None:
            self._kept.put(question.asked, question.live, ahead)
        return ahead

    def _await(self, question: _Question, deadline: Deadline) -> QueryCodes:
        try:
            answer = question.answer.result(max(0.0, deadline.left_ms(DECODED_BY) / 1_000))
        except TimeoutError:
            question.answer.cancel()  # if it was not begun: nobody waits for it any more
            self._went_wrong("late")
            raise NoAnswerError("the model did not answer in time") from None
        except BaseException:
            self._went_wrong("failed")
            raise
        if self._breaker.succeeded():
            log.warning("the model answers again")
            self._observer.resting(False)
        return answer

    def _went_wrong(self, how: Silence) -> None:
        self._observer.unanswered(how)
        if self._breaker.failed():
            log.error("the model is left alone for a while: it failed or was late repeatedly")
            self._observer.resting(True)

    def _answer_some(self) -> None:
        """Answer what waits and goes together; nothing, where an earlier call took it along."""
        batch = self._take()
        if not batch:
            return
        try:
            _, faults = isolate(self._answer, batch)
        except GramError as error:
            faults = [(question, error) for question in batch if not question.answer.done()]
        for question, fault in faults:
            question.answer.set_exception(fault)

    def _take(self) -> list[_Question]:
        batch: list[_Question] = []
        while self._waiting and len(batch) < _MOST_TOGETHER:
            if batch and not self._waiting[0].goes_with(batch[0]):
                break
            question = self._waiting.popleft()
            if question.answer.set_running_or_notify_cancel():
                batch.append(question)
        return batch

    def _answer(self, batch: Sequence[_Question]) -> None:
        first = batch[0]
        texts = [question.text for question in batch]
        answers = self.gram.understand(texts, first.live, mend=first.mend)
        self._observer.decoded(len(batch))
        for question, answer in zip(batch, answers, strict=True):
            self._kept.put(question.asked, question.live, answer)
            question.answer.set_result(answer)
