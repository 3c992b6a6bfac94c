"""Links to the pages of one search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.request import MAX_DEPTH, SearchRequest
from query_api.pages import urls

_NEAR_PAGES: Final = 2


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page number; without ``url`` it is the page shown, without ``number`` a gap."""

    number: int | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Pager:
    """Links to the pages; none where one page has all hits."""

    pages: tuple[PageLink, ...]
    first: str
    previous: str | None
    following: str | None


def pager(request: SearchRequest, *, listed: int, last: int) -> Pager:
    """Return the links to the pages, as deep as Elasticsearch allows.

    The ``listed`` hits and the current page have numbers; relevant hits may be ranked below others,
    so the link to the next page goes on until the ``last`` hit.
    """
    size, offset = request.size, request.offset
    end = MAX_DEPTH - MAX_DEPTH % size
    more = offset + size < min(last, end)
    return Pager(
        pages=_numbers(request, -(-min(max(listed, offset + 1), end) // size)),
        first=urls.page_url(request, 0),
        previous=urls.page_url(request, max(0, offset - size)) if offset else None,
        following=urls.page_url(request, offset + size) if more else None,
    )


def _numbers(request: SearchRequest, count: int) -> tuple[PageLink, ...]:
    """Return the first page, those around the current one, and the last, with gaps between."""
    if count < 2:
        return ()
    current = request.offset // request.size + 1
    near = range(current - _NEAR_PAGES, current + _NEAR_PAGES + 1)
    wanted = sorted({1, count, *(page for page in near if 1 <= page <= count)})
    pages: list[PageLink] = []
    for page in wanted:
        if pages and page - (pages[-1].number or 0) > 1:
            pages.append(PageLink(None, None))
        url = None if page == current else urls.page_url(request, (page - 1) * request.size)
        pages.append(PageLink(page, url))
    return tuple(pages)
