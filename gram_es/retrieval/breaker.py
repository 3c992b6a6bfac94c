"""A circuit breaker: what fails again and again is left alone for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

FAILURES = 5
REST_S = 10.0


class Breaker:
    """Admits everybody until ``failures`` in a row, then one trial every ``rest_s`` seconds.

    One success admits everybody again. Safe for many threads.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        rest_s: float = REST_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._next_trial = 0.0

    @property
    def tripped(self) -> bool:
        """Tell whether only trials are admitted."""
        return self._in_a_row >= self._limit

    def admits(self) -> bool:
        """Tell whether to try now; while tripped, the caller that is told so is the one trial."""
        with self._lock:
            if not self.tripped:
                return True
            now = self._clock()
            if now < self._next_trial:
                return False
            self._next_trial = now + self._rest_s
            return True

    def succeeded(self) -> bool:
        """Note a success, and tell whether it ended a rest."""
        with self._lock:
            ended = self.tripped
            self._in_a_row = 0
            return ended

    def failed(self) -> bool:
        """Note a failure, and tell whether it began a rest."""
        with self._lock:
            self._in_a_row += 1
            if self.tripped:
                self._next_trial = self._clock() + self._rest_s
            return self._in_a_row == self._limit
