"""Format values for the pages and the terminal: counts, prices, stages, times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from zlib import crc32

from gram_es.records import Product
from gram_es.retrieval.recall.facets import by_spelling
from gram_es.retrieval.recall.relevance import RelevanceRule
from gram_es.retrieval.recall.required_words import RequiredWords
from gram_es.retrieval.request import DroppedConstraint, SearchRequest
from gram_es.retrieval.result import SearchResult

TONES: Final = 8  # the number of colours of tiles in the style sheet
_SIGNS: Final = {"GBP": "£", "USD": "$", "EUR": "€"}
_IN_STOCK: Final = frozenset({"instock", "limitedavailability", "onlineonly", "instoreonly"})
_OUT_OF_STOCK: Final = frozenset({"outofstock", "soldout", "discontinued"})
_MAX_LISTED: Final = 3
_STAGES: Final = {
    "not_indexed": "Not in the index",
    "filtered": "Filtered out",
    "not_matched": "Not matched",
    "not_relevant": "Not relevant enough",
    "collapsed": "Grouped under another variant",
    "outside_window": "Outside the result window",
    "outscored": "Ranked after this page",
    "shown": "Not missing",
}


def stage_label(name: str) -> str:
    """Return the label of the search stage that lost a product, such as ``Filtered out``."""
    return _STAGES[name]


def match_count(result: SearchResult) -> str:
    """Return the number of relevant products in words; less close hits are not counted."""
    count = result.total or 0
    if count and result.request.browses:
        return products(count)
    if count:
        return f"{count:,} close match{'' if count == 1 else 'es'}"
    return "No close match" if result.less_close else "No products"


def scope(result: SearchResult) -> str:
    """Return which products the hits, the total, the facets and every order are about.

    For example: ``products that contain both words, or whose data state the code “sofas”``.
    """
    if result.request.browses:
        return "products that pass the filters"
    rule = result.rule
    elsewhere = ", not in the description alone" if rule.types else ""
    parts = [f"that contain {_words(rule.forms[0])}{elsewhere}"] if rule.forms else []
    parts += ["that have it as an identifier"] if _names_one(rule) else []
    parts += [f"whose data state {_codes(rule.codes)}"] if rule.codes else []
    return f"products {', or '.join(parts)}" if parts else "no products"


def _names_one(rule: RelevanceRule) -> bool:
    """Return whether a part of the query looks like an identifier, or all of it, with its digits.

    Nearly every query as a whole might be an identifier, so that alone is not worth a word: "pan
    28 cm" and "shoes size 11" are none.
    """
    found = rule.identifiers
    if found is None:
        return False
    is_word = any(len(form.words) == 1 and not form.measures for form in rule.forms)
    has_digit = any(char.isdigit() for key in found.whole for char in key)
    return (is_word and has_digit) or bool(found.contained + found.prefixes + found.phrases)


def _words(required: RequiredWords) -> str:
    """Return what a relevant product contains of a query, in words."""
    if not required.least:
        return " and ".join(required.measures)
    names = {1: "the word", 2: "both words"}
    is_all = required.least == len(required.words)
    words = names.get(required.least, "all words") if is_all else "most of the words"
    return " and ".join((words, *required.measures))


def _codes(codes: Sequence[str]) -> str:
    if len(codes) == 1:
        return f"the code “{codes[0]}”"
    more = len(codes) - _MAX_LISTED
    shown = [f"“{code}”" for code in codes[:_MAX_LISTED]]
    shown += [f"{more} more"] if more > 0 else []
    return f"one of the codes {', '.join(shown[:-1])} or {shown[-1]}"


def message(result: SearchResult) -> str | None:
    """Return a sentence that says what was not found; ``None`` if the page has relevant hits.

    A later page that lists only less close hits needs no such sentence either, unless there is no
    relevant product at all.
    """
    if not result.less_close:
        return no_results(result)
    none_is_relevant = not (result.hits or result.total or result.request.offset)
    return f"No product matches “{result.text}” closely" if none_is_relevant else None


def no_results(result: SearchResult) -> str | None:
    """Return a sentence that says what was not found; ``None`` if the page has hits."""
    request = result.request
    if result.hits or result.less_close:
        return None
    if request.offset:
        return "There are no results on this page"
    filters = " with these filters" if request.filters else ""
    if request.browses:
        return f"No product matches{filters}"
    return f"No product matches “{result.text}”{filters}"


def relaxed(dropped: Sequence[DroppedConstraint], request: SearchRequest) -> tuple[str, ...]:
    """Return sentences that say which constraints a search dropped, and why.

    :param dropped: the dropped constraints: words of the query, filters or the order.
    :param request: the request without the dropped constraints.
    """
    words = [part for part in dropped if part.parameter == "q"]
    orders = [part for part in dropped if part.parameter == "sort"]
    filters = [part for part in dropped if part not in words + orders]
    return (
        *(
            f"No product matches {', '.join(part.values)}, so the search ignores it."
            for part in words
        ),
        *_dropped_filters(filters, request),
        *("No product matches closely. Sorted by relevance instead." for _ in orders),
    )


def _dropped_filters(filters: Sequence[DroppedConstraint], request: SearchRequest) -> list[str]:
    if not filters:
        return []
    names = "; ".join(map(_filter_label, filters))
    if len(filters) > 1 or request.filters:
        return [f"Nothing matches with all filters, so the search ignores {names}."]
    return [f"Nothing matches with the filter {names}, so the search ignores it."]


def _filter_label(dropped: DroppedConstraint) -> str:
    values = ", ".join(spellings[0] for spellings in by_spelling(dropped.values))
    return f"{dropped.parameter.removeprefix('attr.')}: {values}"


def amount(value: float) -> str:
    """Return a price without currency, and without decimals if it is a whole number."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def price(product: Product) -> str | None:
    """Return the price with its currency and two decimals; ``None`` if the product has no price."""
    if product.price is None:
        return None
    sign = _SIGNS.get((product.currency or "").upper())
    figure = f"{product.price:,.2f}"
    if sign:
        return f"{sign}{figure}"
    return f"{figure} {product.currency}" if product.currency else figure


def availability(product: Product) -> tuple[str, str] | None:
    """Return the availability of a product in words, and its kind: ``in``, ``out`` or ``other``.

    Return ``None`` if the feed does not contain the availability.
    """
    return availability_words(product.availability) if product.availability else None


def availability_words(feed_value: str) -> tuple[str, str]:
    """Return an availability of a feed in words, and its kind: ``in``, ``out`` or ``other``."""
    words = feed_value.rsplit("/", 1)[-1].replace("_", " ").strip()
    key = "".join(char for char in words.lower() if char.isalpha())
    if key in _IN_STOCK:
        return "In stock", "in"
    if key in _OUT_OF_STOCK:
        return "Out of stock", "out"
    return words[:1].upper() + words[1:], "other"


def web_link(product: Product) -> str | None:
    """Return the product's link if it is an HTTP address, else ``None``.

    The check is necessary because a feed may contain any text as a link.
    """
    if not product.link:
        return None
    try:
        parts = urlsplit(product.link)
    except ValueError:
        return None
    return product.link if parts.scheme in ("http", "https") and parts.netloc else None


def tile(product: Product) -> tuple[str, int]:
    """Return the letter and the colour of a product's tile; the colour is a number below ``TONES``.

    A tile is a coloured field that a page shows in place of a picture. Products of one department
    (top-level category) have the same colour.
    """
    department = product.category[0] if product.category else product.brand or product.title
    leaf = product.category[-1] if product.category else product.title
    letter = next((char for char in leaf if char.isalnum()), "·")
    return letter.upper(), crc32(department.encode("utf-8", "replace")) % TONES


def products(count: int) -> str:
    """Return a count with its noun, ``1 product`` or ``2 products``."""
    return f"{count:,} product{'' if count == 1 else 's'}"


def percent(part: int, whole: int) -> str:
    """Return the share of ``part`` in ``whole`` in percent, with one decimal below 10 %.

    Only an empty part is ``0 %``: a share that would round to zero is ``under 0.1 %``.
    """
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 0.1:
        return "under 0.1 %"
    return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.1f} %"


def timestamp(text: str) -> str:
    """Return an ISO 8601 time shortened to the minute; return any other text unchanged."""
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M %Z}".strip()
    except ValueError:
        return text


def milliseconds(value: float) -> str:
    """Return a number of milliseconds without its unit, with one decimal below 10 ms."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def ordinal(rank: int) -> str:
    """Return the English ordinal of a rank, such as ``1st`` or ``12th``."""
    if rank % 100 in (11, 12, 13):
        return f"{rank}th"
    return f"{rank}{({1: 'st', 2: 'nd', 3: 'rd'}).get(rank % 10, 'th')}"
