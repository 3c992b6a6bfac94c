"""Addresses of searches: the one that a chip, a facet value or a page number leads to."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from gram_es.retrieval.request import SearchRequest
from query_api.parameters import PAGE_SIZE


def query_string(request: SearchRequest) -> str:
    """Return ``request`` as the page's parameters, without those that stand at their default."""
    pairs = [("q", request.text)]
    pairs += [("brand", brand) for brand in request.brands]
    pairs += [("category", category) for category in request.categories]
    if request.priced:
        pairs.append(("price", f"{_amount(request.price_from)}..{_amount(request.price_to)}"))
    if request.offset:
        pairs.append(("from", str(request.offset)))
    if request.size != PAGE_SIZE:
        pairs.append(("size", str(request.size)))
    return urlencode(pairs)


def text_url(text: str) -> str:
    """Return the page of a new search."""
    return "/?" + urlencode({"q": text})


def page_url(request: SearchRequest, offset: int) -> str:
    """Return the page of the same search that begins at ``offset``."""
    return _url(replace(request, offset=offset))


def brand_url(request: SearchRequest, brand: str) -> str:
    """Return the search with ``brand`` added, or taken away if it is chosen."""
    chosen = request.brands
    brands = tuple(b for b in chosen if b != brand) if brand in chosen else (*chosen, brand)
    return _url(replace(request, brands=brands, offset=0))


def category_url(request: SearchRequest, category: str) -> str:
    """Return the search within ``category`` alone, or within none if it is chosen."""
    categories = () if category in request.categories else (category,)
    return _url(replace(request, categories=categories, offset=0))


def price_url(request: SearchRequest, low: float | None, high: float | None) -> str:
    """Return the search with this range of prices, or without one if it is chosen."""
    if (request.price_from, request.price_to) == (low, high):
        low = high = None
    return _url(replace(request, price_from=low, price_to=high, offset=0))


def unfiltered_url(request: SearchRequest) -> str:
    """Return the search without any filter."""
    bare = replace(request, brands=(), categories=(), price_from=None, price_to=None, offset=0)
    return _url(bare)


def json_url(request: SearchRequest) -> str:
    """Return the same search as JSON with its receipts."""
    explained = {"explain": "true", **({} if request.size != PAGE_SIZE else {"size": PAGE_SIZE})}
    return f"/search?{query_string(request)}&{urlencode(explained)}"


def _url(request: SearchRequest) -> str:
    return "/?" + query_string(request)


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
