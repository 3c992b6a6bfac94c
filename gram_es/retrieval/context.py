"""The objects that the stages of a search share: deadline, stopwatch, index view and context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Final

from elasticsearch import Elasticsearch

from gram_es import telemetry
from gram_es.errors import ShopIndexError
from gram_es.retrieval.completions import NO_COMPLETIONS, Completions
from gram_es.retrieval.recall.facets import FacetValue

if TYPE_CHECKING:
    from gram_es.model.gram import LiveCodes

_MIN_TIMEOUT_MS: Final = 50.0  # the least for any request, even after the deadline
DECODED_BY: Final = 0.4
"""The share of the budget after which a search continues without the model's codes."""
RETRIEVED_BY: Final = 0.8
"""The share of the budget after which Elasticsearch returns the hits that it has found so far."""
RERANKED_BY: Final = 0.9
"""The share of the budget after which no rerank begins, because the page must still be fetched."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time budget of ``budget_ms`` milliseconds that starts at ``began``.

    ``began`` is a time of the monotonic clock, in seconds. The default budget is unlimited.
    """

    budget_ms: float = inf
    began: float = field(default_factory=monotonic)

    @property
    def limited(self) -> bool:
        """Return whether the budget can run out."""
        return self.budget_ms < inf

    def left_ms(self, share: float = 1.0) -> float:
        """Return the milliseconds until the fraction ``share`` of the budget is spent.

        The result is negative if this fraction is already spent.
        """
        return share * self.budget_ms - (monotonic() - self.began) * 1_000


UNLIMITED: Final = Deadline()


class Stopwatch:
    """Measures how many milliseconds each stage of a search takes.

    If a stage runs several times, its times are added.
    """

    def __init__(self) -> None:
        self._began = perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside the ``with`` block to the stage ``name``, a span of a trace."""
        began = perf_counter()
        try:
            with telemetry.span(name):
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
class IndexView:
    """The state of the live index when it was last read.

    ``index`` is the name of the index to which the alias points. ``live_codes`` are the loaded
    model's codes that occur in the index. If the model's codes cannot be used, ``live_codes`` is
    ``None`` and ``degraded`` contains the reasons. ``examples`` are the most frequent codes, or the
    most frequent brands if codes cannot be used. ``completions`` complete a query while it is
    typed. ``has_groups`` is true if products are variants in a group. If the variants of a product
    cannot be shown as one hit, ``cannot_collapse`` contains the reasons. ``currencies`` are the ISO
    codes of the currencies that prices are in, the most frequent first. ``number`` is greater in
    each later view of the same reader. ``is_shops`` is true if the index is a shop's own, in which
    only the codes are known.
    """

    index: str
    products: int
    live_codes: LiveCodes | None
    examples: tuple[FacetValue, ...]
    degraded: tuple[str, ...]
    completions: Completions = NO_COMPLETIONS
    has_groups: bool = True
    cannot_collapse: tuple[str, ...] = ()
    number: int = 0
    currencies: tuple[str, ...] = ()
    is_shops: bool = False

    def check_searchable(self) -> None:
        """Check that gram-es can search the index by itself.

        :raises ShopIndexError: if the index is a shop's own.
        """
        if self.is_shops:
            raise ShopIndexError(
                f"{self.index} is the shop's own index, which gram-es does not search by itself; "
                "search it with your own query and the clauses of POST /codes, and order hits with "
                "POST /rerank"
            )


@dataclass(frozen=True, slots=True)
class SearchContext:
    """The objects that all stages of one search share.

    ``view`` is the state of the live index, such as its codes, as it was read before the search.
    """

    client: Elasticsearch
    request_id: str
    view: IndexView
    deadline: Deadline = UNLIMITED
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    def bounded_client(self) -> Elasticsearch:
        """Return a client for one request of the search to Elasticsearch.

        The client sends the id of the search, and stops waiting at the deadline of the search.
        """
        return bounded_client(self.client, self.request_id, self.deadline)

    def timeout_ms(self, limit_ms: int) -> int:
        """Return the milliseconds that Elasticsearch may spend on retrieving hits.

        The result is ``limit_ms``, or less if the deadline is near.
        """
        left_ms = self.deadline.left_ms(RETRIEVED_BY)
        return int(min(limit_ms, max(_MIN_TIMEOUT_MS, left_ms)))


def bounded_client(client: Elasticsearch, request_id: str, deadline: Deadline) -> Elasticsearch:
    """Return a client for one request; it sends ``request_id`` and stops waiting at ``deadline``.

    A request that starts just before or after the deadline still gets 50 ms.
    """
    if not deadline.limited:
        return client.options(opaque_id=request_id)
    left_s = max(_MIN_TIMEOUT_MS, deadline.left_ms()) / 1_000
    return client.options(opaque_id=request_id, request_timeout=left_s)
