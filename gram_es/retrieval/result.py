"""The result of a search: its hits and their explanations, its facets, the stages that ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gram_es.overrides.rules import Override
from gram_es.records import Product, WeightedCode
from gram_es.retrieval.conditions.conditions import Condition
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.highlight import Segment
from gram_es.retrieval.ranking import Ranking
from gram_es.retrieval.recall.facets import (
    Facets,
    read_facets,
    read_groups,
    read_total,
)
from gram_es.retrieval.recall.identifiers import IdentifierMatch
from gram_es.retrieval.recall.relevance import NO_RULE, RelevanceRule, relevance_rule
from gram_es.retrieval.request import DroppedConstraint, SearchRequest
from gram_es.retrieval.rerank.blend import HitFeatures, ScoreBreakdown
from gram_es.text.spelling.speller import Spelling


@dataclass(frozen=True, slots=True)
class HitExplanation:
    """Why a hit is at its rank.

    ``rank_change`` is how many ranks the rerank moved the hit up; it is negative if the hit moved
    down. ``identifier_match`` says how the query names one of the product's identifiers.
    ``clause_scores`` gives, by name, the score of each clause of the Elasticsearch query that the
    hit matches. The retrieval score is the sum of these scores; of the text clauses, each of which
    searches a form of the query, only the highest score counts.
    """

    scores: ScoreBreakdown
    features: HitFeatures
    rank_change: int
    identifier_match: IdentifierMatch
    clause_scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Hit:
    """One product of the result; ``rank`` counts from 1 over all pages.

    ``title`` is the product's title, split into segments, or ``None`` if the request does not ask
    for highlights. ``variants`` is the number of variants in the product's group that match the
    request, including this product. It is ``None`` if each variant is shown as a hit of its own.
    ``relevant`` is false for a less close hit, which follows the relevant ones.
    """

    id: str
    rank: int
    score: float
    product: Product
    matched_codes: tuple[WeightedCode, ...]
    title: tuple[Segment, ...] | None = None
    variants: int | None = None
    explanation: HitExplanation | None = None
    relevant: bool = True


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of one search.

    ``request`` is the request that was run, without the constraints in ``dropped``. ``text`` is the
    query as typed; ``corrected`` is the corrected query, or ``None`` if there was nothing to
    correct. ``alternatives`` are the forms with joined or parted words that were searched, too.
    ``mode`` lists the stages that ran. ``degraded`` contains the reasons why other stages did not
    run. ``took_ms`` maps stages to milliseconds. ``hits`` are the relevant hits of the page.
    ``less_close`` are the others, which fill the page after the last relevant hit; their ranks go
    on. ``rule`` says what makes a product relevant. ``total`` is the number of relevant products,
    or ``None`` if the request does not count them. ``groups`` is the approximate number of groups
    of variants among the relevant products, or ``None`` if each variant is a hit of its own. The
    result window consists of the best hits by retrieval score. ``ranked`` is the number of hits in
    the result window, including irrelevant hits.
    ``rules`` are the overrides (pins and bans) that changed the query's codes. ``searched_text`` is
    the query without the words that state ``conditions``; of these, dropped ones are left out.
    ``language_model`` names the language model that chose the codes together with the encoder, if
    there was one. ``awaiting_spelling`` are the forms of the query as asked if it awaits the answer
    of a language model; otherwise it is ``None``.
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
    less_close: tuple[Hit, ...] = ()
    rule: RelevanceRule = NO_RULE
    rules: tuple[Override, ...] = ()
    alternatives: tuple[str, ...] = ()
    searched_text: str = ""
    conditions: tuple[Condition, ...] = ()
    language_model: str | None = None
    awaiting_spelling: Spelling | None = None

    @property
    def listed(self) -> int:
        """Return the number of relevant hits; a group that is shown as one hit counts once."""
        return (self.total if self.groups is None else self.groups) or 0


def build_result(
    ranking: Ranking,
    hits: tuple[Hit, ...],
    context: SearchContext,
    *,
    text: str,
    searched_text: str,
    model: str | None,
    dropped: tuple[DroppedConstraint, ...],
) -> SearchResult:
    """Build the result from ``ranking`` and the fetched ``hits`` of its page.

    :param text: the query as typed; a relaxed request in ``ranking`` may have fewer words.
    :param searched_text: the query without the words that state conditions.
    :param model: the fingerprint of the loaded model.
    :param dropped: the constraints that were dropped from the request.
    """
    clauses, counts = ranking.clauses, ranking.retrieved.counts
    return SearchResult(
        request=ranking.request,
        request_id=context.request_id,
        text=text,
        corrected=clauses.correction,
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
        hits=tuple(hit for hit in hits if hit.relevant),
        less_close=tuple(hit for hit in hits if not hit.relevant),
        rule=relevance_rule(clauses),
        facets=read_facets(counts, ranking.request) if counts else None,
        rules=ranking.rules,
        alternatives=clauses.alternatives,
        searched_text=searched_text,
        conditions=ranking.request.parsed.conditions if ranking.request.parsed else (),
        language_model=ranking.understood.language_model,
        awaiting_spelling=ranking.asked.spelling if ranking.asked.awaits_language_model else None,
    )
