from gram_es.retrieval.breaker import Breaker


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def tripped(clock: Clock) -> Breaker:
    breaker = Breaker(failures=3, rest_s=10, clock=clock)
    began = [breaker.failed() for _ in range(3)]
    assert began == [False, False, True]
    return breaker


def test_failures_in_a_row_trip_it():
    breaker = tripped(Clock())

    assert breaker.tripped
    assert not breaker.admits()


def test_a_success_between_failures_keeps_it_closed():
    breaker = Breaker(failures=2)
    for _ in range(5):
        breaker.failed()
        assert not breaker.succeeded()

    assert breaker.admits()


def test_after_the_rest_one_trial_is_admitted_at_a_time():
    clock = Clock()
    breaker = tripped(clock)

    clock.now_s = 10.0

    assert [breaker.admits() for _ in range(3)] == [True, False, False]


def test_a_trial_that_fails_begins_another_rest():
    clock = Clock()
    breaker = tripped(clock)
    clock.now_s = 10.0
    breaker.admits()

    clock.now_s = 11.0
    assert not breaker.failed()

    clock.now_s = 20.5
    assert not breaker.admits()
    clock.now_s = 21.0
    assert breaker.admits()


def test_a_trial_that_succeeds_admits_everybody():
    clock = Clock()
    breaker = tripped(clock)
    clock.now_s = 10.0
    breaker.admits()

    assert breaker.succeeded()

    assert [breaker.admits() for _ in range(3)] == [True, True, True]
