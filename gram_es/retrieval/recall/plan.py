"""Plan a search: build the parts of its query once, for use in several request bodies (no I/O).

:func:`plan_query` builds the parts. Each request body combines some of these parts. One body
retrieves the result window (the best hits, which are reranked). Another body retrieves the hits
beyond the window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gram_es.index.slots import packed_field, vector_field
from gram_es.retrieval.conditions.conditions import Exclusion
from gram_es.retrieval.recall.bodies import Body, all_of, any_of
from gram_es.retrieval.recall.clauses import Clauses, match_query
from gram_es.retrieval.recall.relevance import relevance_boost, relevance_cut
from gram_es.retrieval.request import (
    CATEGORY,
    CATEGORY_PATH,
    GROUP,
    PRICE,
    WITHOUT,
    SearchRequest,
    Selection,
    category_path,
)

SCOPE: Final = "scope"  # the name of the filter of a request's scope
RELEVANT_CLAUSE: Final = "relevant"  # the name of the clause that only relevant products match
_ABSENCE_SHARE: Final = 0.25  # of the best text score, for "no lid" in a search without lids


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """The parts of one search's query, which its request bodies combine.

    ``match`` is the scored query of the clauses. ``filters`` contains the filters of the request by
    index field. ``cut`` is a filter that only relevant products pass. ``boost`` is added to the
    score of each relevant product, so that relevant products come first. With ``collapses`` the
    variants of a product are one hit.
    """

    request: SearchRequest
    clauses: Clauses
    match: Body
    filters: Mapping[str, Body]
    cut: Body
    boost: float
    collapses: bool = False

    @property
    def ranks(self) -> bool:
        """Return whether the hits are sorted by relevance, the less close ones last.

        Any other list contains only relevant products.
        """
        return self.request.order == "relevance"


def plan_query(clauses: Clauses, request: SearchRequest, *, has_groups: bool = True) -> QueryPlan:
    """Return the plan of a search for ``request``, whose text was understood as ``clauses``.

    :param has_groups: whether products of the index are variants in a group. Where none is, to show
        a group as one hit would cost time and change nothing.
    """
    return QueryPlan(
        request=request,
        clauses=clauses,
        match=_prefer_absence(match_query(clauses), clauses, request),
        filters=filters_by_field(request),
        cut=relevance_cut(clauses),
        boost=relevance_boost(clauses),
        collapses=request.collapses and has_groups,
    )


def filters_by_field(request: SearchRequest) -> dict[str, Body]:
    """Return the filter for each index field that the request filters by, and for its scope."""
    filters: dict[str, Body] = {
        field: {"terms": {field: list(values)}} for field, values in request.choices.items()
    }
    if request.categories:
        filters[CATEGORY] = _category_filter(request.categories)
    if request.exclusions:
        filters[WITHOUT] = all_of([_lacks(exclusion) for exclusion in request.exclusions])
    if request.limits_price:
        ends = zip(("gte", "lte"), request.price_range, strict=True)
        limits: Body = {"range": {PRICE: {end: value for end, value in ends if value is not None}}}
        named = [{"terms": {"currency": list(request.currencies)}}] if request.currencies else []
        filters[PRICE] = all_of([limits, *named]) if named else limits
    if request.scope:
        filters[SCOPE] = all_of([any_of([*map(_selected, group)]) for group in request.scope])
    return filters


def _category_filter(categories: Sequence[str]) -> Body:
    """Return a filter for products that have one of the names or paths."""
    paths = [path for path in map(category_path, categories) if path]
    names: Body = {"terms": {CATEGORY: list(categories)}}
    return any_of([names, {"terms": {CATEGORY_PATH: paths}}]) if paths else names


def _selected(selection: Selection) -> Body:
    """Return a filter for the products of a selection."""
    field, values = selection.field, selection.values
    chosen: Body = {"terms": {field: list(values)}}
    if field == CATEGORY:
        chosen = _category_filter(values)
    return {"bool": {"must_not": [chosen]}} if selection.excluded else chosen


def _prefer_absence(match: Body, clauses: Clauses, request: SearchRequest) -> Body:
    """Return ``match`` with a higher score for products that say they lack what is excluded."""
    absent = [phrase for exclusion in request.exclusions for phrase in exclusion.absent]
    if not absent:
        return match
    stated = any_of([{"match_phrase": {"text": phrase}} for phrase in absent])
    boost = _ABSENCE_SHARE * clauses.best_text
    preferred = {"constant_score": {"filter": stated, "boost": boost}}
    return {"bool": {"must": [match], "should": [preferred]}}


def _lacks(exclusion: Exclusion) -> Body:
    """Return a filter for products without the phrases, or with words that say they lack them."""
    contains = [{"match_phrase": {"text": phrase}} for phrase in exclusion.phrases]
    lacks = [{"match_phrase": {"text": phrase}} for phrase in exclusion.absent]
    return any_of([{"bool": {"must_not": contains}}, *lacks])


def hits_query(plan: QueryPlan) -> Body:
    """Return the query that matches all hits of the request, not only those of its page."""
    filters = [*plan.filters.values()]
    if plan.request.browses:
        return {"bool": {"filter": filters}}
    if "bool" not in plan.match:  # a query that matches nothing
        return plan.match
    if not plan.ranks:
        return {"bool": {**plan.match["bool"], "filter": [plan.cut, *filters]}}
    relevant = {"filter": plan.cut, "boost": plan.boost, "_name": RELEVANT_CLAUSE}
    should = [*plan.match["bool"].get("should", ()), {"constant_score": relevant}]
    return {"bool": {**plan.match["bool"], "should": should, "filter": filters}}


def window_body(plan: QueryPlan, *, size: int, timeout_ms: int, reranked: bool = True) -> Body:
    """Return the body that retrieves the best ``size`` products, without their sources.

    Ties are broken by id, so that the window is the same for every page. If the hits are to be
    ``reranked``, the response includes their vectors and stems, which make up most of the response.
    """
    slot = plan.clauses.slot
    rerank_fields = [vector_field(slot), plan.clauses.stems] if slot and reranked else []
    ranked = ranked_body(plan, timeout_ms=timeout_ms)
    return {
        **ranked,
        "size": size,
        "docvalue_fields": [*ranked["docvalue_fields"], *rerank_fields],
    }


def rerank_body(
    plan: QueryPlan,
    ids: Sequence[str],
    *,
    timeout_ms: int,
    reranked: bool = True,
    is_shops: bool = False,
) -> Body:
    """Return the body that retrieves these products for the rerank, whether they match or not.

    :param is_shops: whether the index is a shop's own, in which only the fields of the slot are
        known.
    """
    asked = _by_codes(plan) if is_shops else plan
    body = window_body(asked, size=len(ids), timeout_ms=timeout_ms, reranked=reranked)
    listed = {"ids": {"values": list(ids)}}
    body = {**body, "query": {"bool": {"should": [body["query"]], "filter": [listed]}}}
    if not is_shops:
        return body
    del body["stored_fields"]  # with "_none_", a hit has no _id
    return {**body, "sort": [{"_score": "desc"}], "_source": False}


def _by_codes(plan: QueryPlan) -> QueryPlan:
    """Return the plan without the clauses on text and identifiers."""
    clauses = replace(
        plan.clauses, typed="", corrected="", alternatives=(), identifiers=None, names={}
    )
    return replace(plan, match=match_query(clauses), cut=relevance_cut(clauses))


def beyond_window_body(plan: QueryPlan, *, offset: int, size: int, timeout_ms: int) -> Body:
    """Return the body that retrieves ``size`` hits beyond the window.

    ``offset`` is the rank of the first of these hits, counted from 0.
    """
    return {**ranked_body(plan, timeout_ms=timeout_ms), "from": offset, "size": size}


def ranked_body(plan: QueryPlan, *, timeout_ms: int) -> Body:
    """Return the body that retrieves hits in the order of their scores.

    The last sort value of a hit is its id. The packed codes of a hit show which of the query's
    codes it has; reading its labels would take 50 % more time.
    """
    clauses = plan.clauses
    return {
        "query": hits_query(plan),
        "sort": [{"_score": "desc"}, {"id": "asc"}],
        # without stored fields no document is opened: 11.7 ms for 500 hits instead of 23.1
        "stored_fields": "_none_",
        "docvalue_fields": [packed_field(clauses.slot)] if clauses.slot else [],
        "track_total_hits": False,
        "timeout": f"{timeout_ms}ms",
        **({"collapse": {"field": GROUP}} if plan.collapses else {}),
    }
