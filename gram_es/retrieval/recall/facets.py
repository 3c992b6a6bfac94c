"""Count facets and totals over the relevant products: build the request body, read the response.

A query of several words matches every product that contains any of the words, and most of these
products are irrelevant. Only relevant products are counted
(:mod:`gram_es.retrieval.recall.relevance`). The counts of a facet ignore the facet's own filter, so
that a shopper can choose a second value. The count of a value is the total that the search would
have if only this value of the facet were chosen.

Feeds write brands and attributes in several ways (``Acme`` and ``ACME``, ``18V`` and ``18 V``). The
spellings of a value are merged into one value, shown in its most frequent spelling. A product with
two spellings of a value is counted twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gram_es.index.documents import parse_attribute_values
from gram_es.retrieval.recall.bodies import Body, all_of
from gram_es.retrieval.recall.plan import QueryPlan
from gram_es.retrieval.request import (
    ATTRIBUTES,
    CATEGORY,
    CATEGORY_PATH,
    GROUP,
    PRICE,
    SearchRequest,
)

_TERMS: Final = ("brand", "category", "availability")
_VALUES: Final = 20
_PAIRS: Final = 200  # the most frequent pairs of an attribute and a value, to choose facets from
_PATHS: Final = 200  # of all levels of a shop's categories, for a menu of them
_ATTRIBUTES: Final = 6
_PRECISE_GROUPS: Final = 40_000  # up to so many groups, Elasticsearch's estimate is close
_PRICE_EDGES: Final = (10, 25, 50, 100, 250, 500, 1_000, 2_500)
_CENT: Final = 0.01
_LETTER: Final = r"[^\W\d_]"
_INNER_BLANK: Final = re.compile(rf"(?<=\d)\s+(?={_LETTER}|[°%])|(?<={_LETTER})\s+(?=\d)")
_WORD: Final = re.compile(rf"(?<![^\W_]){_LETTER}+")  # not after a digit, as 5 mW are not 5 MW


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet, the number of relevant products that have it, and its other spellings."""

    value: str
    count: int
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceRange:
    """A range of prices, with the number of relevant products in it.

    The range includes both ends; ``None`` means no limit.
    """

    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True, slots=True)
class PriceExtent:
    """The lowest and the highest price, the average and the sum."""

    lowest: float
    highest: float
    average: float
    sum: float


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets of a search.

    ``attributes`` contains first the attributes that the request filters by or asks for, then the
    most common attributes. ``category_path`` and ``price_extent`` are counted only for a request
    that asks for them; the extent is ``None`` also if no product has a price. ``totals_without``
    maps each field that the request filters by to the total without this filter.
    """

    brand: tuple[FacetValue, ...] = ()
    category: tuple[FacetValue, ...] = ()
    availability: tuple[FacetValue, ...] = ()
    attributes: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    price: tuple[PriceRange, ...] = ()
    category_path: tuple[FacetValue, ...] = ()
    price_extent: PriceExtent | None = None
    totals_without: Mapping[str, int] = field(default_factory=dict)


def by_spelling(values: Iterable[str]) -> list[tuple[str, ...]]:
    """Return ``values`` in groups; all values of a group have the same :func:`spelling_key`."""
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for value in values:
        by_key[spelling_key(value)].append(value)
    return [tuple(spellings) for spellings in by_key.values()]


def spelling_key(value: str) -> str:
    """Return a key that is the same for all spellings of a value.

    The key is ``value`` in lower case, without blanks between digits and letters. Letters directly
    after a digit keep their case.
    """
    return _WORD.sub(lambda word: word[0].casefold(), _INNER_BLANK.sub("", value))


def counts_body(plan: QueryPlan, *, timeout_ms: int) -> Body:
    """Return the body that counts the relevant products, in total and by facet.

    The search neither scores nor fetches products.
    """
    request = plan.request
    all_filters = all_of([*plan.filters.values()])
    groups = {"cardinality": {"field": GROUP, "precision_threshold": _PRECISE_GROUPS}}
    aggregations: Body = {
        "total": {
            "filter": all_filters,
            **({"aggs": {"groups": groups}} if plan.collapses else {}),
        },
        "attributes": {
            "filter": all_filters,
            "aggs": {"values": _most_frequent("attribute_values", _PAIRS)},
        },
    }
    for facet in dict.fromkeys((*_TERMS, PRICE, *request.filters, *request.counted)):
        filtered = CATEGORY if facet == CATEGORY_PATH else facet
        aggregations[_name(request, facet)] = {
            "filter": all_of(plan.filters_except(filtered)),
            "aggs": _values(request, facet),
        }
    return {
        "query": all_of([] if request.browses else [plan.cut]),
        "size": 0,
        "track_total_hits": False,
        "timeout": f"{timeout_ms}ms",
        "aggs": aggregations,
    }


def read_total(aggregations: Mapping[str, Any]) -> int:
    """Return the number of relevant products that pass every filter of the request."""
    return int(aggregations["total"]["doc_count"])


def read_groups(aggregations: Mapping[str, Any]) -> int | None:
    """Return the approximate number of groups of variants among the relevant products.

    Return ``None`` if the request does not show each group as one hit.
    """
    groups = aggregations["total"].get("groups")
    return int(groups["value"]) if groups else None


def read_total_if_dropped(
    aggregations: Mapping[str, Any], request: SearchRequest, facet: str
) -> int:
    """Return the total that the request would have without its filter on ``facet``."""
    return int(aggregations[_name(request, facet)]["doc_count"])


def read_facets(aggregations: Mapping[str, Any], request: SearchRequest) -> Facets:
    """Return the facets in the response to :func:`counts_body`, without empty price ranges."""
    return Facets(
        brand=_merged(_terms_of(aggregations["brand"]), request),
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
        category_path=(
            _terms_of(aggregations[CATEGORY_PATH]) if CATEGORY_PATH in request.counted else ()
        ),
        totals_without={
            name: read_total_if_dropped(aggregations, request, name) for name in request.filters
        },
        price_extent=_extent_of(aggregations[PRICE]["extent"])
        if PRICE in request.counted
        else None,
    )


def _extent_of(stats: Mapping[str, Any]) -> PriceExtent | None:
    if not stats["count"]:
        return None
    return PriceExtent(stats["min"], stats["max"], stats["avg"], stats["sum"])


def _terms_of(aggregation: Mapping[str, Any]) -> tuple[FacetValue, ...]:
    return tuple(
        FacetValue(bucket["key"], bucket["doc_count"])
        for bucket in aggregation["values"]["buckets"]
    )


def _merged(values: Iterable[FacetValue], request: SearchRequest) -> tuple[FacetValue, ...]:
    return _merge_spellings(values) if request.merges_spellings else tuple(values)


def _merge_spellings(values: Iterable[FacetValue]) -> tuple[FacetValue, ...]:
    """Merge the spellings of each value; ``values`` must be sorted by count, descending."""
    counts = {facet.value: facet.count for facet in values}
    merged = [
        FacetValue(value, sum(counts[spelling] for spelling in (value, *others)), tuple(others))
        for value, *others in by_spelling(counts)
    ]
    return tuple(sorted(merged, key=lambda facet: -facet.count))


def _attributes_of(
    aggregations: Mapping[str, Any], request: SearchRequest
) -> Mapping[str, tuple[FacetValue, ...]]:
    """Return the attributes that the request filters by or asks for, then the most common ones.

    An attribute with the same values on all relevant products is omitted, because choosing one of
    its values would exclude no product.
    """
    pairs = _terms_of(aggregations["attributes"])
    by_name: defaultdict[str, list[FacetValue]] = defaultdict(list)
    names_and_values = parse_attribute_values([pair.value for pair in pairs])
    for (name, value), pair in zip(names_and_values, pairs, strict=True):
        by_name[name].append(FacetValue(value, pair.count))
    counted = {name: _merged(values, request) for name, values in by_name.items()}
    chosen = {
        field.removeprefix(ATTRIBUTES): _merged(
            _terms_of(aggregations[_name(request, field)]), request
        )
        for field in (*request.filters, *request.counted)
        if field.startswith(ATTRIBUTES)
    }
    total = read_total(aggregations)
    selective = [name for name, vs in counted.items() if any(v.count < total for v in vs)]
    by_frequency = sorted(selective, key=lambda name: (-sum(v.count for v in counted[name]), name))
    offered = [name for name in by_frequency if name not in chosen][:_ATTRIBUTES]
    return {**chosen, **{name: counted[name][:_VALUES] for name in offered}}


def _name(request: SearchRequest, facet: str) -> str:
    """Return the name of a facet's aggregation.

    The aggregation of an attribute is named by a number, because an attribute's name may be invalid
    as the name of an aggregation.
    """
    if not facet.startswith(ATTRIBUTES):
        return facet
    return str((*request.filters, *request.counted).index(facet))


def _values(request: SearchRequest, facet: str) -> Body:
    """Return the aggregations that count the values of ``facet``."""
    if facet == CATEGORY_PATH:
        return {"values": _most_frequent(facet, _PATHS)}
    if facet != PRICE:
        return {"values": _most_frequent(facet, _VALUES)}
    extent = {"extent": {"stats": {"field": PRICE}}} if PRICE in request.counted else {}
    return {"values": _price_ranges(), **extent}


def _price_ranges() -> Body:
    lows = (None, *_PRICE_EDGES)
    highs = (*_PRICE_EDGES, None)
    ranges = [_range(low, high) for low, high in zip(lows, highs, strict=True)]
    return {"range": {"field": PRICE, "ranges": ranges}}


def _most_frequent(field: str, size: int) -> Body:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"terms": {"field": field, "size": size, "order": order}}


def _range(low: float | None, high: float | None) -> Body:
    ends = {"from": low, "to": high}
    return {end: value for end, value in ends.items() if value is not None}
