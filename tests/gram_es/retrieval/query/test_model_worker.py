"""Test many callers, a late model and a model that raises; the real model is made to do so."""

import threading
from concurrent.futures import ThreadPoolExecutor

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
