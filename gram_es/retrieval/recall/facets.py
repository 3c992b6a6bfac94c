"""Facets and totals, counted over the *relevant* products: the request's body and its answer.

A query of several words matches every product with any of them, and most of those are irrelevant.
Counts are taken under a cut instead: a product is relevant when it has most of the query's words
(as typed or corrected), carries one of the query's leading codes, or has the query as identifier.
A facet's own filter does not narrow its own counts, so that a second choice stays possible, and
the count beside a value is the total that choosing it gives. Feeds write brands and attributes in
several ways (``Acme`` and ``ACME``, ``18V`` and ``18 V``): the spellings of a value are one, under
the most frequent; a product that has two of them is counted for each.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gram_es.index.documents import read_attribute_value
from gram_es.retrieval.recall.clauses import Body
from gram_es.retrieval.recall.plan import QueryPlan
from gram_es.retrieval.request import ATTRIBUTES, GROUP, PRICE, SearchRequest

_TERMS: Final = ("brand", "category", "availability")
_VALUES: Final = 20
_PAIRS: Final = 200  # attributes with their values, the most frequent ones, to pick facets from
_ATTRIBUTES: Final = 6
_CLOSE: Final = 40_000  # groups up to which Elasticsearch's estimate is close
_PRICE_EDGES: Final = (10, 25, 50, 100, 250, 500, 1_000, 2_500)
_CENT: Final = 0.01
_LETTER: Final = r"[^\W\d_]"
_INNER_BLANK: Final = re.compile(rf"(?<=\d)\s+(?={_LETTER}|[°%])|(?<={_LETTER})\s+(?=\d)")
_WORD: Final = re.compile(rf"(?<![^\W_]){_LETTER}+")  # not behind a digit: 5 mW are not 5 MW


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet, how many relevant products have it, and its other ``spellings``."""

    value: str
    count: int
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceRange:
    """A range of prices, both ends included, ``None`` where open."""

    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The counts beside a page of hits; ``attributes`` by name, the most frequent first."""

    brand: tuple[FacetValue, ...] = ()
    category: tuple[FacetValue, ...] = ()
    availability: tuple[FacetValue, ...] = ()
    attributes: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    price: tuple[PriceRange, ...] = ()


def by_spelling(values: Iterable[str]) -> list[tuple[str, ...]]:
    """Group the values that have the same :func:`spelling_key`."""
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for value in values:
        spellings[spelling_key(value)].append(value)
    return [tuple(same) for same in spellings.values()]


def spelling_key(value: str) -> str:
    """Return ``value`` without the case of its words and without blanks beside digits."""
    return _WORD.sub(lambda word: word[0].casefold(), _INNER_BLANK.sub("", value))


def counts_body(plan: QueryPlan, *, timeout_ms: int) -> Body:
    """Return the request that counts relevant products; it scores nothing and fetches nothing."""
    request = plan.request
    every = _all_of([*plan.filters.values()])
    groups = {"cardinality": {"field": GROUP, "precision_threshold": _CLOSE}}
    aggregations: Body = {
        "total": {"filter": every, **({"aggs": {"groups": groups}} if request.collapses else {})},
        "attributes": {"filter": every, "aggs": {"values": _most("attribute_values", _PAIRS)}},
    }
    for facet in dict.fromkeys((*_TERMS, PRICE, *plan.filters)):
        aggregations[_name(request, facet)] = {
            "filter": _all_of(plan.filters_except(facet)),
            "aggs": {"values": _price_ranges() if facet == PRICE else _most(facet, _VALUES)},
        }
    return {
        "query": _all_of([] if request.browses else [plan.cut]),
        "size": 0,
        "track_total_hits": False,
        "timeout": f"{timeout_ms}ms",
        "aggs": aggregations,
    }


def read_total(aggregations: Mapping[str, Any]) -> int:
    """Return the number of relevant products that pass every filter."""
    return int(aggregations["total"]["doc_count"])


def read_groups(aggregations: Mapping[str, Any]) -> int | None:
    """Return about how many groups of variants those are; ``None`` where they are not collapsed."""
    groups = aggregations["total"].get("groups")
    return int(groups["value"]) if groups else None


def read_without(aggregations: Mapping[str, Any], request: SearchRequest, facet: str) -> int:
    """Return the total that the request would have without its filter on ``facet``."""
    return int(aggregations[_name(request, facet)]["doc_count"])


def read_facets(aggregations: Mapping[str, Any], request: SearchRequest) -> Facets:
    """Return the facets of the answer to :func:`counts_body`; empty values are left out."""
    return Facets(
        brand=_folded(_terms_of(aggregations["brand"])),
        category=_terms_of(aggregations["category"]),
        availability=_terms_of(aggregations["availability"]),
        attributes=_attributes_of(aggregations, request),
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


def _folded(values: Iterable[FacetValue]) -> tuple[FacetValue, ...]:
    """Merge the spellings of each value; ``values`` come most frequent first."""
    counts = {one.value: one.count for one in values}
    folded = [
        FacetValue(value, sum(counts[one] for one in (value, *others)), tuple(others))
        for value, *others in by_spelling(counts)
    ]
    return tuple(sorted(folded, key=lambda facet: -facet.count))


def _attributes_of(
    aggregations: Mapping[str, Any], request: SearchRequest
) -> Mapping[str, tuple[FacetValue, ...]]:
    """Return the attributes that the request filters on, then those of most products.

    Attributes whose values all products share narrow nothing and are left out.
    """
    unfolded: defaultdict[str, list[FacetValue]] = defaultdict(list)
    for pair in _terms_of(aggregations["attributes"]):
        name, value = read_attribute_value(pair.value)
        unfolded[name].append(FacetValue(value, pair.count))
    counted = {name: _folded(values) for name, values in unfolded.items()}
    chosen = {
        name: _folded(_terms_of(aggregations[_name(request, f"{ATTRIBUTES}{name}")]))
        for name, _ in request.attributes
    }
    total = read_total(aggregations)
    selective = [name for name, vs in counted.items() if any(v.count < total for v in vs)]
    by_frequency = sorted(selective, key=lambda name: (-sum(v.count for v in counted[name]), name))
    offered = [name for name in by_frequency if name not in chosen][:_ATTRIBUTES]
    return {**chosen, **{name: counted[name][:_VALUES] for name in offered}}


def _name(request: SearchRequest, facet: str) -> str:
    """Return the name of a facet's aggregation: not every attribute's name is allowed there."""
    return str(request.filters.index(facet)) if facet.startswith(ATTRIBUTES) else facet


def _price_ranges() -> Body:
    lows = (None, *_PRICE_EDGES)
    highs = (*_PRICE_EDGES, None)
    ranges = [_range(low, high) for low, high in zip(lows, highs, strict=True)]
    return {"range": {"field": PRICE, "ranges": ranges}}


def _most(field: str, size: int) -> Body:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"terms": {"field": field, "size": size, "order": order}}


def _range(low: float | None, high: float | None) -> Body:
    ends = {"from": low, "to": high}
    return {end: value for end, value in ends.items() if value is not None}


def _all_of(filters: list[Body]) -> Body:
    return {"bool": {"filter": filters}} if filters else {"match_all": {}}
