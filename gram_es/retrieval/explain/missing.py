"""Explain why a product is not on a page of hits.

The product is looked up, all hits of the search are ranked, and the product is compared with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.documents import group_of, product_from_document
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.explain.verdict import NOT_INDEXED, IndexedProduct, Placement, Verdict, judge
from gram_es.retrieval.ranking import Ranking
from gram_es.retrieval.recall.bodies import Body
from gram_es.retrieval.recall.clauses import match_query
from gram_es.retrieval.recall.plan import QueryPlan
from gram_es.retrieval.request import (
    ATTRIBUTES,
    MAX_DEPTH,
    PRICE,
    DroppedConstraint,
    SearchRequest,
)
from gram_es.retrieval.searcher import Searcher

_FILTER: Final = "filter:"
_RELEVANT: Final = "relevant"


@dataclass(frozen=True, slots=True)
class MissingExplanation:
    """Why a product is not on the page of a request.

    ``request`` is the original request. The search was run without the constraints in ``dropped``,
    and ``ranking`` contains all hits of this search. ``placement`` describes the place of the
    product among these hits. ``product`` and ``placement`` are ``None`` if the product is not in
    the index.
    """

    request: SearchRequest
    ranking: Ranking
    product_id: str
    verdict: Verdict
    dropped: tuple[DroppedConstraint, ...] = ()
    product: IndexedProduct | None = None
    placement: Placement | None = None


def explain_missing(
    searcher: Searcher,
    request: SearchRequest,
    product_id: str,
    context: SearchContext | None = None,
) -> MissingExplanation:
    """Return why a product is not on the page of ``request``: which stage excluded it.

    The request is run as in a search: if nothing matches and ``request.relax`` is true, constraints
    are dropped.

    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    all_hits = replace(request, offset=0, size=MAX_DEPTH, facets=request.facets and request.relax)
    context = context or searcher.new_context()
    window = searcher.window_of(request)
    ranking, dropped = searcher.rank_relaxed(all_hits, context, window=window)
    document = _find(context.bounded_client(), searcher.index, ranking, product_id)
    if document is None:
        return MissingExplanation(request, ranking, product_id, NOT_INDEXED, dropped)
    product = _indexed_product(document, ranking)
    rank = partial(searcher.rank, context=context, window=window)
    placement = _placement(rank, request, ranking, document)
    page = replace(ranking.request, offset=request.offset, size=request.size)
    verdict = judge(page, ranking.clauses, product, placement)
    return MissingExplanation(request, ranking, product_id, verdict, dropped, product, placement)


def _find(
    client: Elasticsearch, index: str, ranking: Ranking, product_id: str
) -> Mapping[str, Any] | None:
    """Return the product's document, with the names of the clauses and filters that it matches.

    Return ``None`` if the product is not in the index.
    """
    body = _product_body(ranking.plan, product_id)
    with cluster_errors(f"look up a product in {index}"):
        answer = client.search(index=index, include_named_queries_score=True, **body)
    return next(iter(answer["hits"]["hits"]), None)


def _product_body(plan: QueryPlan, product_id: str) -> Body:
    """Return the search body for one product.

    The clauses and filters of ``plan`` are optional and have names, so that the response lists each
    clause and each filter that the product matches.
    """
    clauses = [_named(f"{_FILTER}{field}", query) for field, query in plan.filters.items()]
    clauses += [_named(_RELEVANT, plan.cut), match_query(plan.clauses, named=True)]
    return {
        "query": {"bool": {"filter": [{"ids": {"values": [product_id]}}], "should": clauses}},
        "size": 1,
        "track_total_hits": False,
        "source_excludes": ["text", "stems", "gram.*.vector", "gram.*.packed"],
    }


def _named(name: str, query: Body) -> Body:
    return {"constant_score": {"filter": query, "_name": name}}


def _indexed_product(document: Mapping[str, Any], ranking: Ranking) -> IndexedProduct:
    source, scores = document["_source"], document.get("matched_queries", {})
    gram = source.get("gram", {}).get(ranking.clauses.slot, {})
    return IndexedProduct(
        title=source["title"],
        failed_filters={
            field: product_values(source, field, ranking.request.currencies)
            for field in ranking.plan.filters
            if f"{_FILTER}{field}" not in scores
        },
        clause_scores={
            name: float(score)
            for name, score in sorted(scores.items())
            if name != _RELEVANT and not name.startswith(_FILTER)
        },
        relevant=_RELEVANT in scores,
        codes=tuple(gram.get("codes", ())),
        enriched="model" in gram,
    )


def product_values(
    source: Mapping[str, Any], field: str, currencies: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the values of a product in one field; a price with its currency.

    :param currencies: the currencies that the query limits the price in; if the product's is
        another one, the value says so.
    """
    if field == PRICE and source.get(PRICE) is not None:
        return (_price(source, currencies),)
    if field.startswith(ATTRIBUTES):
        return tuple(source.get("attributes", {}).get(field.removeprefix(ATTRIBUTES), ()))
    value = source.get(field)
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (str(value),)


def _price(source: Mapping[str, Any], currencies: Sequence[str]) -> str:
    currency = source.get("currency")
    price = f"{source[PRICE]} {currency}" if currency else str(source[PRICE])
    if not currencies or currency in currencies:
        return price
    own = "" if currency else "has no currency, and "
    return f"{price} ({own}the query asks for {' or '.join(currencies)})"


def _placement(
    rank: Callable[[SearchRequest], Ranking],
    request: SearchRequest,
    ranking: Ranking,
    document: Mapping[str, Any],
) -> Placement:
    """Return the product's rank among all hits, or the variant shown instead of the product."""
    ranks = {hit.id: number for number, hit in enumerate(ranking.hits, start=1)}
    own_rank, window = ranks.get(document["_id"]), ranking.retrieved.window
    page = ranking.hits[: request.offset + request.size]
    shown_variant = None
    if own_rank is None and ranking.plan.collapses:
        group = group_of(product_from_document(document["_source"]))
        variants = rank(replace(ranking.request, group=group, facets=False)).hits
        shown_variant = next((hit.id for hit in variants if hit.id in ranks), None)
    return Placement(
        rank=own_rank,
        hit=ranking.hits[own_rank - 1] if own_rank else None,
        last_hit=page[-1] if page else None,
        window=len(window),
        lowest_score=window[-1].score if window else 0.0,
        shown_variant=shown_variant,
        only_relevant=all(hit.relevant for hit in window),
    )
