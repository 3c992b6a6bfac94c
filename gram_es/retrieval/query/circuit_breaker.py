"""A circuit breaker: stop calling what fails again and again, and try it now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

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
