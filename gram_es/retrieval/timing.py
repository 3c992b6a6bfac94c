"""Time the stages of one search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Milliseconds by stage; a stage that runs twice adds up."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to the stage ``name``."""
        began = perf_counter()
        try:
            yield
        finally:
            spent = (perf_counter() - began) * 1_000
            self._stages[name] = self._stages.get(name, 0.0) + spent

    def read(self) -> dict[str, float]:
        """Return the stages so far, in the order in which they began, and their ``total``."""
        return {**self._stages, "total": (perf_counter() - self._began) * 1_000}
