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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from gram_es.index.documents import parse_attribute_values
from gram_es.retrieval.recall.bodies import Body, all_of
from gram_es.retrieval.recall.plan import SCOPE, QueryPlan
from gram_es.retrieval.request import (
    ATTRIBUTES,
    CATEGORY,
    CATEGORY_PATH,
    GROUP,
    PATH_SEPARATOR,
    PRICE,
    SearchRequest,
    category_path,
)

_TERMS: Final = ("brand", "category", "availability")
_VALUES: Final = 20
_PAIRS: Final = 200  # the most frequent pairs of an attribute and a value, to choose facets from
_PATHS: Final = 200  # of all levels of a shop's categories
_MENU_PATHS: Final = 1_000  # of the levels of a menu that are shown for the chosen paths
_MAX_PATTERN_CHARS: Final = 1_000  # the default of index.max_regex_length
_ONE_NAME: Final = r"[^\>]+"
_SIGN: Final = re.compile(r"[^\w\s]")
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
    maps each field that the request filters by to the total without this filter. ``truncated`` are
    the fields that have more values than were counted.
    """

    brand: tuple[FacetValue, ...] = ()
    category: tuple[FacetValue, ...] = ()
    availability: tuple[FacetValue, ...] = ()
    attributes: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    price: tuple[PriceRange, ...] = ()
    category_path: tuple[FacetValue, ...] = ()
    price_extent: PriceExtent | None = None
    totals_without: Mapping[str, int] = field(default_factory=dict)
    truncated: frozenset[str] = frozenset()


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
    pairs = {"values": _most_frequent("attribute_values", _PAIRS)}
    unfiltered: Body = {"attributes": _filtered([], pairs)}
    filtered: Body = {}
    for facet in dict.fromkeys((*_TERMS, PRICE, *request.filters, *request.counted)):
        own = _filter_of(facet)
        name, values = _name(request, facet), _values(request, facet)
        if own in request.filters:
            filtered[name] = _filtered(_filters(plan, without=own), values)
        else:
            unfiltered[name] = _filtered([], values)
    if plan.collapses:
        groups = {"field": GROUP, "precision_threshold": _PRECISE_GROUPS}
        unfiltered["groups"] = {"cardinality": groups}
    return {
        "query": all_of(_common(plan)),
        "size": 0,
        "track_total_hits": False,
        "timeout": f"{timeout_ms}ms",
        "aggs": {"total": _filtered(_filters(plan), unfiltered), **filtered},
    }


def _common(plan: QueryPlan) -> list[Body]:
    """Return the filters that no count ignores: those for relevant products and the scope."""
    cut = [] if plan.request.browses else [plan.cut]
    return cut + [query for field, query in plan.filters.items() if field == SCOPE]


def _filters(plan: QueryPlan, *, without: str | None = None) -> list[Body]:
    """Return the filters that some counts ignore, except the one on the field ``without``."""
    return [query for field, query in plan.filters.items() if field not in (SCOPE, without)]


def _filtered(filters: Sequence[Body], aggregations: Body) -> Body:
    return {"filter": all_of(filters), "aggs": aggregations}


def _filter_of(facet: str) -> str:
    """Return the field of the filter that the counts of a facet ignore."""
    return CATEGORY if facet == CATEGORY_PATH else facet


def _counts_of(
    aggregations: Mapping[str, Any], request: SearchRequest, facet: str
) -> Mapping[str, Any]:
    """Return the counts of a facet, which with all filters are within those of the total."""
    is_filtered = _filter_of(facet) in request.filters
    counts = aggregations if is_filtered else aggregations["total"]
    return cast(Mapping[str, Any], counts[_name(request, facet)])


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
    facets = dict.fromkeys((*_TERMS, PRICE, *request.filters, *request.counted))
    counts = {facet: _counts_of(aggregations, request, facet) for facet in facets}
    return Facets(
        brand=_merged(_terms_of(counts["brand"]), request),
        category=_terms_of(counts[CATEGORY]),
        availability=_terms_of(counts["availability"]),
        attributes=_attributes_of(aggregations, request),
        price=tuple(
            PriceRange(
                low=bucket.get("from"),
                high=round(bucket["to"] - _CENT, 2) if "to" in bucket else None,
                count=bucket["doc_count"],
            )
            for bucket in counts[PRICE]["values"]["buckets"]
            if bucket["doc_count"]
        ),
        category_path=_paths_of(counts[CATEGORY_PATH]) if CATEGORY_PATH in counts else (),
        totals_without={
            name: read_total_if_dropped(aggregations, request, name) for name in request.filters
        },
        price_extent=_extent_of(counts[PRICE]["extent"]) if PRICE in request.counted else None,
        truncated=frozenset(facet for facet in counts if _is_truncated(counts[facet])),
    )


def _is_truncated(aggregation: Mapping[str, Any]) -> bool:
    """Return whether products have values that are not among those of a facet."""
    return any(
        isinstance(each, Mapping) and each.get("sum_other_doc_count", 0) > 0
        for each in aggregation.values()
    )


def _paths_of(aggregation: Mapping[str, Any]) -> tuple[FacetValue, ...]:
    """Return the paths of a menu with the most frequent other ones, the most frequent first."""
    paths = dict.fromkeys((*_terms_of(aggregation), *_terms_of(aggregation, "menu")))
    return tuple(sorted(paths, key=lambda path: (-path.count, path.value)))


def _extent_of(stats: Mapping[str, Any]) -> PriceExtent | None:
    if not stats["count"]:
        return None
    return PriceExtent(stats["min"], stats["max"], stats["avg"], stats["sum"])


def _terms_of(aggregation: Mapping[str, Any], name: str = "values") -> tuple[FacetValue, ...]:
    return tuple(
        FacetValue(bucket["key"], bucket["doc_count"]) for bucket in aggregation[name]["buckets"]
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
    pairs = _terms_of(aggregations["total"]["attributes"])
    by_name: defaultdict[str, list[FacetValue]] = defaultdict(list)
    names_and_values = parse_attribute_values([pair.value for pair in pairs])
    for (name, value), pair in zip(names_and_values, pairs, strict=True):
        by_name[name].append(FacetValue(value, pair.count))
    counted = {name: _merged(values, request) for name, values in by_name.items()}
    chosen = {
        field.removeprefix(ATTRIBUTES): _merged(
            _terms_of(_counts_of(aggregations, request, field)), request
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
        menu = _most_frequent(facet, _MENU_PATHS)
        menu["terms"]["include"] = _menu_pattern(request.categories)
        return {"values": _most_frequent(facet, _PATHS), "menu": menu}
    if facet != PRICE:
        return {"values": _most_frequent(facet, _VALUES)}
    extent = {"extent": {"stats": {"field": PRICE}}} if PRICE in request.counted else {}
    return {"values": _price_ranges(), **extent}


def _menu_pattern(categories: Sequence[str]) -> str:
    """Return the regular expression for the paths in a menu whose chosen entries are open.

    These are the paths of the uppermost level, and those right below a chosen path and below each
    path above it. What would make the expression longer than Elasticsearch accepts is left out.
    """
    pattern = _ONE_NAME
    for path in dict.fromkeys(filter(None, map(category_path, categories))):
        names = path.split(PATH_SEPARATOR)
        for level in range(1, len(names) + 1):
            above = f"{PATH_SEPARATOR.join(names[:level])}{PATH_SEPARATOR}"
            longer = f"{pattern}|{_SIGN.sub(_escaped, above)}{_ONE_NAME}"
            pattern = longer if len(longer) <= _MAX_PATTERN_CHARS else pattern
    return pattern


def _escaped(sign: re.Match[str]) -> str:
    return f"\\{sign[0]}"


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
