"""A bounded queue before the work: who finds it full is told so at once."""

from __future__ import annotations

import threading

from gram_es.errors import GramError


class OverloadedError(GramError):
    """There is more to do than can be done in time; ``after_s`` is when to ask again."""

    retryable = True

    def __init__(self, why: str, message: str, after_s: int = 1) -> None:
        super().__init__(message)
        self.why = why
        self.after_s = after_s

    def __reduce__(self) -> tuple[type[OverloadedError], tuple[str, str, int]]:
        return (type(self), (self.why, str(self), self.after_s))


class Gate:
    """Lets ``at_once`` in, makes ``waiting`` more wait, and refuses the rest."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._places = threading.Semaphore(at_once + waiting)
        self._desks = threading.Semaphore(at_once)

    def enter(self, *, longest_s: float) -> None:
        """Return when it is the caller's turn; :meth:`leave` must follow.

        :raises OverloadedError: if too many wait already, or after ``longest_s``.
        """
        if not self._places.acquire(blocking=False):
            raise OverloadedError("full", "too many requests wait already; try again in a moment")
        if not self._desks.acquire(timeout=max(0.0, longest_s)):
            self._places.release()
            raise OverloadedError("late", "there was no turn in time; try again in a moment")

    def leave(self) -> None:
        """Let the next one in."""
        self._desks.release()
        self._places.release()
