from gram_es.retrieval.request import SearchRequest
from query_api.pages.views.pager import pager


def test_there_are_next_pages_beyond_the_numbered_ones() -> None:
    def shown(offset: int) -> tuple[list[int | None], bool, bool]:
        links = pager(SearchRequest("drill", offset=offset, size=20), listed=40, last=300)
        return [page.number for page in links.pages], bool(links.previous), bool(links.following)

    assert shown(0) == ([1, 2], False, True)
    assert shown(20) == ([1, 2], True, True)
    assert shown(40) == ([1, 2, 3], True, True)
    assert shown(280) == ([1, None, 13, 14, 15], True, False)


def test_a_single_page_has_no_links() -> None:
    links = pager(SearchRequest("drill", size=20), listed=7, last=7)

    assert (links.pages, links.previous, links.following) == ((), None, None)


def test_partial_matches_alone_have_pages() -> None:
    links = pager(SearchRequest("drill", size=20), listed=0, last=30)

    assert links.following is not None
