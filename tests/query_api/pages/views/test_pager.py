from gram_es.retrieval.request import SearchRequest
from query_api.pages.views.pager import pager


def test_the_list_goes_on_beyond_the_pages_that_what_counts_would_fill() -> None:
    def shown(offset: int) -> tuple[list[int | None], bool, bool]:
        way = pager(SearchRequest("drill", offset=offset, size=20), listed=40, last=300)
        return [page.number for page in way.pages], bool(way.previous), bool(way.following)

    assert shown(0) == ([1, 2], False, True)
    assert shown(20) == ([1, 2], True, True)
    assert shown(40) == ([1, 2, 3], True, True)
    assert shown(280) == ([1, None, 13, 14, 15], True, False)


def test_one_page_that_holds_all_needs_no_way() -> None:
    way = pager(SearchRequest("drill", size=20), listed=7, last=7)

    assert (way.pages, way.previous, way.following) == ((), None, None)


def test_near_products_alone_have_pages_too() -> None:
    way = pager(SearchRequest("drill", size=20), listed=0, last=30)

    assert way.following is not None
