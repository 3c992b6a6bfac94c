"""A validated search request: its text, filters, order and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from gram_es.errors import GramError
from gram_es.retrieval.conditions.conditions import (
    Condition,
    Exclusion,
    OrderCondition,
    ParsedQuery,
    PriceCondition,
)
from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text

MAX_DEPTH: Final = 10_000  # Elasticsearch's default limit of from + size
SORTS: Final = ("relevance", "price_asc", "price_desc", "newest")
ATTRIBUTES: Final = "attributes."  # the prefix of an attribute's field in the index
ATTRIBUTE_PARAMETER: Final = "attr."  # the prefix of an attribute's request parameter
PRICE: Final = "price"
GROUP: Final = "group"
CATEGORY: Final = "category"
CATEGORY_PATH: Final = "category_path"
WITHOUT: Final = "without"  # the filter of the words that a query excludes
PATH_SEPARATOR: Final = " > "


@dataclass(frozen=True, slots=True)
class Fault:
    """An invalid parameter of a request: its name, and why it is invalid."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Products that have one of ``values`` in a field of the index, or none of them."""

    field: str
    values: tuple[str, ...]
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class DroppedConstraint:
    """A parameter that was dropped from a request, with its values.

    For ``q``, the text of the query, the values are the words that were dropped.
    """

    parameter: str
    values: tuple[str, ...]


class RequestError(GramError):
    """A search request has invalid values; ``faults`` lists all of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{fault.name} {fault.reason}" for fault in faults))
        self.faults = faults

    def __reduce__(self) -> tuple[type[RequestError], tuple[tuple[Fault, ...]]]:
        return (type(self), (self.faults,))


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A request for one page of hits; without ``text`` all products that pass the filters are hits.

    ``offset`` is the number of hits before the page. ``brands``, ``categories``, ``availability``
    and each of the ``attributes`` are filters: a product passes a filter if it has one of the
    filter's values. A category is a name of any level, or a path such as ``Women > Shoes``.
    ``group`` selects the variants of one product. The price range includes both ends, in the feed's
    currency. ``sort`` is one of ``SORTS``, or ``None`` for the order that the query's words ask
    for; every order except ``relevance`` omits irrelevant products. ``parsed`` are the conditions
    in the words of ``text`` and the text without them; ``None`` before the search has parsed the
    text. ``price_from``, ``price_to`` and ``sort`` take precedence over these conditions.
    ``literal`` are words that state no condition. ``collapse`` shows one hit for each group of
    variants. ``spelling`` allows the search to correct the text, and to search its other forms,
    too. ``highlight`` marks the matching words in titles. ``relax`` drops constraints if nothing
    matches. ``explain`` adds an explanation to each hit. Without ``facets``, neither facets nor the
    total are counted, and the request is not relaxed. ``counted`` are fields of the index to count
    beside the usual facets: ``attributes.NAME``, ``category_path``, or ``price`` for its extent.
    ``merges_spellings`` counts all spellings of a value as one. ``scope`` limits the search and all
    of its counts, and is never dropped: a product must be in one selection of each group.
    ``excluded_codes`` are removed from the query's codes. ``everything`` allows a request with
    neither text nor filter, whose hits are all products. ``counts_only`` retrieves no hits.

    :raises RequestError: if any value is invalid; the message lists all of them.
    """

    text: str
    size: int = 10
    offset: int = 0
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    availability: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    group: str | None = None
    price_from: float | None = None
    price_to: float | None = None
    sort: str | None = None
    collapse: bool = False
    spelling: bool = True
    highlight: bool = False
    relax: bool = True
    explain: bool = False
    facets: bool = True
    counts_only: bool = False
    counted: tuple[str, ...] = ()
    merges_spellings: bool = True
    scope: tuple[tuple[Selection, ...], ...] = ()
    everything: bool = False
    excluded_codes: tuple[str, ...] = ()
    literal: tuple[str, ...] = ()
    parsed: ParsedQuery | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        faults = (*_text_faults(self), *_page_faults(self), *_price_faults(self))
        if self.sort is not None and self.sort not in SORTS:
            faults = (*faults, Fault("sort", f"is {self.sort!r}; known: {', '.join(SORTS)}"))
        if faults:
            raise RequestError(faults)

    @property
    def browses(self) -> bool:
        """Return whether the request has no text, so that the filters alone select products."""
        return not self.searched_text

    @property
    def searched_text(self) -> str:
        """Return the text to search: the query without the words that state conditions."""
        return self.parsed.text if self.parsed else clean_text(self.text)

    @property
    def order(self) -> str:
        """Return the order of the hits, one of ``SORTS``; without a text, ``newest`` by default."""
        stated = self.parsed.sort if self.parsed else None
        order = self.sort or stated or "relevance"
        return "newest" if self.browses and order == "relevance" else order

    @property
    def has_price_parameter(self) -> bool:
        """Return whether the price is limited beside the query's words."""
        return self.price_from is not None or self.price_to is not None

    @property
    def price_range(self) -> tuple[float | None, float | None]:
        """Return the lower and the upper limit of the price, which the words may state."""
        if self.has_price_parameter or self.parsed is None:
            return self.price_from, self.price_to
        return self.parsed.low, self.parsed.high

    @property
    def currencies(self) -> tuple[str, ...]:
        """Return the ISO codes of the currencies that the words limit the price in, if any."""
        return self.parsed.currencies if self.parsed and not self.has_price_parameter else ()

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """Return the words that hits must not contain."""
        return self.parsed.exclusions if self.parsed else ()

    @property
    def collapses(self) -> bool:
        """Return whether the variants of a product are shown as one hit.

        A request for the variants of one ``group`` shows each variant as a hit.
        """
        return self.collapse and self.group is None

    @property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """Return the accepted values of each index field that has a filter, except the price."""
        values_by_field = {
            "brand": self.brands,
            CATEGORY: self.categories,
            "availability": self.availability,
            **{f"{ATTRIBUTES}{name}": values for name, values in self.attributes},
            GROUP: (self.group,) if self.group else (),
        }
        return {field: values for field, values in values_by_field.items() if values}

    @property
    def filters(self) -> tuple[str, ...]:
        """Return the index fields that have a filter, the price, and ``WITHOUT`` for exclusions."""
        excludes = (WITHOUT,) if self.exclusions else ()
        return (*self.choices, *excludes, *((PRICE,) if self.limits_price else ()))

    @property
    def limits_price(self) -> bool:
        """Return whether the price has a lower or an upper limit."""
        return self.price_range != (None, None)


def remove_filter(request: SearchRequest, field: str) -> SearchRequest:
    """Return ``request`` without its filter on ``field``.

    :param field: one of ``request.filters``.
    :raises RequestError: when neither a text nor a filter is left.
    """
    if field == PRICE:
        return _drop_conditions(replace(request, price_from=None, price_to=None), PriceCondition)
    if field == WITHOUT:
        return _drop_conditions(request, Exclusion)
    if field == GROUP:
        return replace(request, group=None)
    if field.startswith(ATTRIBUTES):
        others = tuple(pair for pair in request.attributes if f"{ATTRIBUTES}{pair[0]}" != field)
        return replace(request, attributes=others)
    brands = () if field == "brand" else request.brands
    categories = () if field == "category" else request.categories
    availability = () if field == "availability" else request.availability
    return replace(request, brands=brands, categories=categories, availability=availability)


def remove_order(request: SearchRequest) -> SearchRequest:
    """Return ``request`` without its order and without the words that ask for one."""
    return _drop_conditions(replace(request, sort=None), OrderCondition)


def _drop_conditions(request: SearchRequest, kind: type[Condition]) -> SearchRequest:
    """Return ``request`` without the conditions of one kind and without their words."""
    parsed, text = request.parsed, request.text
    if parsed is None:
        return request
    for condition in parsed.conditions:
        text = text.replace(condition.words, " ", 1) if isinstance(condition, kind) else text
    others = tuple(each for each in parsed.conditions if not isinstance(each, kind))
    return replace(request, text=clean_text(text), parsed=replace(parsed, conditions=others))


def category_path(value: str) -> str | None:
    """Return a category path with its separators as the index writes them, or ``None`` for a name.

    ``Women>Shoes`` becomes ``Women > Shoes``.
    """
    levels = [level.strip() for level in value.split(PATH_SEPARATOR.strip())]
    names = [level for level in levels if level]
    return PATH_SEPARATOR.join(names) if len(levels) > 1 and names else None


def parameter_of(field: str) -> str:
    """Return the request parameter that filters by ``field`` of the index."""
    if field.startswith(ATTRIBUTES):
        return f"{ATTRIBUTE_PARAMETER}{field.removeprefix(ATTRIBUTES)}"
    return field


def _text_faults(request: SearchRequest) -> tuple[Fault, ...]:
    if request.browses and not (request.filters or request.scope or request.everything):
        return (Fault("q", "is empty; give words, or a filter to browse by"),)
    if len(request.text) > MAX_TEXT_CHARS:
        return (Fault("q", f"has {len(request.text)} characters; at most {MAX_TEXT_CHARS}"),)
    return ()


def _page_faults(request: SearchRequest) -> tuple[Fault, ...]:
    size, offset = request.size, request.offset
    if size < 1:
        return (Fault("size", f"is {size}; at least 1"),)
    if offset < 0:
        return (Fault("from", f"is {offset}; at least 0"),)
    if size + offset > MAX_DEPTH:
        return (Fault("from", f"plus size is {size + offset}; at most {MAX_DEPTH}"),)
    return ()


def _price_faults(request: SearchRequest) -> tuple[Fault, ...]:
    low, high = request.price_from, request.price_to
    if low is not None and high is not None and low > high:
        return (Fault("price", f"runs from {low:g} down to {high:g}; give the lower end first"),)
    return ()
