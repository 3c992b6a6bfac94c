"""Links to the other pages of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.request import MAX_DEPTH, SearchRequest
from query_api.pages import urls

_ADJACENT_PAGES: Final = 2


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page of results, or a gap in the list of pages.

    The current page has a ``number`` but no ``url``; a gap has neither.
    """

    number: int | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Pager:
    """Links to the pages of a search.

    ``pages`` is empty if it would contain only one page. ``previous`` and ``following`` are the
    URLs of the adjacent pages, or ``None``. ``following_is_less_close`` is true if the next page
    contains no relevant hit.
    """

    pages: tuple[PageLink, ...]
    first: str
    previous: str | None
    following: str | None
    following_is_less_close: bool


def pager(request: SearchRequest, *, listed: int, last: int) -> Pager:
    """Return the links to the pages of a search, up to the last page that Elasticsearch can return.

    The numbered pages end with the last page of relevant hits, or with the current page if it comes
    later. The link to the next page leads on to the less close hits.

    :param listed: the number of relevant hits.
    :param last: the rank of the last hit, relevant or not.
    """
    size, offset = request.size, request.offset
    end = MAX_DEPTH - MAX_DEPTH % size
    more = offset + size < min(last, end)
    return Pager(
        pages=_numbers(request, -(-min(max(listed, offset + 1), end) // size)),
        first=urls.page_url(request, 0),
        previous=urls.page_url(request, max(0, offset - size)) if offset else None,
        following=urls.page_url(request, offset + size) if more else None,
        following_is_less_close=offset + size >= listed,
    )


def _numbers(request: SearchRequest, count: int) -> tuple[PageLink, ...]:
    """Return the first page, the last page, the pages around the current page, and gaps."""
    if count < 2:
        return ()
    current = request.offset // request.size + 1
    adjacent = range(current - _ADJACENT_PAGES, current + _ADJACENT_PAGES + 1)
    numbers = sorted({1, count, *(page for page in adjacent if 1 <= page <= count)})
    pages: list[PageLink] = []
    for page in numbers:
        if pages and page - (pages[-1].number or 0) > 1:
            pages.append(PageLink(None, None))
        url = None if page == current else urls.page_url(request, (page - 1) * request.size)
        pages.append(PageLink(page, url))
    return tuple(pages)
