"""The options of the application.

This module must not import :mod:`query_api.http.metrics`, because ``gram-es serve`` reads the
options before it creates the folder that the metrics need.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final

from pydantic import SecretStr

from gram_es.settings import Settings
from query_api.http.image_hosts import NO_HOSTS, ImageHosts

_WAITING_PER_REQUEST: Final = 2  # the last request in the queue waits for two others


@dataclass(frozen=True, slots=True)
class Options:
    """The limits that each process applies, and what the service reports.

    ``deadline_ms`` is the time budget of a request in milliseconds. At most ``max_concurrent``
    requests are in progress, and at most ``max_waiting`` more wait in the queue.
    ``max_requests_per_minute`` limits the requests of each client; ``None`` sets no limit.
    ``/metrics`` is closed unless a request sends ``metrics_token``, or ``metrics_are_public`` opens
    it to everyone. ``log_queries`` adds the text of queries to the log of requests. ``image_hosts``
    are the hosts of pictures of products. ``cors_origins`` are the origins whose pages may search.
    """

    deadline_ms: float = inf
    max_concurrent: int = 8
    max_waiting: int = 16
    max_requests_per_minute: int | None = None
    metrics_token: SecretStr | None = None
    metrics_are_public: bool = False
    log_queries: bool = False
    image_hosts: ImageHosts = NO_HOSTS
    cors_origins: frozenset[str] = frozenset()

    @classmethod
    def from_settings(cls, settings: Settings, *, max_concurrent: int) -> Options:
        """Return the options for ``settings`` and a number of concurrent requests."""
        return cls(
            deadline_ms=settings.deadline_ms,
            max_concurrent=max_concurrent,
            max_waiting=_WAITING_PER_REQUEST * max_concurrent,
            max_requests_per_minute=settings.max_requests_per_minute or None,
            metrics_token=settings.metrics_token,
            metrics_are_public=settings.metrics_are_public,
            log_queries=settings.log_queries,
            image_hosts=ImageHosts(settings.image_hosts),
            cors_origins=frozenset(settings.cors_origins),
        )

    @property
    def threads(self) -> int:
        """Return the number of threads that a process needs, one for each admitted request."""
        return self.max_concurrent + self.max_waiting
