"""Periodic tasks: functions that a background thread calls at a fixed interval."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from gram_es.errors import GramError

logger = logging.getLogger(__name__)


@contextmanager
def logged_errors(message: str) -> Iterator[None]:
    """Log a :class:`GramError` of the block as a warning after ``message``; do not raise it."""
    try:
        yield
    except GramError as error:
        logger.warning("%s: %s", message, error)


class PeriodicTask:
    """Calls ``step`` every ``interval_s`` seconds in a daemon thread.

    If the step raises a :class:`GramError`, the task continues. Of several failures in a row only
    the first is logged, with the message ``on_failure``; the next success is logged as a recovery.
    Any other exception ends the thread.
    """

    def __init__(
        self,
        step: Callable[[], object],
        *,
        name: str,
        interval_s: float,
        on_failure: str | None = None,
        run_immediately: bool = False,
    ) -> None:
        self._step = step
        self._name = name
        self._interval_s = interval_s
        self._on_failure = on_failure or f"{name} failed"
        self._run_immediately = run_immediately
        self._is_failing = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run_until_stopped, name=name, daemon=True)

    def run_once(self) -> None:
        """Run the step now, in the calling thread; a :class:`GramError` is logged, not raised."""
        try:
            self._step()
        except GramError as error:
            if not self._is_failing:
                logger.warning("%s: %s", self._on_failure, error)
            self._is_failing = True
        else:
            if self._is_failing:
                logger.warning("%s: recovered", self._name)
            self._is_failing = False

    def start(self) -> None:
        """Start the thread.

        The first step runs after one interval, or at once if ``run_immediately`` is true.

        :raises RuntimeError: if the task was started before.
        """
        self._thread.start()

    def stop(self) -> None:
        """Start no further step; a running step continues to its end."""
        self._stopped.set()

    def join(self) -> None:
        """Wait until the thread has ended; return at once if it was never started."""
        if self._thread.ident is not None:
            self._thread.join()

    def __enter__(self) -> PeriodicTask:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.join()

    def _run_until_stopped(self) -> None:
        if self._run_immediately and not self._stopped.is_set():
            self.run_once()
        while not self._stopped.wait(self._interval_s):
            self.run_once()
