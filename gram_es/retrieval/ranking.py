"""The order of a search's hits, before their products are fetched."""

from __future__ import annotations

from dataclasses import dataclass

from gram_es.overrides.rules import Override
from gram_es.retrieval.queries import Clauses
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.rerank import RankedHit
from gram_es.retrieval.retrieving import Retrieved


@dataclass(frozen=True, slots=True)
class Ranking:
    """A search up to the order of its hits, before their products are fetched.

    ``request`` is the request that was carried out; ``rules`` are the pins and bans that changed
    the codes.
    """

    request: SearchRequest
    hits: tuple[RankedHit, ...]
    clauses: Clauses
    retrieved: Retrieved
    mode: str
    degraded: tuple[str, ...]
    index: str
    took_ms: dict[str, float]
    rules: tuple[Override, ...] = ()
