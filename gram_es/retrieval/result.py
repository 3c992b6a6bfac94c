"""The result of a search: its hits and their explanations, its facets, the stages that ran."""

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
from gram_es.retrieval.request import DroppedConstraint, SearchRequest
from gram_es.retrieval.rerank.blend import HitFeatures, ScoreBreakdown
from gram_es.settings import WINDOW


@dataclass(frozen=True, slots=True)
class HitExplanation:
    """Why a hit is at its rank.

    ``rank_change`` is the number of ranks that it rose by the rerank. With an ``identifier_match``
    the query is one of its identifiers. ``clause_scores`` maps the names of the query's clauses in
    Elasticsearch to their part of the retrieval score.
    """

    scores: ScoreBreakdown
    features: HitFeatures
    rank_change: int
    identifier_match: bool
    clause_scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Hit:
    """One product of the result; ``rank`` counts from 1 over all pages.

    ``title`` is the product's title in segments, if the request asks for highlights. ``variants``
    is the number of hits in its group, this one included, if the group is shown as one hit.
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
    """The result of one search.

    ``request`` is the request that was run, without the constraints in ``dropped``. ``text`` is the
    query as typed; ``corrected`` is the corrected query, or ``None`` if there was nothing to
    correct. ``mode`` lists the stages that ran, ``degraded`` the reasons why others did not.
    ``took_ms`` has the milliseconds of each stage. ``total`` is the number of relevant products,
    ``None`` if the request does not count them; ``groups`` is the approximate number of their
    groups, ``None`` if variants are not collapsed. ``ranked`` is the number of hits in the result
    window, relevant or not, and ``window`` its maximum. ``rules`` are the pins and bans that
    changed the codes.
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
    dropped: tuple[DroppedConstraint, ...]
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
    dropped: tuple[DroppedConstraint, ...],
    window: int,
) -> SearchResult:
    """Return the result of a ranking and its fetched ``hits``.

    :param text: the query as typed; the request of the ranking may be a relaxed one.
    :param model: the fingerprint of the loaded model.
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
