"""Periodic tasks: when they run, what they log, how they end."""

import threading
from collections.abc import Callable, Sequence

import pytest

from gram_es.background import PeriodicTask, logged_errors
from gram_es.errors import GramError

WAIT_S = 30
NEVER_S = 3_600.0


def task(step: Callable[[], object], interval_s: float = 0.001, **options: bool) -> PeriodicTask:
    return PeriodicTask(
        step, name="watcher", interval_s=interval_s, on_failure="cannot watch", **options
    )


def failing(outcomes: Sequence[str]) -> Callable[[], None]:
    """Return a step that fails with each message in turn; with an empty message it succeeds."""
    remaining = iter(outcomes)

    def step() -> None:
        message = next(remaining)
        if message:
            raise GramError(message)

    return step


def test_the_step_runs_again_and_again_in_a_daemon_thread_of_the_task_s_name():
    ran, threads = threading.Semaphore(0), list[threading.Thread]()

    def step() -> None:
        threads.append(threading.current_thread())
        ran.release()

    with task(step):
        assert all(ran.acquire(timeout=WAIT_S) for _ in range(3))

    assert {(thread.name, thread.daemon) for thread in threads} == {("watcher", True)}


def test_the_block_ends_when_the_running_step_has_ended():
    began, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def step() -> None:
        began.set()
        assert may_end.wait(WAIT_S)
        ended.set()

    with task(step, NEVER_S, run_immediately=True) as running:
        assert began.wait(WAIT_S)
        running.stop()
        may_end.set()

    assert ended.is_set()


@pytest.mark.parametrize("run_immediately", [True, False])
def test_the_first_step_runs_at_once_or_after_one_interval(run_immediately: bool):
    ran = threading.Event()

    with task(ran.set, NEVER_S, run_immediately=run_immediately):
        if run_immediately:
            assert ran.wait(WAIT_S)

    assert ran.is_set() is run_immediately


def test_stop_ends_the_wait_for_the_next_step():
    running = task(lambda: None, NEVER_S)
    running.start()

    running.stop()
    running.join()

    assert not running._thread.is_alive()


def test_a_task_that_was_never_started_can_be_stopped():
    task(lambda: None).stop()


def test_a_failure_does_not_end_the_task():
    failed, ran = threading.Event(), threading.Event()

    def step() -> None:
        if failed.is_set():
            ran.set()
            return
        failed.set()
        raise GramError("no answer")

    with task(step):
        assert ran.wait(WAIT_S)


def test_the_first_failure_of_a_series_and_the_recovery_are_logged(
    caplog: pytest.LogCaptureFixture,
):
    outcomes = ("", "no answer", "still no answer", "", "", "no answer again", "")
    watcher = task(failing(outcomes))

    for _ in outcomes:
        watcher.run_once()

    assert caplog.messages == [
        "cannot watch: no answer",
        "watcher: recovered",
        "cannot watch: no answer again",
        "watcher: recovered",
    ]


def test_an_exception_that_is_no_gram_error_is_raised():
    def step() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        task(step).run_once()


def test_a_gram_error_is_logged_instead_of_raised(caplog: pytest.LogCaptureFixture):
    with logged_errors("cannot release the batch"):
        raise GramError("no answer")

    assert caplog.messages == ["cannot release the batch: no answer"]
