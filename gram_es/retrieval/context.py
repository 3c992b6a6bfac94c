"""The context of one search: its id, its deadline, its view of the index, its stopwatch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from elasticsearch import Elasticsearch

from gram_es.retrieval.deadline import RETRIEVED_BY, UNLIMITED, Deadline
from gram_es.retrieval.live_index import IndexView

_MIN_TIMEOUT_MS: Final = 50.0  # for a request that the cluster must answer even if no time is left


class Stopwatch:
    """Measures the milliseconds of each stage; the times of a repeated stage add up."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside the ``with`` block to the stage ``name``."""
        began = perf_counter()
        try:
            yield
        finally:
            spent = (perf_counter() - began) * 1_000
            self._stages[name] = self._stages.get(name, 0.0) + spent

    def read(self) -> dict[str, float]:
        """Return the milliseconds of each stage in the order they began, and their ``total``."""
        return {**self._stages, "total": (perf_counter() - self._began) * 1_000}


@dataclass(frozen=True, slots=True)
class SearchContext:
    """What all stages of one search share.

    ``view`` is the reading of the index that they use.
    """

    client: Elasticsearch
    request_id: str
    view: IndexView
    deadline: Deadline = UNLIMITED
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    def bounded_client(self) -> Elasticsearch:
        """Return a client for one request, which sends the id and keeps to the deadline."""
        return bounded_client(self.client, self.request_id, self.deadline)

    def timeout_ms(self, limit_ms: int) -> int:
        """Return how long Elasticsearch may take to retrieve, at most ``limit_ms``."""
        left_ms = self.deadline.left_ms(RETRIEVED_BY)
        return int(min(limit_ms, max(_MIN_TIMEOUT_MS, left_ms)))


def bounded_client(client: Elasticsearch, request_id: str, deadline: Deadline) -> Elasticsearch:
    """Return a client that sends ``request_id`` and waits no longer than ``deadline``."""
    if not deadline.limited:
        return client.options(opaque_id=request_id)
    left_s = max(_MIN_TIMEOUT_MS, deadline.left_ms()) / 1_000
    return client.options(opaque_id=request_id, request_timeout=left_s)
