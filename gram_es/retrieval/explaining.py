"""Look up why a product is not on a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from elasticsearch import Elasticsearch

from gram_es.index.client import cluster_errors
from gram_es.index.documents import group_of, product_from_document
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.missing import NOT_INDEXED, Held, Standing, Verdict, judge
from gram_es.retrieval.queries import Body, match_query
from gram_es.retrieval.query_plan import QueryPlan
from gram_es.retrieval.ranking import Ranking
from gram_es.retrieval.recovering import recovered_json
from gram_es.retrieval.request import (
    ATTRIBUTES,
    MAX_DEPTH,
    Dropped,
    SearchRequest,
    parameter_of,
)
from gram_es.retrieval.rerank import RankedHit
from gram_es.retrieval.searcher import Searcher

_FILTER: Final = "filter:"
_RELEVANT: Final = "relevant"
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a product is not among the hits, with the parts of its score and of the last hit's.

    ``request`` is what was asked for; the search left out what is ``dropped``.
    """

    request: SearchRequest
    ranking: Ranking
    product_id: str
    verdict: Verdict
    dropped: tuple[Dropped, ...] = ()
    held: Held | None = None
    standing: Standing | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        clauses, held, standing = self.ranking.clauses, self.held, self.standing
        return {
            "id": self.product_id,
            "title": held.title if held else None,
            "stage": self.verdict.stage,
            "reason": self.verdict.reason,
            "remedy": self.verdict.remedy,
            "mode": self.ranking.mode,
            "recovered": recovered_json(self.dropped),
            "query": {
                "text": self.request.text,
                "spelt": clauses.spelt if clauses.spelt != clauses.typed else None,
                "codes": [code.label for code in clauses.codes],
            },
            "codes": list(held.codes) if held else [],
            "filtered_by": [parameter_of(field) for field in held.failed] if held else [],
            "clauses": {n: round(s, _DIGITS) for n, s in held.clauses.items()} if held else {},
            "place": standing.place if standing else None,
            "page_ends": self.request.offset + self.request.size,
            "parts": _parts_json(standing.hit) if standing else None,
            "last_on_page": _parts_json(standing.last) if standing else None,
        }


def explain_missing(
    searcher: Searcher,
    request: SearchRequest,
    product_id: str,
    context: SearchContext | None = None,
) -> Explanation:
    """Return what became of a product in a search, from the index to the page.

    Where nothing is found, what the search drops is dropped here too, unless ``recover`` is off.

    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    whole = replace(request, offset=0, size=MAX_DEPTH, facets=request.facets and request.recover)
    context = context or searcher.new_context()
    rank = partial(searcher.rank, context=context)
    ranking, dropped = searcher.rank_relaxed(whole, context)
    found = _find(context.bounded_client(), searcher.index, ranking, product_id)
    if found is None:
        return Explanation(request, ranking, product_id, NOT_INDEXED, dropped)
    held = _held(found, ranking)
    standing = _standing(rank, request, ranking, found)
    asked = replace(ranking.request, offset=request.offset, size=request.size)
    verdict = judge(asked, ranking.clauses, held, standing)
    return Explanation(request, ranking, product_id, verdict, dropped, held, standing)


def _find(
    client: Elasticsearch, index: str, ranking: Ranking, product_id: str
) -> Mapping[str, Any] | None:
    """Return the product as Elasticsearch has it, with the names of what it meets."""
    body = _product_body(ranking.plan, product_id)
    with cluster_errors(f"look up a product in {index}"):
        answer = client.search(index=index, include_named_queries_score=True, **body)
    return next(iter(answer["hits"]["hits"]), None)


def _product_body(plan: QueryPlan, product_id: str) -> Body:
    """Return the query for one product, with every clause and filter named and none required."""
    named = [_named(f"{_FILTER}{field}", query) for field, query in plan.filters.items()]
    named += [_named(_RELEVANT, plan.cut), match_query(plan.clauses, text_named=True)]
    return {
        "query": {"bool": {"filter": [{"ids": {"values": [product_id]}}], "should": named}},
        "size": 1,
        "track_total_hits": False,
        "source_excludes": ["text", "stems", "gram.*.vector"],
    }


def _named(name: str, query: Body) -> Body:
    return {"constant_score": {"filter": query, "_name": name}}


def _held(found: Mapping[str, Any], ranking: Ranking) -> Held:
    request, slot = ranking.request, ranking.clauses.slot
    met = found.get("matched_queries", {})
    gram = found["_source"].get("gram", {}).get(slot, {})
    return Held(
        title=found["_source"]["title"],
        failed={
            field: _values(found["_source"], field)
            for field in request.filters
            if f"{_FILTER}{field}" not in met
        },
        clauses={
            name: float(score)
            for name, score in sorted(met.items())
            if name != _RELEVANT and not name.startswith(_FILTER)
        },
        relevant=_RELEVANT in met,
        codes=tuple(gram.get("codes", ())),
        enriched="model" in gram,
    )


def _values(source: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """Return what a product has in a field that is filtered by."""
    if field.startswith(ATTRIBUTES):
        return tuple(source.get("attributes", {}).get(field.removeprefix(ATTRIBUTES), ()))
    value = source.get(field)
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (str(value),)


def _standing(
    rank: Callable[[SearchRequest], Ranking],
    request: SearchRequest,
    ranking: Ranking,
    found: Mapping[str, Any],
) -> Standing:
    places = {hit.id: place for place, hit in enumerate(ranking.hits, start=1)}
    place, window = places.get(found["_id"]), ranking.retrieved.window
    page = ranking.hits[: request.offset + request.size]
    instead = None
    if place is None and ranking.request.collapses:
        group = group_of(product_from_document(found["_source"]))
        variants = rank(replace(ranking.request, group=group, facets=False)).hits
        instead = next((hit.id for hit in variants if hit.id in places), None)
    return Standing(
        place=place,
        hit=ranking.hits[place - 1] if place else None,
        last=page[-1] if page else None,
        window=len(window),
        lowest=window[-1].score if window else 0.0,
        instead=instead,
    )


def _parts_json(hit: RankedHit | None) -> dict[str, Any] | None:
    if hit is None:
        return None
    parts = {
        "score": hit.score,
        "codes": hit.codes,
        "text": hit.text,
        "scorer": hit.scorer,
        "words": hit.words,
        "wording": hit.wording,
        "feedback": hit.feedback,
        "pinned": hit.pinned,
    }
    rounded = {name: None if v is None else round(v, _DIGITS) for name, v in parts.items()}
    return {"id": hit.id, **rounded, "exact": hit.exact}
