"""A validated search request: its text, filters, order and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from gram_es.errors import GramError
from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text

MAX_DEPTH: Final = 10_000  # Elasticsearch's default limit of from + size
SORTS: Final = ("relevance", "price_asc", "price_desc", "newest")
ATTRIBUTES: Final = "attributes."  # the prefix of an attribute's field in the index
ATTRIBUTE_PARAMETER: Final = "attr."  # the prefix of an attribute's request parameter
PRICE: Final = "price"
GROUP: Final = "group"


@dataclass(frozen=True, slots=True)
class Fault:
    """An invalid parameter of a request: its name, and why it is invalid."""

    name: str
    reason: str


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
    filter's values. A category can be of any level. ``group`` selects the variants of one product.
    The price range includes both ends, in the feed's currency. ``sort`` is one of ``SORTS``; every
    order except ``relevance`` omits irrelevant products. ``collapse`` shows one hit for each group
    of variants. ``spelling`` allows the search to correct the text, and to search its other forms,
    too. ``highlight`` marks the matching words in titles. ``relax`` drops constraints if
    nothing matches. ``explain`` adds an explanation to each hit. Without ``facets``, neither facets
    nor the total are counted, and the request is not relaxed. ``excluded_codes`` are removed from
    the query's codes.

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
    sort: str = "relevance"
    collapse: bool = False
    spelling: bool = True
    highlight: bool = False
    relax: bool = True
    explain: bool = False
    facets: bool = True
    excluded_codes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = (*_text_faults(self), *_page_faults(self), *_price_faults(self))
        if self.sort not in SORTS:
            faults = (*faults, Fault("sort", f"is {self.sort!r}; known: {', '.join(SORTS)}"))
        if faults:
            raise RequestError(faults)

    @property
    def browses(self) -> bool:
        """Return whether the request has no text, so that the filters alone select products."""
        return not clean_text(self.text)

    @property
    def order(self) -> str:
        """Return the order of the hits, one of ``SORTS``; without a text, ``newest`` by default."""
        return "newest" if self.browses and self.sort == "relevance" else self.sort

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
            "category": self.categories,
            "availability": self.availability,
            **{f"{ATTRIBUTES}{name}": values for name, values in self.attributes},
            GROUP: (self.group,) if self.group else (),
        }
        return {field: values for field, values in values_by_field.items() if values}

    @property
    def filters(self) -> tuple[str, ...]:
        """Return the index fields that have a filter, including the price."""
        return (*self.choices, *((PRICE,) if self.limits_price else ()))

    @property
    def limits_price(self) -> bool:
        """Return whether the price has a lower or an upper limit."""
        return self.price_from is not None or self.price_to is not None


def remove_filter(request: SearchRequest, field: str) -> SearchRequest:
    """Return ``request`` without its filter on ``field``.

    :param field: one of ``request.filters``.
    :raises RequestError: when neither a text nor a filter is left.
    """
    if field == PRICE:
        return replace(request, price_from=None, price_to=None)
    if field == GROUP:
        return replace(request, group=None)
    if field.startswith(ATTRIBUTES):
        others = tuple(pair for pair in request.attributes if f"{ATTRIBUTES}{pair[0]}" != field)
        return replace(request, attributes=others)
    brands = () if field == "brand" else request.brands
    categories = () if field == "category" else request.categories
    availability = () if field == "availability" else request.availability
    return replace(request, brands=brands, categories=categories, availability=availability)


def parameter_of(field: str) -> str:
    """Return the request parameter that filters by ``field`` of the index."""
    if field.startswith(ATTRIBUTES):
        return f"{ATTRIBUTE_PARAMETER}{field.removeprefix(ATTRIBUTES)}"
    return field


def _text_faults(request: SearchRequest) -> tuple[Fault, ...]:
    if request.browses and not request.filters:
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
