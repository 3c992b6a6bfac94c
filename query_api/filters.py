"""Facets and the filters that are set, each value with the search that it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.facets import Facets, FacetValue, PriceRange
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import Hit
from query_api import links, wording

_CENT: Final = 0.01
_DEEPEST: Final = 99


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet, and the search that choosing it, or taking it back, leads to."""

    label: str
    count: int | None
    chosen: bool
    url: str


@dataclass(frozen=True, slots=True)
class FacetView:
    """One facet with a choice for each value."""

    name: str
    title: str
    choices: tuple[Choice, ...]


def facet_views(
    request: SearchRequest, facets: Facets, hits: tuple[Hit, ...]
) -> tuple[FacetView, ...]:
    """Return the facets that have values; of equally frequent categories the higher comes first."""
    depths = _depths(hits)
    categories = sorted(
        facets.category, key=lambda held: (-held.count, depths.get(held.value, _DEEPEST))
    )
    views = (
        FacetView("category", "Category", tuple(_category(request, c) for c in categories)),
        FacetView("brand", "Brand", tuple(_brand(request, b) for b in facets.brand)),
        FacetView("price", "Price", tuple(_price(request, p) for p in facets.price)),
    )
    kept = {"price"} if request.priced else set()  # its form takes the limits back
    return tuple(view for view in views if view.choices or view.name in kept)


def active_filters(request: SearchRequest) -> tuple[Choice, ...]:
    """Return the filters that are set; each leads to the search without it."""
    brands = [Choice(b, None, True, links.brand_url(request, b)) for b in request.brands]
    categories = [Choice(c, None, True, links.category_url(request, c)) for c in request.categories]
    if not request.priced:
        return (*categories, *brands)
    low, high = request.price_from, request.price_to
    label = f"price {_price_label(low, high)}"
    return (*categories, *brands, Choice(label, None, True, links.price_url(request, low, high)))


def _depths(hits: tuple[Hit, ...]) -> Mapping[str, int]:
    """Return how deep each category of the hits lies, from 0."""
    return {level: depth for hit in hits for depth, level in enumerate(hit.product.category)}


def _category(request: SearchRequest, held: FacetValue) -> Choice:
    url = links.category_url(request, held.value)
    return Choice(held.value, held.count, held.value in request.categories, url)


def _brand(request: SearchRequest, held: FacetValue) -> Choice:
    url = links.brand_url(request, held.value)
    return Choice(held.value, held.count, held.value in request.brands, url)


def _price(request: SearchRequest, price: PriceRange) -> Choice:
    return Choice(
        label=_price_label(price.low, None if price.high is None else price.high + _CENT),
        count=price.count,
        chosen=(request.price_from, request.price_to) == (price.low, price.high),
        url=links.price_url(request, price.low, price.high),
    )


def _price_label(low: float | None, high: float | None) -> str:
    if low is None:
        return f"up to {wording.amount(high or 0.0)}"
    if high is None:
        return f"{wording.amount(low)} and more"
    return f"{wording.amount(low)} – {wording.amount(high)}"
