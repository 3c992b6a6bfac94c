from types import SimpleNamespace

import pytest

from gram_es.retrieval.recall.multi_search import RetrievalResult
from gram_es.retrieval.relaxation import find_unknown_words, relax
from gram_es.retrieval.request import DroppedConstraint, SearchRequest
from gram_es.retrieval.searcher import Searcher
from query_api.api.serializers import search_json


@pytest.fixture
def searcher(client, variants) -> Searcher:
    return Searcher(client, index=variants.index)


def test_the_filter_without_which_most_products_match_is_dropped_first(searcher):
    chosen = (("colour", ("blue", "green")),)
    request = SearchRequest("linen shirt", brands=("Elm", "Ash"), attributes=chosen, price_to=10.0)

    result = searcher.search(request)

    assert result.dropped == (DroppedConstraint("price", ("..10",)),)
    assert [hit.id for hit in result.hits] == ["r2", "r3"]
    assert result.request.filters == ("brand", "attributes.colour")
    assert result.total == 2


def test_a_dropped_attribute_is_reported_as_its_parameter(searcher):
    request = SearchRequest("linen shirt", attributes=(("colour", ("black",)),))

    assert search_json(searcher.search(request))["relaxed"] == {
        "dropped": [{"parameter": "attr.colour", "values": ("black",)}]
    }


def test_words_of_no_product_are_dropped(searcher):
    result = searcher.search(SearchRequest("linen qqqq shirt zzzz", sort="price_asc"))

    assert result.dropped == (DroppedConstraint("q", ("qqqq", "zzzz")),)
    assert [hit.id for hit in result.hits][:2] == ["q1", "q2"]
    assert result.text == "linen qqqq shirt zzzz"


def test_a_unit_is_never_dropped(searcher):
    result = searcher.search(SearchRequest("linen qqqq 16 oz - shirt", sort="price_asc"))

    assert [(dropped.parameter, dropped.values) for dropped in result.dropped] == [
        ("q", ("qqqq", "16"))
    ]


def test_a_stop_word_is_never_dropped(searcher):
    result = searcher.search(SearchRequest("napkin which qqqq"))

    assert result.dropped == (DroppedConstraint("q", ("qqqq",)),)


def test_words_are_dropped_even_if_there_are_partial_matches(searcher):
    result = searcher.search(SearchRequest("napkin qqqq"))

    assert result.dropped == (DroppedConstraint("q", ("qqqq",)),)
    assert result.total == 1


@pytest.mark.parametrize("rest", ["for one", "any", "16"])
def test_words_are_not_dropped_if_the_rest_names_nothing(searcher, rest):
    result = searcher.search(SearchRequest(f"qqqq {rest}"))

    assert (result.dropped, result.total) == ((), 0)


def test_a_word_of_the_language_is_not_dropped_but_the_rest_is_less_close(searcher):
    result = searcher.search(SearchRequest("sewing shirt"))

    assert (result.dropped, result.total) == ((), 0)
    assert result.less_close


def test_filters_do_not_replace_words_that_no_product_contains(searcher):
    result = searcher.search(SearchRequest("qqqq", brands=("Oak",)))

    assert (result.dropped, result.hits, result.total) == ((), (), 0)


def test_filters_that_exclude_each_other_are_all_dropped(searcher):
    request = SearchRequest("linen shirt", brands=("Ash",), categories=("Garden",), size=100)

    result = searcher.search(request)

    assert result.dropped == (
        DroppedConstraint("brand", ("Ash",)),
        DroppedConstraint("category", ("Garden",)),
    )
    assert result.total == 6


def test_an_order_without_partial_matches_is_dropped_last(searcher):
    result = searcher.search(SearchRequest("button napkin", sort="price_asc"))

    assert result.dropped == (DroppedConstraint("sort", ("price_asc",)),)
    assert {hit.id for hit in result.less_close} == {"b1", "n1"}


@pytest.mark.parametrize(
    "request_",
    [
        SearchRequest("qqqq"),
        SearchRequest("", brands=("Ash",)),
        SearchRequest("linen shirt", brands=("Ash",), relax=False),
        SearchRequest("linen shirt", brands=("Ash",), facets=False),
        SearchRequest("linen shirt", offset=500),
        SearchRequest("linen shirt"),
    ],
)
def test_nothing_is_dropped_where_it_does_not_help_or_is_switched_off(searcher, request_):
    result = searcher.search(request_)

    assert result.dropped == ()
    assert result.request == request_
    assert search_json(result)["relaxed"] is None


def test_pages_of_a_relaxed_search_meet(searcher):
    pages = [
        searcher.search(SearchRequest("linen shirt", brands=("Ash",), size=4, offset=at))
        for at in (0, 4)
    ]

    assert {page.dropped for page in pages} == {(DroppedConstraint("brand", ("Ash",)),)}
    all_ids = [hit.id for page in pages for hit in page.hits + page.less_close]
    assert len(all_ids) == len(set(all_ids)) == 8


def test_a_misspelling_of_a_known_word_is_not_unknown(client, gram, shop_index):
    words = ["cordles", "zxqvw"]

    assert find_unknown_words(client, shop_index.index, words, gram.speller.spell) == ["zxqvw"]


def test_a_search_that_timed_out_is_not_relaxed():
    def never(*_: object) -> None:
        raise AssertionError("nothing may be dropped")

    counts = {"total": {"doc_count": 0}, "brand": {"doc_count": 9}}
    request = SearchRequest("linen shirt", brands=("Ash",))
    retrieved = RetrievalResult(window=(), counts=counts, timed_out=True)
    ranking = SimpleNamespace(request=request, retrieved=retrieved, hits=())

    assert relax(ranking, never, never) == (ranking, ())
