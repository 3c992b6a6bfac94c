"""The result of a search: hits with their explanations, facets, and the stages that ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gram_es.overrides.rules import Override
from gram_es.records import Product, WeightedCode
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.highlight import Segment
from gram_es.retrieval.ranking import Ranking
from gram_es.retrieval.recall.facets import (
    Facets,
    read_facets,
    read_groups,
    read_total,
)
from gram_es.retrieval.request import Dropped, SearchRequest
from gram_es.retrieval.rerank.blend import HitFeatures, ScoreBreakdown
from gram_es.settings import WINDOW


@dataclass(frozen=True, slots=True)
class HitExplanation:
    """Why a hit is at its rank.

    ``rank_change`` is by how many ranks the rerank lifted it. With an ``identifier_match`` the
    query is one of its identifiers. ``clause_scores`` maps the names of Elasticsearch's clauses to
    what each added to the retrieval score.
    """

    scores: ScoreBreakdown
    features: HitFeatures
    rank_change: int
    identifier_match: bool
    clause_scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Hit:
    """One product of the answer; ``rank`` counts from 1 over all pages.

    ``title`` is the product's in segments, where the request highlights. ``variants`` counts the
    hits of its group, itself included, where one stands for all.
    """

    id: str
    rank: int
    score: float
    product: Product
    matched_codes: tuple[WeightedCode, ...]
    title: tuple[Segment, ...] | None = None
    variants: int | None = None
    explanation: HitExplanation | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one search.

    ``request`` is the one that was carried out: constraints with which nothing matched are
    ``dropped`` from it. ``text`` is the query as typed, ``corrected`` the corrected one or
    ``None``. ``mode`` lists the stages that ran, ``degraded`` the reasons why others did not.
    ``took_ms`` is by stage. ``total`` counts relevant products and is ``None`` when
    the request does not count; ``ranked`` counts the hits of the window, relevant or merely near;
    ``groups`` is close to the number of their groups, ``None`` where variants stand apart;
    ``window`` is how many hits at most are ``ranked``.
    ``rules`` are the pins and bans that acted on the codes.
    """

    request: SearchRequest
    request_id: str
    text: str
    corrected: str | None
    codes: tuple[WeightedCode, ...]
    mode: str
    degraded: tuple[str, ...]
    index: str
    model: str | None
    total: int | None
    groups: int | None
    ranked: int
    dropped: tuple[Dropped, ...]
    took_ms: Mapping[str, float]
    hits: tuple[Hit, ...]
    facets: Facets | None
    rules: tuple[Override, ...] = ()
    window: int = WINDOW

    @property
    def listed(self) -> int:
        """Return the number of relevant hits: variants, or groups where they are collapsed."""
        return (self.total if self.groups is None else self.groups) or 0


def build_result(
    ranking: Ranking,
    hits: tuple[Hit, ...],
    context: SearchContext,
    *,
    text: str,
    model: str | None,
    dropped: tuple[Dropped, ...],
    window: int,
) -> SearchResult:
    """Return the result of a ranking whose ``hits`` are fetched.

    :param text: the query as typed; the ranking's request may be a relaxed one.
    :param model: the fingerprint of the model that took part.
    """
    clauses, counts = ranking.clauses, ranking.retrieved.counts
    return SearchResult(
        request=ranking.request,
        request_id=context.request_id,
        text=text,
        corrected=clauses.corrected if clauses.corrected != clauses.typed else None,
        codes=clauses.codes,
        mode=ranking.mode,
        degraded=ranking.degraded,
        index=ranking.index,
        model=model,
        total=read_total(counts) if counts else None,
        groups=read_groups(counts) if counts else None,
        ranked=len(ranking.retrieved.window),
        dropped=dropped,
        took_ms=context.stopwatch.read(),
        hits=hits,
        facets=read_facets(counts, ranking.request) if counts else None,
        rules=ranking.rules,
        window=window,
    )
