"""Order the hits of a search, before their products are fetched."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gram_es.overrides.rules import Override
from gram_es.retrieval.context import RERANKED_BY, SearchContext
from gram_es.retrieval.query.model_worker import MODEL_ERRORS
from gram_es.retrieval.query.understand import UnderstoodQuery
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.multi_search import RetrievalResult
from gram_es.retrieval.recall.plan import QueryPlan
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.rerank.window import (
    RankedHit,
    WindowVectors,
    rank_window,
    window_vectors,
    with_retrieval_scores,
)
from gram_es.retrieval.rerank.window_hit import WindowHit

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The hits of a search in their final order, before their products are fetched.

    ``retrieved`` contains the responses of Elasticsearch. ``mode`` lists the stages that ran.
    ``degraded`` contains the reasons why other stages did not run. ``took_ms`` maps stages to
    milliseconds. ``rules`` are the overrides (pins and bans) that changed the query's codes.
    ``failed_stages`` are the keys of ``took_ms`` whose stages failed or were late in this search.
    ``understood`` is the meaning of the query, and ``asked`` that of the query before any of its
    constraints was dropped.
    """

    plan: QueryPlan
    hits: tuple[RankedHit, ...]
    retrieved: RetrievalResult
    mode: str
    degraded: tuple[str, ...]
    index: str
    took_ms: dict[str, float]
    understood: UnderstoodQuery
    asked: UnderstoodQuery
    rules: tuple[Override, ...] = ()
    failed_stages: frozenset[str] = frozenset()

    @property
    def request(self) -> SearchRequest:
        """Return the request that was run."""
        return self.plan.request

    @property
    def clauses(self) -> Clauses:
        """Return the clauses of the query."""
        return self.plan.clauses


@dataclass(frozen=True, slots=True)
class Tier:
    """Pages that end at the hit ``end`` rerank the best ``window`` hits by retrieval score."""

    end: int
    window: int

    @classmethod
    def of(cls, window: int) -> tuple[Tier, ...]:
        """Return the tiers of a whole window, the smallest first.

        Fewer hits are enough for the first pages: on the judged queries of two catalogues, R@100
        and nDCG@10 differ by .001 at most, and a search takes half the time.
        """
        shares = ((0.05, 0.3), (0.25, 0.5), (1.0, 1.0))
        tiers = (cls(math.ceil(end * window), math.ceil(hits * window)) for end, hits in shares)
        return tuple(tiers)


def window_for(tiers: Sequence[Tier], end: int) -> int:
    """Return how many hits are reranked for a page that ends at the hit ``end``."""
    return next((tier.window for tier in tiers if end <= tier.end), tiers[-1].window)


@dataclass(frozen=True, slots=True)
class OrderedPage:
    """The hits of a page in their final order.

    ``degraded_reason`` says why a rerank failed or had no time left; otherwise it is ``None``.
    """

    hits: tuple[RankedHit, ...]
    reranked: bool = False
    degraded_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reranked:
    """Products in the order of a search.

    ``degraded`` says why a stage did not run. ``is_complete`` is false if Elasticsearch may have
    left out products for want of time.
    """

    hits: tuple[RankedHit, ...]
    degraded: tuple[str, ...]
    is_complete: bool


def order_page(
    plan: QueryPlan,
    retrieved: RetrievalResult,
    calibration: Calibration,
    vector: NDArray[np.float32] | None,
    context: SearchContext,
    *,
    tiers: Sequence[Tier] = (),
) -> OrderedPage:
    """Return the page that the request of ``plan`` asks for.

    The result window consists of the best hits by retrieval score. The hits of the page that are in
    the window are reranked; hits beyond the window follow in the order of retrieval. If reranking
    fails or no time is left for it, the window is sorted by text score instead, and
    ``degraded_reason`` says why.

    :param vector: the query's vector, ``(dim,)``; if it is ``None``, the window is not reranked.
    :param tiers: a larger window keeps the hits of the smaller tiers in front and ranks the others
        behind them, so that pages neither overlap nor omit hits.
    """
    clauses, window = plan.clauses, retrieved.window
    page = slice(plan.request.offset, plan.request.offset + plan.request.size)
    beyond = with_retrieval_scores(retrieved.beyond, clauses)
    reason = None
    if vector is not None and context.deadline.left_ms(RERANKED_BY) <= 0:
        reason = "no time was left to rerank"
    elif vector is not None:
        try:
            vectors = window_vectors(vector, window)
            if vectors is not None:
                hits = _ranked(window, clauses, calibration, vectors, tiers, page)
                return OrderedPage((*hits, *beyond), reranked=True)
        except MODEL_ERRORS as error:
            logger.exception("request %s: the scorer failed", context.request_id)
            reason = f"the scorer failed on this query ({type(error).__name__})"
    hits = _ranked(window, clauses, calibration, None, tiers, page)
    return OrderedPage((*hits, *beyond), degraded_reason=reason)


def _ranked(
    window: Sequence[WindowHit],
    clauses: Clauses,
    calibration: Calibration,
    vectors: WindowVectors | None,
    tiers: Sequence[Tier],
    page: slice,
) -> list[RankedHit]:
    smaller = [tier for tier in tiers if tier.window < len(window)]
    if not smaller:
        return rank_window(window, clauses, calibration, vectors, page=page)
    ranked: dict[str, RankedHit] = {}
    for tier in smaller:
        first = vectors.first(tier.window) if vectors else None
        hits = rank_window(
            window[: tier.window], clauses, calibration, first, page=slice(0, tier.end)
        )
        new = [hit for hit in hits if hit.id not in ranked][: tier.end - len(ranked)]
        ranked.update((hit.id, hit) for hit in new)
    hits = rank_window(window, clauses, calibration, vectors)
    return [*ranked.values(), *(hit for hit in hits if hit.id not in ranked)][page]


def mode_of(plan: QueryPlan, *, identifier_only: bool, reranked: bool) -> str:
    """Return the names of the stages that ran, joined by ``+``, such as ``codes+text+rerank``."""
    ran = {
        "filter": plan.request.browses,
        "exact": identifier_only,
        "codes": bool(plan.clauses.codes),
        "text": bool(plan.clauses.typed),
        "rerank": reranked,
    }
    return "+".join(stage for stage, has_run in ran.items() if has_run) or "none"
