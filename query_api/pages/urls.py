"""URLs of pages and of searches that differ in one filter, code, order or page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from gram_es.retrieval.recall.facets import spelling_key
from gram_es.retrieval.request import PRICE, RequestError, SearchRequest, parameter_of
from query_api.api.parameters import PAGE_SIZE


def parameters(request: SearchRequest) -> list[tuple[str, str]]:
    """Return the page's parameters for ``request``, without those that have their default."""
    given = [("q", request.text)] if not request.browses else []
    given += [(parameter_of(f), value) for f, values in request.choices.items() for value in values]
    if request.limits_price:
        given.append((PRICE, f"{_amount(request.price_from)}..{_amount(request.price_to)}"))
    if request.sort != "relevance":
        given.append(("sort", request.sort))
    if not request.collapse:
        given.append(("collapse", "false"))
    if not request.relax:
        given.append(("relax", "false"))
    given += [("exclude_code", code) for code in request.excluded_codes]
    if request.offset:
        given.append(("from", str(request.offset)))
    if request.size != PAGE_SIZE:
        given.append(("size", str(request.size)))
    return given


def product_url(product_id: str) -> str:
    """Return the URL of a product's page."""
    return _item_url("product", "id", product_id)


def code_url(label: str, offset: int = 0) -> str:
    """Return the URL of a code's page, which lists its products from ``offset`` on."""
    url = _item_url("code", "label", label)
    return f"{url}{'&' if '?' in url else '?'}from={offset}" if offset else url


def text_url(text: str) -> str:
    """Return the URL of a new search."""
    return "/?" + urlencode({"q": text})


def page_url(request: SearchRequest, offset: int) -> str:
    """Return the URL of the page of the search that starts at ``offset``."""
    return _url(request, offset=offset)


def brand_url(request: SearchRequest, *spellings: str) -> str:
    """Return the URL that adds a brand in all its spellings, or removes it if it is chosen."""
    return _url(request, brands=_toggled_spellings(request.brands, spellings))


def availability_url(request: SearchRequest, availability: str) -> str:
    """Return the URL that adds ``availability``, or removes it if it is chosen."""
    return _url(request, availability=_toggled(request.availability, availability))


def attribute_url(request: SearchRequest, name: str, *spellings: str) -> str:
    """Return the URL that adds a value of an attribute, or removes it if it is chosen."""
    chosen = dict(request.attributes)
    chosen[name] = _toggled_spellings(chosen.get(name, ()), spellings)
    return _url(request, attributes=tuple((n, values) for n, values in chosen.items() if values))


def category_url(request: SearchRequest, category: str) -> str:
    """Return the URL that selects only ``category``, or removes it if it is chosen."""
    return _url(request, categories=() if category in request.categories else (category,))


def price_url(request: SearchRequest, low: float | None, high: float | None) -> str:
    """Return the URL that sets a price range, or removes it if it is chosen."""
    if (request.price_from, request.price_to) == (low, high):
        low = high = None
    return _url(request, price_from=low, price_to=high)


def exclude_code_url(request: SearchRequest, code: str) -> str:
    """Return the URL that excludes ``code``, or includes it again if it is excluded."""
    return _url(request, excluded_codes=_toggled(request.excluded_codes, code))


def group_url(request: SearchRequest, group: str | None) -> str:
    """Return the URL that shows only the variants of ``group``, or removes that filter."""
    return _url(request, group=group)


def sort_url(request: SearchRequest, sort: str) -> str:
    """Return the URL of the search in another order."""
    return _url(request, sort=sort)


def unfiltered_url(request: SearchRequest) -> str:
    """Return the URL of the search without filters."""
    return _url(
        request,
        brands=(),
        categories=(),
        availability=(),
        attributes=(),
        group=None,
        price_from=None,
        price_to=None,
    )


def json_url(request: SearchRequest) -> str:
    """Return the URL of the same search as JSON, with explanations."""
    given = [pair for pair in parameters(request) if pair[0] != "collapse"]
    given += [("collapse", "true")] if request.collapse else []
    given += [("size", str(PAGE_SIZE))] if request.size == PAGE_SIZE else []
    return f"/search?{urlencode([*given, ('highlight', 'true'), ('explain', 'true')])}"


def _item_url(page: str, parameter: str, name: str) -> str:
    """Return the URL of a page on ``name``, which may be any text."""
    if name in (".", "..") or name.startswith("/"):  # browsers and servers rewrite such paths
        return f"/{page}?{urlencode({parameter: name})}"
    return f"/{page}/{quote(name, safe='')}"


def _toggled(chosen: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(v for v in chosen if v != value) if value in chosen else (*chosen, value)


def _toggled_spellings(chosen: tuple[str, ...], spellings: tuple[str, ...]) -> tuple[str, ...]:
    """Add a value in all its spellings to ``chosen``, or remove all spellings of it."""
    key = spelling_key(spellings[0])
    others = tuple(value for value in chosen if spelling_key(value) != key)
    return others if len(others) < len(chosen) else (*chosen, *spellings)


def _url(request: SearchRequest, **changes: Any) -> str:
    """Return the first page of the changed search, or the start page if it selects nothing."""
    try:
        changed = replace(request, **{"offset": 0, **changes})
    except RequestError:
        return "/"
    return "/?" + urlencode(parameters(changed))


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
