"""The options of the application.

This module must not import :mod:`query_api.http.metrics`, because ``gram-es serve`` reads the
options before it creates the folder that the metrics need.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final

from gram_es.settings import Settings

_WAITING_PER_REQUEST: Final = 2  # a request at the end of the queue waits for two others


@dataclass(frozen=True, slots=True)
class Options:
    """The limits of one process, and what it reports.

    ``deadline_ms`` is the time budget of a request. ``max_concurrent`` requests are in progress
    and ``max_waiting`` more wait. ``max_requests_per_minute`` limits each address; ``None`` sets no
    limit. ``metrics_are_public`` lets other machines read ``/metrics``. ``log_queries`` adds the
    text of queries to the log.
    """

    deadline_ms: float = inf
    max_concurrent: int = 8
    max_waiting: int = 16
    max_requests_per_minute: int | None = None
    metrics_are_public: bool = False
    log_queries: bool = False

    @classmethod
    def from_settings(cls, settings: Settings, *, max_concurrent: int) -> Options:
        """Return the options that ``settings`` give."""
        return cls(
            deadline_ms=settings.deadline_ms,
            max_concurrent=max_concurrent,
            max_waiting=_WAITING_PER_REQUEST * max_concurrent,
            max_requests_per_minute=settings.max_requests_per_minute or None,
            metrics_are_public=settings.metrics_are_public,
            log_queries=settings.log_queries,
        )

    @property
    def threads(self) -> int:
        """Return how many requests a process admits, each of which needs a thread."""
        return self.max_concurrent + self.max_waiting
