"""Facets and active filters; each value has the URL of the search that adds or removes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.recall.facets import (
    Facets,
    FacetValue,
    PriceRange,
    by_spelling,
    spelling_key,
)
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import Hit
from query_api import wording
from query_api.condition_wording import price_range
from query_api.pages import urls

_CENT: Final = 0.01
_UNKNOWN_DEPTH: Final = 99


@dataclass(frozen=True, slots=True)
class Choice:
    """A value or an order that a shopper can choose.

    ``url`` is the URL of the search with this choice. If a filter is ``chosen`` already, ``url`` is
    the URL of the search without this filter. ``count`` is the number of products that have the
    value.
    """

    label: str
    count: int | None
    chosen: bool
    url: str


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet with a choice for each of its values."""

    name: str
    title: str
    choices: tuple[Choice, ...]


def facet_views(
    request: SearchRequest, facets: Facets, hits: tuple[Hit, ...]
) -> tuple[FacetView, ...]:
    """Return the facets that have values, and the price facet if the request limits the price.

    Categories are sorted by descending count; among equal counts, higher levels come first.

    :param hits: the hits of the page; the levels of the categories are read from these products.
    """
    depths = _depths(hits)
    categories = sorted(
        facets.category, key=lambda facet: (-facet.count, depths.get(facet.value, _UNKNOWN_DEPTH))
    )
    views = (
        FacetView("category", "Category", tuple(_category(request, c) for c in categories)),
        FacetView("brand", "Brand", tuple(_brand(request, b) for b in facets.brand)),
        FacetView("price", "Price", tuple(_price(request, p) for p in facets.price)),
        *(
            FacetView(
                f"attribute-{number}",
                _title(name),
                tuple(_attribute(request, name, value) for value in values),
            )
            for number, (name, values) in enumerate(facets.attributes.items())
        ),
        FacetView(
            "availability",
            "Availability",
            tuple(_availability(request, value) for value in facets.availability),
        ),
    )
    # The price facet contains the form that removes the limits.
    required = {"price"} if request.limits_price else set()
    return tuple(view for view in views if view.choices or view.name in required)


def active_filters(request: SearchRequest) -> tuple[Choice, ...]:
    """Return the active filters, each with the URL of the search without this filter."""
    brands = [
        Choice(spellings[0], None, True, urls.brand_url(request, *spellings))
        for spellings in by_spelling(request.brands)
    ]
    categories = [Choice(c, None, True, urls.category_url(request, c)) for c in request.categories]
    attributes = [
        Choice(
            f"{_title(name)}: {spellings[0]}",
            None,
            True,
            urls.attribute_url(request, name, *spellings),
        )
        for name, values in request.attributes
        for spellings in by_spelling(values)
    ]
    availability = [
        Choice(_in_words(a), None, True, urls.availability_url(request, a))
        for a in request.availability
    ]
    choices = [*categories, *brands, *attributes, *availability]
    if request.group:
        label = f"variants of {request.group}"
        choices.append(Choice(label, None, True, urls.group_url(request, None)))
    if request.has_price_parameter:
        low, high = request.price_from, request.price_to
        label = f"price {price_range(low, high)}"
        choices.append(Choice(label, None, True, urls.price_url(request, low, high)))
    return tuple(choices)


def _depths(hits: tuple[Hit, ...]) -> Mapping[str, int]:
    """Return the level of each category that a hit has, by category name; 0 is the top level."""
    paths = (path for hit in hits for path in hit.product.category_paths)
    return {level: depth for path in paths for depth, level in enumerate(path)}


def _category(request: SearchRequest, facet: FacetValue) -> Choice:
    url = urls.category_url(request, facet.value)
    return Choice(facet.value, facet.count, facet.value in request.categories, url)


def _brand(request: SearchRequest, facet: FacetValue) -> Choice:
    url = urls.brand_url(request, facet.value, *facet.spellings)
    return Choice(facet.value, facet.count, _is_chosen(facet, request.brands), url)


def _attribute(request: SearchRequest, name: str, facet: FacetValue) -> Choice:
    chosen = _is_chosen(facet, dict(request.attributes).get(name, ()))
    label = {"true": "Yes", "false": "No"}.get(facet.value, facet.value)
    url = urls.attribute_url(request, name, facet.value, *facet.spellings)
    return Choice(label, facet.count, chosen, url)


def _is_chosen(facet: FacetValue, chosen: Collection[str]) -> bool:
    return spelling_key(facet.value) in map(spelling_key, chosen)


def _availability(request: SearchRequest, facet: FacetValue) -> Choice:
    chosen = facet.value in request.availability
    url = urls.availability_url(request, facet.value)
    return Choice(_in_words(facet.value), facet.count, chosen, url)


def _in_words(availability: str) -> str:
    return wording.availability_words(availability)[0]


def _title(attribute: str) -> str:
    name = attribute.replace("_", " ")
    return name[:1].upper() + name[1:]


def _price(request: SearchRequest, price: PriceRange) -> Choice:
    return Choice(
        label=price_range(price.low, None if price.high is None else price.high + _CENT),
        count=price.count,
        chosen=(request.price_from, request.price_to) == (price.low, price.high),
        url=urls.price_url(request, price.low, price.high),
    )
