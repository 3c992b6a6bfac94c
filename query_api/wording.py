"""Numbers and names as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from zlib import crc32

from gram_es.records import Product
from gram_es.retrieval.recall.facets import by_spelling
from gram_es.retrieval.request import Dropped, SearchRequest
from gram_es.retrieval.result import SearchResult

TONES: Final = 8  # the style sheet has a colour for each
_SIGNS: Final = {"GBP": "£", "USD": "$", "EUR": "€"}
_IN_STOCK: Final = frozenset({"instock", "limitedavailability", "onlineonly", "instoreonly"})
_STAGES: Final = {
    "not_indexed": "Not in the index",
    "filtered": "Filtered out",
    "not_matched": "Not matched",
    "not_relevant": "Not relevant enough",
    "collapsed": "Behind another variant",
    "outside_window": "Outside the reranked window",
    "outscored": "Behind the page",
    "shown": "Not missing",
}
_GONE: Final = frozenset({"outofstock", "soldout", "discontinued"})


def stage(name: str) -> str:
    """Return the stage of a search that lost a product, in words."""
    return _STAGES[name]


def tally(result: SearchResult) -> str:
    """Return how many products match, in words; of a text those are the close matches."""
    count = result.total or 0
    if count and result.request.browses:
        return products(count)
    if count:
        return f"{count:,} close match{'' if count == 1 else 'es'}"
    return "Near matches" if result.hits else "No products"


def beyond(result: SearchResult) -> str | None:
    """Return in words which near hits are listed too; only the order by relevance has them."""
    if result.request.browses or not (result.hits and result.total):
        return None
    if result.request.order != "relevance":
        return "near ones not listed"
    if result.ranked <= result.listed:
        return None
    more = " or more" if result.ranked >= result.window else ""
    return f"{result.ranked:,}{more} results with the near ones"


def relaxed(dropped: Sequence[Dropped], request: SearchRequest) -> tuple[str, ...]:
    """Return in words what was dropped and why; ``request`` is the relaxed one."""
    words = [part for part in dropped if part.parameter == "q"]
    orders = [part for part in dropped if part.parameter == "sort"]
    filters = [part for part in dropped if part not in words + orders]
    return (
        *(f"No product has {', '.join(part.values)}. The search left that out." for part in words),
        *_dropped_filters(filters, request),
        *("Nothing has most of these words, so the nearest products come first." for _ in orders),
    )


def _dropped_filters(filters: Sequence[Dropped], request: SearchRequest) -> list[str]:
    names = "; ".join(map(_filter, filters))
    others = " together with the other filters" if request.filters else ""
    if len(filters) > 1:
        return [f"Nothing is left with these filters together: {names}. The search left them out."]
    if filters:
        return [f"Nothing is left with the filter {names}{others}. The search left it out."]
    return []


def _filter(dropped: Dropped) -> str:
    values = ", ".join(spellings[0] for spellings in by_spelling(dropped.values))
    return f"{dropped.parameter.removeprefix('attr.')}: {values}"


def amount(value: float) -> str:
    """Return a price without its currency; whole numbers carry no decimals."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def price(product: Product) -> str | None:
    """Return the price with its currency, two decimals always."""
    if product.price is None:
        return None
    sign = _SIGNS.get((product.currency or "").upper())
    figure = f"{product.price:,.2f}"
    if sign:
        return f"{sign}{figure}"
    return f"{figure} {product.currency}" if product.currency else figure


def availability(product: Product) -> tuple[str, str] | None:
    """Return the availability in words and its kind: ``in``, ``out`` or ``other``."""
    return availability_words(product.availability) if product.availability else None


def availability_words(written: str) -> tuple[str, str]:
    """Return an availability as the feed wrote it in words, and its kind."""
    words = written.rsplit("/", 1)[-1].replace("_", " ").strip()
    key = "".join(char for char in words.lower() if char.isalpha())
    if key in _IN_STOCK:
        return "In stock", "in"
    if key in _GONE:
        return "Out of stock", "out"
    return words[:1].upper() + words[1:], "other"


def web_link(product: Product) -> str | None:
    """Return the product's page if it is a web address: a feed may contain anything."""
    if not product.link:
        return None
    try:
        parts = urlsplit(product.link)
    except ValueError:
        return None
    return product.link if parts.scheme in ("http", "https") and parts.netloc else None


def monogram(product: Product) -> tuple[str, int]:
    """Return the letter of a product's tile and the number of its tone, one for a department."""
    department = product.category[0] if product.category else product.brand or product.title
    leaf = product.category[-1] if product.category else product.title
    letter = next((char for char in leaf if char.isalnum()), "·")
    return letter.upper(), crc32(department.encode("utf-8", "replace")) % TONES


def products(count: int) -> str:
    """Return a number of products."""
    return f"{count:,} product{'' if count == 1 else 's'}"


def percent(part: int, whole: int) -> str:
    """Return a share: whole from 10 % on, one decimal below; never 0 for what exists."""
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 0.1:
        return "under 0.1 %"
    return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.1f} %"


def moment(written: str) -> str:
    """Return an ISO 8601 time to the minute; any other text as it is."""
    try:
        return f"{datetime.fromisoformat(written):%Y-%m-%d %H:%M %Z}".strip()
    except ValueError:
        return written


def milliseconds(value: float) -> str:
    """Return a duration: whole from 10 ms on, one decimal below."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def ordinal(rank: int) -> str:
    """Return 1 as ``1st``, 12 as ``12th``."""
    if rank % 100 in (11, 12, 13):
        return f"{rank}th"
    return f"{rank}{({1: 'st', 2: 'nd', 3: 'rd'}).get(rank % 10, 'th')}"
