"""What a shopper asks for, checked: the text, the page, the filters."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from gram_es.errors import GramError

MAX_TEXT_CHARS: Final = 512
MAX_DEPTH: Final = 10_000  # the result window that Elasticsearch allows by default
WINDOW: Final = 1_000  # products; R@500 is .01 above that of 500, as good as that of 2,000
SORTS: Final = ("relevance",)


@dataclass(frozen=True, slots=True)
class Fault:
    """One part of a request that cannot be used, and why."""

    name: str
    reason: str


class RequestError(GramError):
    """A search request holds values that cannot be used; ``faults`` names every one of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{fault.name} {fault.reason}" for fault in faults))
        self.faults = faults

    def __reduce__(self) -> tuple[type[RequestError], tuple[tuple[Fault, ...]]]:
        return (type(self), (self.faults,))


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search.

    ``offset`` counts hits, from 0. ``brands`` and ``categories`` are alternatives within
    themselves, and a category may be of any level. Both ends of the price belong to the range,
    in the feed's currency. Without ``facets`` neither facets nor the total are counted.

    :raises RequestError: naming every field that cannot be used.
    """

    text: str
    size: int = 10
    offset: int = 0
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    price_from: float | None = None
    price_to: float | None = None
    sort: str = "relevance"
    explain: bool = False
    facets: bool = True

    def __post_init__(self) -> None:
        faults = (*_text_faults(self.text), *_page_faults(self), *_price_faults(self))
        if self.sort not in SORTS:
            faults = (*faults, Fault("sort", f"is {self.sort!r}; known: {', '.join(SORTS)}"))
        if faults:
            raise RequestError(faults)

    @property
    def priced(self) -> bool:
        """Tell whether the price is limited at either end."""
        return self.price_from is not None or self.price_to is not None


def clean_text(text: str) -> str:
    """Return ``text`` with control characters and lone surrogates as blanks, and blanks single."""
    kept = (" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    return " ".join("".join(kept).split())


def _text_faults(text: str) -> tuple[Fault, ...]:
    if not clean_text(text):
        return (Fault("q", "is empty"),)
    if len(text) > MAX_TEXT_CHARS:
        return (Fault("q", f"has {len(text)} characters; at most {MAX_TEXT_CHARS}"),)
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
