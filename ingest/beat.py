"""Doing something again and again, beside what this process is at."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from gram_es.errors import GramError

logger = logging.getLogger(__name__)


def attempt(step: Callable[[], None], trouble: str) -> None:
    """Take a step; an error of ours is logged as ``trouble`` and goes no further."""
    try:
        step()
    except GramError as error:
        logger.warning("%s: %s", trouble, error)


class Beat:
    """Takes a step every so many seconds within its block, in a thread of its own.

    A step that fails is logged as ``trouble`` and taken again at the next beat.
    """

    def __init__(self, step: Callable[[], None], *, every_s: float, trouble: str) -> None:
        self._step = step
        self._every_s = every_s
        self._trouble = trouble
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="beat", daemon=True)

    def __enter__(self) -> Beat:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._ended.wait(self._every_s):
            attempt(self._step, self._trouble)
