"""Test many callers, a late model and a model that raises; the real model is made to do so."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from gram_es.retrieval.context import Deadline
from gram_es.retrieval.query.model_worker import CircuitBreaker, ModelWorker, NoAnswerError
from gram_es.retrieval.query.observer import Observer
from gram_es.text.spelling.speller import Spelling

QUERIES = ("cordless drill", "bath towel", "running shoes", "led bulb", "garden hose")
DRILL = Spelling("cordless drill", "cordless drill")
SHORT_MS = 200.0  # a blocked model misses this deadline
LONG_MS = 60_000.0


class EventLog(Observer):
    def __init__(self):
        self.events = []

    def codes_looked_up(self, *, cached):
        self.events.append("hit" if cached else "miss")

    def batch_answered(self, queries):
        self.events.append(queries)

    def model_unanswered(self, reason):
        self.events.append(reason)

    def circuit_breaker_changed(self, *, is_open):
        self.events.append("opened" if is_open else "closed")


class BlockableModel:
    """Replaces ``Gram.understand``: waits for ``released``; raises on the query ``fails_on``."""

    def __init__(self, understand):
        self._understand = understand
        self.released = threading.Event()
        self.started = threading.Event()
        self.fails_on = None
        self.batches = []
        self.released.set()

    def __call__(self, queries, live_codes=None):
        self.started.set()
        assert self.released.wait(30)
        self.batches.append([query.typed for query in queries])
        if self.fails_on in self.batches[-1]:
            raise RuntimeError("out of memory")
        return self._understand(queries, live_codes)


@pytest.fixture
def live_codes(gram):
    return gram.live_codes([code.label for code in gram.codebook])


@pytest.fixture
def blockable(gram, monkeypatch):
    blockable = BlockableModel(gram.understand)
    monkeypatch.setattr(gram, "understand", blockable)
    yield blockable
    blockable.released.set()


@pytest.fixture
def event_log():
    return EventLog()


@pytest.fixture
def model(gram, blockable, event_log):
    return ModelWorker(gram, breaker=CircuitBreaker(failures=2, open_s=3_600), observer=event_log)


def ask(model, live_codes, text, budget_ms=LONG_MS):
    return model.ask(Spelling(text, text), live_codes, deadline=Deadline(budget_ms))


def test_an_answer_is_that_of_the_model(model, live_codes, gram):
    answer = ask(model, live_codes, "cordless drill")

    assert answer.codes == gram.understand([DRILL], live_codes)[0].codes


def test_a_repeated_query_is_not_answered_again(model, live_codes, blockable, event_log):
    first = ask(model, live_codes, "cordless drill")

    assert ask(model, live_codes, "cordless drill") is first
    assert len(blockable.batches) == 1
    assert event_log.events == ["miss", 1, "hit"]


def test_the_same_query_with_other_forms_is_answered_again(model, live_codes, blockable):
    ask(model, live_codes, "cordles drill")

    corrected = Spelling("cordles drill", "cordless drill", ("cordlessdrill",))
    answer = model.ask(corrected, live_codes, deadline=Deadline(LONG_MS))

    assert len(blockable.batches) == 2
    same = Spelling("cordles drill", "cordless drill", ("cordlessdrill",))
    assert model.ask(same, live_codes, deadline=Deadline(LONG_MS)) is answer
    fewer_forms = Spelling("cordles drill", "cordless drill")  # as alternatives count for codes
    assert model.ask(fewer_forms, live_codes, deadline=Deadline(LONG_MS)) is not answer


def test_other_live_codes_are_answered_again(model, live_codes, gram):
    ask(model, live_codes, "cordless drill")

    answer = ask(model, gram.live_codes([]), "cordless drill")

    assert answer.codes == ()


def test_waiting_queries_are_answered_in_one_batch(model, live_codes, blockable):
    blockable.released.clear()
    with ThreadPoolExecutor(len(QUERIES)) as threads:
        first = threads.submit(ask, model, live_codes, QUERIES[0])
        assert blockable.started.wait(30)
        others = [threads.submit(ask, model, live_codes, query) for query in QUERIES[1:]]
        while len(model._waiting) < len(others):
            pass
        blockable.released.set()
        answers = [future.result() for future in (first, *others)]

    assert [sorted(batch) for batch in blockable.batches] == [[QUERIES[0]], sorted(QUERIES[1:])]
    for query, answer in zip(QUERIES, answers, strict=True):
        assert answer is ask(model, live_codes, query)


def wait_until(is_true):
    ends = time.monotonic() + 30
    while not is_true():
        assert time.monotonic() < ends
        time.sleep(0.001)


@contextmanager
def callers_of(model, live_codes, blockable, event_log, text, count):
    """Yield futures of callers who ask for the same query while the model answers the first one."""
    blockable.released.clear()
    with ThreadPoolExecutor(count) as threads:
        try:
            first = threads.submit(ask, model, live_codes, text)
            assert blockable.started.wait(30)
            others = [threads.submit(ask, model, live_codes, text) for _ in range(count - 1)]
            wait_until(lambda: event_log.events.count("miss") == count)
            yield first, *others
        finally:
            blockable.released.set()


def test_callers_that_ask_for_the_same_query_at_the_same_time_share_one_answer(
    model, live_codes, blockable, event_log
):
    with callers_of(model, live_codes, blockable, event_log, "led bulb", 4) as callers:
        assert not any(caller.done() for caller in callers)
        blockable.released.set()
        first, *others = [caller.result() for caller in callers]

    assert all(answer is first for answer in others)
    assert blockable.batches == [["led bulb"]]
    assert len(model._in_flight) == 0


def test_callers_of_a_query_on_which_the_model_raises_all_get_the_error(
    model, live_codes, blockable, event_log
):
    blockable.fails_on = "led bulb"
    with callers_of(model, live_codes, blockable, event_log, "led bulb", 3) as callers:
        wait_until(lambda: len(model._in_flight) == 1)
        time.sleep(0.05)  # until the last caller has joined
        blockable.released.set()
        errors = [caller.exception() for caller in callers]

    assert [str(error) for error in errors] == ["out of memory"] * 3
    assert blockable.batches == [["led bulb"]]
    blockable.fails_on = None
    model._breaker.record_success()
    assert ask(model, live_codes, "led bulb").codes
    assert len(model._in_flight) == 0


def test_a_caller_that_gives_up_leaves_the_answer_to_the_others(
    model, live_codes, blockable, event_log
):
    with callers_of(model, live_codes, blockable, event_log, "led bulb", 2) as callers:
        with pytest.raises(NoAnswerError, match="in time"):
            ask(model, live_codes, "led bulb", SHORT_MS)
        blockable.released.set()
        assert all(caller.result().codes for caller in callers)

    assert blockable.batches == [["led bulb"]]


def test_a_query_is_answered_if_its_first_caller_gives_up_before_the_model_begins(
    model, live_codes, blockable, event_log
):
    blockable.released.clear()
    with ThreadPoolExecutor(3) as threads:
        try:
            busy = threads.submit(ask, model, live_codes, "garden hose")
            assert blockable.started.wait(30)
            hasty = threads.submit(ask, model, live_codes, "led bulb", SHORT_MS)
            wait_until(lambda: len(model._in_flight) == 2)
            patient = threads.submit(ask, model, live_codes, "led bulb")
            assert isinstance(hasty.exception(), NoAnswerError)
        finally:
            blockable.released.set()

        assert patient.result().codes
        assert busy.result().codes
    assert blockable.batches == [["garden hose"], ["led bulb"]]
    assert len(model._in_flight) == 0


def test_a_query_that_was_answered_since_it_was_looked_up_is_not_answered_again(
    gram, live_codes, blockable
):
    class AnsweredMeanwhile:
        """Precomputed codes that lack every query; at the first look another caller asks."""

        def __init__(self):
            self.answers = []
            self.looks = 0

        def get(self, spelling, live_codes):
            self.looks += 1
            if self.looks == 1:
                deadline = Deadline(LONG_MS)
                self.answers.append(model.ask(spelling, live_codes, deadline=deadline))

    other = AnsweredMeanwhile()
    model = ModelWorker(gram, precomputed=other)

    assert ask(model, live_codes, "led bulb") is other.answers[0]
    assert blockable.batches == [["led bulb"]]
    assert len(model._in_flight) == 0


def test_the_same_query_for_other_live_codes_is_another_query(
    model, gram, live_codes, blockable, event_log
):
    with callers_of(model, live_codes, blockable, event_log, "led bulb", 1) as [caller]:
        with ThreadPoolExecutor(1) as threads:
            other = threads.submit(ask, model, gram.live_codes([]), "led bulb")
            wait_until(lambda: len(model._in_flight) == 2)
            blockable.released.set()
            assert other.result().codes == ()

        assert caller.result().codes


def test_a_query_on_which_the_model_raises_does_not_affect_its_batch(model, live_codes, blockable):
    blockable.fails_on = QUERIES[2]
    blockable.released.clear()
    with ThreadPoolExecutor(len(QUERIES)) as threads:
        first = threads.submit(ask, model, live_codes, QUERIES[0])
        assert blockable.started.wait(30)
        others = [threads.submit(ask, model, live_codes, query) for query in QUERIES[1:]]
        while len(model._waiting) < len(others):
            pass
        blockable.released.set()
        errors = [future.exception() for future in (first, *others)]

    assert [type(error) for error in errors if error] == [RuntimeError]
    assert isinstance(errors[2], RuntimeError)


def test_a_late_answer_is_cached(model, live_codes, blockable, event_log):
    blockable.released.clear()
    with pytest.raises(NoAnswerError, match="did not answer in time"):
        ask(model, live_codes, "cordless drill", SHORT_MS)
    blockable.released.set()
    ask(model, live_codes, "bath towel")  # answered after the late query

    ask(model, live_codes, "cordless drill")

    assert blockable.batches == [["cordless drill"], ["bath towel"]]
    assert event_log.events == ["miss", "late", 1, "miss", 1, "hit"] or event_log.events == [
        "miss",
        "late",
        "miss",
        1,
        1,
        "hit",
    ]


def test_a_query_whose_caller_has_given_up_is_not_answered(model, live_codes, blockable):
    blockable.released.clear()
    for query in QUERIES[:2]:
        with pytest.raises(NoAnswerError):
            ask(model, live_codes, query, SHORT_MS)
    blockable.released.set()
    model._breaker.record_success()
    ask(model, live_codes, QUERIES[2])

    assert blockable.batches == [[QUERIES[0]], [QUERIES[2]]]


def test_a_lack_of_time_is_no_failure_of_the_model(model, live_codes, event_log):
    for _ in range(5):
        with pytest.raises(NoAnswerError, match="no time was left"):
            ask(model, live_codes, "cordless drill", budget_ms=10.0)

    assert ask(model, live_codes, "cordless drill").codes
    assert "opened" not in event_log.events


def test_a_model_that_is_late_repeatedly_opens_the_circuit_breaker(
    model, live_codes, blockable, event_log
):
    ask(model, live_codes, "led bulb")
    blockable.released.clear()
    for query in QUERIES[:2]:
        with pytest.raises(NoAnswerError, match="in time"):
            ask(model, live_codes, query, SHORT_MS)

    with pytest.raises(NoAnswerError, match="circuit breaker is open"):
        ask(model, live_codes, QUERIES[2])

    assert ask(model, live_codes, "led bulb").codes  # cached codes are still returned
    assert event_log.events[-4:] == ["opened", "miss", "circuit_open", "hit"]


def test_a_model_that_raises_opens_the_circuit_breaker_until_it_answers(
    gram, live_codes, blockable, event_log
):
    now_s = [0.0]
    model = ModelWorker(
        gram,
        breaker=CircuitBreaker(failures=2, open_s=10, clock=lambda: now_s[0]),
        observer=event_log,
    )
    blockable.fails_on = "bath towel"
    for _ in range(2):
        with pytest.raises(RuntimeError):
            ask(model, live_codes, "bath towel")
    with pytest.raises(NoAnswerError):
        ask(model, live_codes, "bath towel")

    blockable.fails_on, now_s[0] = None, 10.0
    ask(model, live_codes, "bath towel")
    ask(model, live_codes, "led bulb")

    assert [event for event in event_log.events if isinstance(event, str) and event != "miss"] == [
        "failed",
        "failed",
        "opened",
        "circuit_open",
        "closed",
    ]


def test_without_a_deadline_the_model_is_asked_directly(gram, live_codes, blockable, event_log):
    model = ModelWorker(gram, observer=event_log)

    answer = model.ask(DRILL, live_codes, deadline=Deadline())

    assert answer.codes
    assert event_log.events == []
