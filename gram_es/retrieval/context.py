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

_MIN_TIMEOUT_MS: Final = 50.0  # the least for any request, even after the deadline


class Stopwatch:
    """Measures how many milliseconds each stage of a search takes.

    If a stage runs several times, its times are added.
    """

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
        """Return the milliseconds by stage, in the order in which the stages began.

        ``total`` is the time since the stopwatch was created.
        """
        return {**self._stages, "total": (perf_counter() - self._began) * 1_000}


@dataclass(frozen=True, slots=True)
class SearchContext:
    """The objects that all stages of one search share.

    ``view`` contains the live codes and what else was read from the live index in advance.
    """

    client: Elasticsearch
    request_id: str
    view: IndexView
    deadline: Deadline = UNLIMITED
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    def bounded_client(self) -> Elasticsearch:
        """Return a client for one request.

        The client sends the id of the search and stops waiting at its deadline.
        """
        return bounded_client(self.client, self.request_id, self.deadline)

    def timeout_ms(self, limit_ms: int) -> int:
        """Return the milliseconds that Elasticsearch may spend on retrieving hits.

        They are ``limit_ms``, or less if the deadline is near.
        """
        left_ms = self.deadline.left_ms(RETRIEVED_BY)
        return int(min(limit_ms, max(_MIN_TIMEOUT_MS, left_ms)))


def bounded_client(client: Elasticsearch, request_id: str, deadline: Deadline) -> Elasticsearch:
    """Return a client for one request; it sends ``request_id`` and stops waiting at ``deadline``.

    Even after the deadline the client waits 50 ms.
    """
    if not deadline.limited:
        return client.options(opaque_id=request_id)
    left_s = max(_MIN_TIMEOUT_MS, deadline.left_ms()) / 1_000
    return client.options(opaque_id=request_id, request_timeout=left_s)
