from gram_es.retrieval.query.model_worker import CircuitBreaker


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def opened_breaker(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(failures=3, open_s=10, clock=clock)
    opened = [breaker.record_failure() for _ in range(3)]
    assert opened == [False, False, True]
    return breaker


def test_failures_in_a_row_open_the_breaker():
    breaker = opened_breaker(Clock())

    assert breaker.is_open
    assert not breaker.allows_call()


def test_a_success_between_failures_keeps_the_breaker_closed():
    breaker = CircuitBreaker(failures=2)
    for _ in range(5):
        breaker.record_failure()
        assert not breaker.record_success()

    assert breaker.allows_call()


def test_while_open_one_trial_at_a_time_is_allowed():
    clock = Clock()
    breaker = opened_breaker(clock)

    clock.now_s = 10.0

    assert [breaker.allows_call() for _ in range(3)] == [True, False, False]


def test_a_trial_that_fails_keeps_the_breaker_open():
    clock = Clock()
    breaker = opened_breaker(clock)
    clock.now_s = 10.0
    breaker.allows_call()

    clock.now_s = 11.0
    assert not breaker.record_failure()

    clock.now_s = 20.5
    assert not breaker.allows_call()
    clock.now_s = 21.0
    assert breaker.allows_call()


def test_a_trial_that_succeeds_closes_the_breaker():
    clock = Clock()
    breaker = opened_breaker(clock)
    clock.now_s = 10.0
    breaker.allows_call()

    assert breaker.record_success()

    assert [breaker.allows_call() for _ in range(3)] == [True, True, True]
