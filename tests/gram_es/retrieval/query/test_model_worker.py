"""A model that is asked by many at once, is late, raises: each time the real one, held up."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gram_es.retrieval.deadline import Deadline
from gram_es.retrieval.query.model_worker import CircuitBreaker, NoAnswerError, QueryModel
from gram_es.retrieval.query.observer import Observer

QUERIES = ("cordless drill", "bath towel", "running shoes", "led bulb", "garden hose")
SOON = 200.0  # milliseconds of which a decoder that is held up uses its share
LATER = 60_000.0


class Counts(Observer):
    def __init__(self):
        self.seen = []

    def codes_looked_up(self, *, cached):
        self.seen.append("hit" if cached else "miss")

    def batch_decoded(self, queries):
        self.seen.append(queries)

    def model_unanswered(self, reason):
        self.seen.append(reason)

    def circuit_breaker_changed(self, *, is_open):
        self.seen.append("opened" if is_open else "closed")


class Holder:
    """Stands before the model's decoding: holds it up, or lets it raise on one query."""

    def __init__(self, understand):
        self._understand = understand
        self.go_on = threading.Event()
        self.begun = threading.Event()
        self.chokes_on = None
        self.batches = []
        self.go_on.set()

    def __call__(self, queries, live=None, *, correct_spelling=True):
        self.begun.set()
        assert self.go_on.wait(30)
        self.batches.append(list(queries))
        if self.chokes_on in queries:
            raise RuntimeError("out of memory")
        return self._understand(queries, live, correct_spelling=correct_spelling)


@pytest.fixture
def live(gram):
    return gram.live([code.label for code in gram.codebook])


@pytest.fixture
def holder(gram, monkeypatch):
    holder = Holder(gram.understand)
    monkeypatch.setattr(gram, "understand", holder)
    yield holder
    holder.go_on.set()


@pytest.fixture
def counts():
    return Counts()


@pytest.fixture
def model(gram, holder, counts):
    return QueryModel(gram, breaker=CircuitBreaker(failures=2, open_s=3_600), observer=counts)


def ask(model, live, text, budget_ms=LATER):
    return model.ask(text, live, correct_spelling=True, deadline=Deadline(budget_ms))


def test_an_answer_is_the_model_s_own(model, live, gram):
    answer = ask(model, live, "cordless drill")

    assert answer.codes == gram.understand(["cordless drill"], live)[0].codes


def test_what_was_asked_before_is_not_decoded_again(model, live, holder, counts):
    first = ask(model, live, "cordless drill")

    assert ask(model, live, "cordless drill") is first
    assert len(holder.batches) == 1
    assert counts.seen == ["miss", 1, "hit"]


def test_other_live_codes_are_decoded_again(model, live, gram):
    ask(model, live, "cordless drill")

    answer = ask(model, gram.live([]), "cordless drill")

    assert answer.codes == ()


def test_questions_that_wait_are_answered_together(model, live, holder):
    holder.go_on.clear()
    with ThreadPoolExecutor(len(QUERIES)) as threads:
        first = threads.submit(ask, model, live, QUERIES[0])
        assert holder.begun.wait(30)
        others = [threads.submit(ask, model, live, query) for query in QUERIES[1:]]
        while len(model._waiting) < len(others):
            pass
        holder.go_on.set()
        answers = [asked.result() for asked in (first, *others)]

    assert [sorted(batch) for batch in holder.batches] == [[QUERIES[0]], sorted(QUERIES[1:])]
    for query, answer in zip(QUERIES, answers, strict=True):
        assert answer is ask(model, live, query)


def test_a_query_that_the_model_chokes_on_costs_its_neighbours_nothing(model, live, holder):
    holder.chokes_on = QUERIES[2]
    holder.go_on.clear()
    with ThreadPoolExecutor(len(QUERIES)) as threads:
        first = threads.submit(ask, model, live, QUERIES[0])
        assert holder.begun.wait(30)
        others = [threads.submit(ask, model, live, query) for query in QUERIES[1:]]
        while len(model._waiting) < len(others):
            pass
        holder.go_on.set()
        faults = [asked.exception() for asked in (first, *others)]

    assert [type(fault) for fault in faults if fault] == [RuntimeError]
    assert isinstance(faults[2], RuntimeError)


def test_a_late_answer_is_not_waited_for_but_kept(model, live, holder, counts):
    holder.go_on.clear()
    with pytest.raises(NoAnswerError, match="did not answer in time"):
        ask(model, live, "cordless drill", SOON)
    holder.go_on.set()
    ask(model, live, "bath towel")  # comes after it

    ask(model, live, "cordless drill")

    assert holder.batches == [["cordless drill"], ["bath towel"]]
    assert counts.seen == ["miss", "late", 1, "miss", 1, "hit"] or counts.seen == [
        "miss",
        "late",
        "miss",
        1,
        1,
        "hit",
    ]


def test_a_question_that_nobody_waits_for_any_more_is_not_begun(model, live, holder):
    holder.go_on.clear()
    for query in QUERIES[:2]:
        with pytest.raises(NoAnswerError):
            ask(model, live, query, SOON)
    holder.go_on.set()
    model._breaker.record_success()
    ask(model, live, QUERIES[2])

    assert holder.batches == [[QUERIES[0]], [QUERIES[2]]]


def test_a_model_that_there_was_no_time_to_ask_is_not_to_blame(model, live, counts):
    for _ in range(5):
        with pytest.raises(NoAnswerError, match="no time was left"):
            ask(model, live, "cordless drill", budget_ms=10.0)

    assert ask(model, live, "cordless drill").codes
    assert "opened" not in counts.seen


def test_a_model_that_is_late_again_and_again_opens_the_circuit_breaker(
    model, live, holder, counts
):
    ask(model, live, "led bulb")
    holder.go_on.clear()
    for query in QUERIES[:2]:
        with pytest.raises(NoAnswerError, match="in time"):
            ask(model, live, query, SOON)

    with pytest.raises(NoAnswerError, match="circuit breaker is open"):
        ask(model, live, QUERIES[2])

    assert ask(model, live, "led bulb").codes  # what is cached is still returned
    assert counts.seen[-4:] == ["opened", "miss", "circuit_open", "hit"]


def test_a_model_that_raises_opens_the_circuit_breaker_until_it_answers(gram, live, holder, counts):
    now_s = [0.0]
    model = QueryModel(
        gram, breaker=CircuitBreaker(failures=2, open_s=10, clock=lambda: now_s[0]), observer=counts
    )
    holder.chokes_on = "bath towel"
    for _ in range(2):
        with pytest.raises(RuntimeError):
            ask(model, live, "bath towel")
    with pytest.raises(NoAnswerError):
        ask(model, live, "bath towel")

    holder.chokes_on, now_s[0] = None, 10.0
    ask(model, live, "bath towel")
    ask(model, live, "led bulb")

    assert [seen for seen in counts.seen if isinstance(seen, str) and seen != "miss"] == [
        "failed",
        "failed",
        "opened",
        "circuit_open",
        "closed",
    ]


def test_without_a_deadline_the_model_is_asked_directly(gram, live, holder, counts):
    model = QueryModel(gram, observer=counts)

    answer = model.ask("cordless drill", live, correct_spelling=True, deadline=Deadline())

    assert answer.codes
    assert counts.seen == []
