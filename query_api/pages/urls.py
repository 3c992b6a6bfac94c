"""Build URLs of pages, and of searches that change one part of a given request.

A changed search starts again at its first page. If it has neither a query nor a filter left, the
URL is that of the start page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from gram_es.retrieval.recall.facets import spelling_key
from gram_es.retrieval.request import PRICE, RequestError, SearchRequest, parameter_of
from query_api.api.parameters import PAGE_SIZE


def parameters(request: SearchRequest) -> list[tuple[str, str]]:
    """Return the search page's parameters for ``request``, except those with default values."""
    given = [("q", request.text)] if request.text else []
    given += [(parameter_of(f), value) for f, values in request.choices.items() for value in values]
    if request.has_price_parameter:
        given.append((PRICE, f"{_amount(request.price_from)}..{_amount(request.price_to)}"))
    if request.sort is not None:
        given.append(("sort", request.sort))
    if not request.collapse:
        given.append(("collapse", "false"))
    if not request.spelling:
        given.append(("spelling", "false"))
    if not request.relax:
        given.append(("relax", "false"))
    given += [("exclude_code", code) for code in request.excluded_codes]
    given += [("literal", words) for words in request.literal]
    if request.offset:
        given.append(("from", str(request.offset)))
    if request.size != PAGE_SIZE:
        given.append(("size", str(request.size)))
    return given


def product_url(product_id: str) -> str:
    """Return the URL of a product's page."""
    return _item_url("product", "id", product_id)


def code_url(label: str, offset: int = 0) -> str:
    """Return the URL of a code's page, which lists products of the code from ``offset`` on."""
    url = _item_url("code", "label", label)
    return f"{url}{'&' if '?' in url else '?'}from={offset}" if offset else url


def text_url(text: str) -> str:
    """Return the URL of a new search for ``text``."""
    return "/?" + urlencode({"q": text})


def page_url(request: SearchRequest, offset: int) -> str:
    """Return the URL of the page of results that begins at the hit ``offset``, counted from 0."""
    return _url(request, offset=offset)


def brand_url(request: SearchRequest, *spellings: str) -> str:
    """Return the URL of the search with a brand added as a filter.

    If ``request`` filters by this brand already, return the URL of the search without this filter.

    :param spellings: all spellings of the brand; they are added and removed together.
    """
    return _url(request, brands=_toggled_spellings(request.brands, spellings))


def availability_url(request: SearchRequest, availability: str) -> str:
    """Return the URL of the search with a filter by ``availability``.

    If ``request`` has this filter already, return the URL of the search without it.
    """
    return _url(request, availability=_toggled(request.availability, availability))


def attribute_url(request: SearchRequest, name: str, *spellings: str) -> str:
    """Return the URL of the search with a value of an attribute added as a filter.

    If ``request`` filters by this value already, return the URL of the search without this filter.

    :param name: the name of the attribute.
    :param spellings: all spellings of the value; they are added and removed together.
    """
    chosen = dict(request.attributes)
    chosen[name] = _toggled_spellings(chosen.get(name, ()), spellings)
    return _url(request, attributes=tuple((n, values) for n, values in chosen.items() if values))


def category_url(request: SearchRequest, category: str) -> str:
    """Return the URL of the search with ``category`` as its only category.

    If ``request`` has this category already, return the URL of the search in all categories.
    """
    return _url(request, categories=() if category in request.categories else (category,))


def price_url(request: SearchRequest, low: float | None, high: float | None) -> str:
    """Return the URL of the search with the price range from ``low`` to ``high``.

    If ``request`` has this price range already, return the URL of the search without it.
    """
    if (request.price_from, request.price_to) == (low, high):
        low = high = None
    return _url(request, price_from=low, price_to=high)


def exclude_code_url(request: SearchRequest, code: str) -> str:
    """Return the URL of the search without ``code``.

    If ``request`` excludes this code already, return the URL of the search that includes it.
    """
    return _url(request, excluded_codes=_toggled(request.excluded_codes, code))


def group_url(request: SearchRequest, group: str | None) -> str:
    """Return the URL of the search limited to variants of ``group``; ``None`` ends the limit."""
    return _url(request, group=group)


def as_typed_url(request: SearchRequest) -> str:
    """Return the URL of the search without spelling correction."""
    return _url(request, spelling=False)


def sort_url(request: SearchRequest, sort: str) -> str:
    """Return the URL of the search in the order ``sort``."""
    default = replace(request, sort=None).order
    return _url(request, sort=None if sort == default else sort)


def literal_url(request: SearchRequest, words: str) -> str:
    """Return the URL of the search in which ``words`` of the query state no condition."""
    return _url(request, literal=(*request.literal, words))


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
    """Return the URL of the search in the JSON API, with highlights and explanations."""
    given = [pair for pair in parameters(request) if pair[0] != "collapse"]
    given += [("collapse", "true")] if request.collapse else []
    given += [("size", str(PAGE_SIZE))] if request.size == PAGE_SIZE else []
    return f"/search?{urlencode([*given, ('highlight', 'true'), ('explain', 'true')])}"


def _item_url(page: str, parameter: str, name: str) -> str:
    """Return the URL of a product's or a code's page; ``name`` may be any text."""
    if name in (".", "..") or name.startswith("/"):  # browsers and servers rewrite such paths
        return f"/{page}?{urlencode({parameter: name})}"
    return f"/{page}/{quote(name, safe='')}"


def _toggled(chosen: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(v for v in chosen if v != value) if value in chosen else (*chosen, value)


def _toggled_spellings(chosen: tuple[str, ...], spellings: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``chosen`` with all ``spellings`` of a value added.

    If ``chosen`` contains a spelling of this value already, return ``chosen`` without any spelling
    of the value.
    """
    key = spelling_key(spellings[0])
    others = tuple(value for value in chosen if spelling_key(value) != key)
    return others if len(others) < len(chosen) else (*chosen, *spellings)


def _url(request: SearchRequest, **changes: Any) -> str:
    """Return the URL of the changed search; without query and filters, that is the start page."""
    try:
        changed = replace(request, **{"offset": 0, **changes})
    except RequestError:
        return "/"
    return "/?" + urlencode(parameters(changed))


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
