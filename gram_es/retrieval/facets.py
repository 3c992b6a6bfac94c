"""Facets and totals, counted over the *relevant* products: the request's body and its answer.

A query of several words matches every product with any of them, most of them beside the point.
Counts are taken under a cut instead: a product is relevant when it has most of the query's words
(as typed or as spelt), carries one of the query's leading codes, or is what an identifier names.
A facet's own filter does not narrow its own counts, so that a second choice stays possible, and
the count beside a value is the total that choosing it gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gram_es.index.slots import codes_field
from gram_es.retrieval.queries import Body, Clauses, filters_of
from gram_es.retrieval.request import SearchRequest

FACETS: Final = ("brand", "category", "price")
_VALUES: Final = 20
_MOST_WORDS: Final = "2<75%"  # of one or two words all, of more three quarters
_LEADING_SHARE: Final = 0.5  # a code leads when it weighs half as much as the first one
_PRICE_EDGES: Final = (10, 25, 50, 100, 250, 500, 1_000, 2_500)
_CENT: Final = 0.01


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet and how many relevant products have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class PriceRange:
    """A range of prices, both ends included, ``None`` where open."""

    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The counts beside a page of hits."""

    brand: tuple[FacetValue, ...] = ()
    category: tuple[FacetValue, ...] = ()
    price: tuple[PriceRange, ...] = ()


def counts_body(clauses: Clauses, request: SearchRequest, *, timeout_ms: int) -> Body:
    """Return the request that counts relevant products; it scores nothing and fetches nothing."""
    aggregations: Body = {"total": {"filter": _all_of(filters_of(request))}}
    for facet in FACETS:
        aggregations[facet] = {
            "filter": _all_of(filters_of(request, but=facet)),
            "aggs": {"values": _values(facet)},
        }
    return {
        "query": {"bool": {"filter": [relevance_cut(clauses)]}},
        "size": 0,
        "track_total_hits": False,
        "timeout": f"{timeout_ms}ms",
        "aggs": aggregations,
    }


def relevance_cut(clauses: Clauses) -> Body:
    """Return the filter that tells relevant products from those that merely share a word."""
    texts = dict.fromkeys(text for text in (clauses.typed, clauses.spelt) if text)
    should: list[Body] = [
        {"match": {"text": {"query": text, "minimum_should_match": _MOST_WORDS}}} for text in texts
    ]
    leading = _leading_codes(clauses)
    if leading and clauses.slot:
        should.append({"terms": {codes_field(clauses.slot): leading}})
    if clauses.identifier:
        should.append({"term": {"identifiers": clauses.identifier}})
    if not should:
        return {"match_none": {}}
    return {"bool": {"minimum_should_match": 1, "should": should}}


def read_total(aggregations: Mapping[str, Any]) -> int:
    """Return the number of relevant products that pass every filter."""
    return int(aggregations["total"]["doc_count"])


def read_facets(aggregations: Mapping[str, Any]) -> Facets:
    """Return the facets of the answer to :func:`counts_body`; empty values are left out."""
    return Facets(
        brand=_terms_of(aggregations["brand"]),
        category=_terms_of(aggregations["category"]),
        price=tuple(
            PriceRange(
                low=bucket.get("from"),
                high=round(bucket["to"] - _CENT, 2) if "to" in bucket else None,
                count=bucket["doc_count"],
            )
            for bucket in aggregations["price"]["values"]["buckets"]
            if bucket["doc_count"]
        ),
    )


def _terms_of(aggregation: Mapping[str, Any]) -> tuple[FacetValue, ...]:
    return tuple(
        FacetValue(bucket["key"], bucket["doc_count"])
        for bucket in aggregation["values"]["buckets"]
    )


def _values(facet: str) -> Body:
    if facet == "price":
        lows = (None, *_PRICE_EDGES)
        highs = (*_PRICE_EDGES, None)
        ranges = [_range(low, high) for low, high in zip(lows, highs, strict=True)]
        return {"range": {"field": "price", "ranges": ranges}}
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"terms": {"field": facet, "size": _VALUES, "order": order}}


def _range(low: float | None, high: float | None) -> Body:
    ends = {"from": low, "to": high}
    return {end: value for end, value in ends.items() if value is not None}


def _all_of(filters: list[Body]) -> Body:
    return {"bool": {"filter": filters}} if filters else {"match_all": {}}


def _leading_codes(clauses: Clauses) -> list[str]:
    best = max((code.weight for code in clauses.codes), default=0.0)
    floor = _LEADING_SHARE * best
    return [code.label for code in clauses.codes if code.weight > 0 and code.weight >= floor]
