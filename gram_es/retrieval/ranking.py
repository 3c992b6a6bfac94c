"""The order of a search's hits, before their products are fetched."""

from __future__ import annotations

from dataclasses import dataclass

from gram_es.overrides.rules import Override
from gram_es.retrieval.queries import Clauses
from gram_es.retrieval.query_plan import QueryPlan
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.rerank import RankedHit
from gram_es.retrieval.retrieving import Retrieved


@dataclass(frozen=True, slots=True)
class Ranking:
    """A search up to the order of its hits, before their products are fetched.

    ``rules`` are the pins and bans that changed the codes.
    """

    plan: QueryPlan
    hits: tuple[RankedHit, ...]
    retrieved: Retrieved
    mode: str
    degraded: tuple[str, ...]
    index: str
    took_ms: dict[str, float]
    rules: tuple[Override, ...] = ()

    @property
    def request(self) -> SearchRequest:
        """Return the request that was carried out."""
        return self.plan.request

    @property
    def clauses(self) -> Clauses:
        """Return what the query matched on."""
        return self.plan.clauses
