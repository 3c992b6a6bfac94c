"""The options of the service, read once at the start."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from gram_es.settings import Settings

WAITING_EACH = 2  # waiting requests for each one in progress: two more turns are soon over


@dataclass(frozen=True, slots=True)
class Options:
    """The limits of one process, and what it reports.

    ``deadline_ms`` is a request's budget. ``at_once`` requests are processed and ``waiting`` more
    may wait. ``rate`` limits the requests a minute of one address, ``None`` for no limit.
    ``open_metrics`` gives ``/metrics`` to other machines too, and ``log_queries`` writes the
    text of queries into the log.
    """

    deadline_ms: float = inf
    at_once: int = 8
    waiting: int = 16
    rate: int | None = None
    open_metrics: bool = False
    log_queries: bool = False

    @classmethod
    def of(cls, settings: Settings, *, at_once: int) -> Options:
        """Return the options of the settings."""
        return cls(
            deadline_ms=settings.deadline_ms,
            at_once=at_once,
            waiting=WAITING_EACH * at_once,
            rate=settings.rate or None,
            open_metrics=settings.open_metrics,
            log_queries=settings.log_queries,
        )
