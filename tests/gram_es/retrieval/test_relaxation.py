from types import SimpleNamespace

import pytest

from gram_es.retrieval.recall.multi_search import Retrieved
from gram_es.retrieval.relaxation import find_unknown_words, relax
from gram_es.retrieval.request import Dropped, SearchRequest
from gram_es.retrieval.searcher import Searcher
from query_api.api.serializers import search_json


@pytest.fixture
def searcher(client, variants) -> Searcher:
    return Searcher(client, index=variants.index)


def test_the_filter_that_leaves_most_goes_first_and_is_named(searcher):
    chosen = (("colour", ("blue", "green")),)
    request = SearchRequest("linen shirt", brands=("Elm", "Ash"), attributes=chosen, price_to=10.0)

    result = searcher.search(request)

    assert result.dropped == (Dropped("price", ("..10",)),)
    assert [hit.id for hit in result.hits] == ["r2", "r3"]
    assert result.request.filters == ("brand", "attributes.colour")
    assert result.total == 2


def test_an_attribute_is_named_by_its_parameter(searcher):
    request = SearchRequest("linen shirt", attributes=(("colour", ("black",)),))

    assert search_json(searcher.search(request))["relaxed"] == {
        "dropped": [{"parameter": "attr.colour", "values": ("black",)}]
    }


def test_words_that_no_product_has_go(searcher):
    result = searcher.search(SearchRequest("linen qqqq shirt zzzz", sort="price_asc"))

    assert result.dropped == (Dropped("q", ("qqqq", "zzzz")),)
    assert [hit.id for hit in result.hits][:2] == ["q1", "q2"]
    assert result.text == "linen qqqq shirt zzzz"


def test_a_unit_is_no_word_that_products_lack(searcher):
    result = searcher.search(SearchRequest("linen qqqq 16 oz - shirt", sort="price_asc"))

    assert [(dropped.parameter, dropped.values) for dropped in result.dropped] == [
        ("q", ("qqqq", "16"))
    ]


def test_words_go_though_there_are_near_products(searcher):
    result = searcher.search(SearchRequest("napkin qqqq"))

    assert result.dropped == (Dropped("q", ("qqqq",)),)
    assert result.total == 1


def test_a_text_that_nothing_matches_leaves_the_filters(searcher):
    result = searcher.search(SearchRequest("qqqq", brands=("Oak",)))

    assert result.dropped == (Dropped("q", ("qqqq",)),)
    assert result.mode == "filter"
    assert [hit.id for hit in result.hits] == ["q2", "q1"]


def test_filters_that_exclude_each_other_all_go(searcher):
    request = SearchRequest("linen shirt", brands=("Ash",), categories=("Garden",), size=100)

    result = searcher.search(request)

    assert result.dropped == (Dropped("brand", ("Ash",)), Dropped("category", ("Garden",)))
    assert result.total == 6


def test_an_order_that_leaves_out_what_is_near_goes_last(searcher):
    result = searcher.search(SearchRequest("button napkin", sort="price_asc"))

    assert result.dropped == (Dropped("sort", ("price_asc",)),)
    assert {hit.id for hit in result.hits} == {"b1", "n1"}


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
def test_nothing_is_dropped_where_that_gains_nothing_or_is_not_wanted(searcher, request_):
    result = searcher.search(request_)

    assert result.dropped == ()
    assert result.request == request_
    assert search_json(result)["relaxed"] is None


def test_pages_of_a_recovered_search_meet(searcher):
    pages = [
        searcher.search(SearchRequest("linen shirt", brands=("Ash",), size=4, offset=at))
        for at in (0, 4)
    ]

    assert {page.dropped for page in pages} == {(Dropped("brand", ("Ash",)),)}
    found = [hit.id for page in pages for hit in page.hits]
    assert len(found) == len(set(found)) == 8


def test_a_slip_of_a_word_that_products_have_is_kept(client, gram, stocked):
    words = ["cordles", "zxqvw"]

    assert find_unknown_words(client, stocked.index, words, gram.speller.correct) == ["zxqvw"]


def test_a_cluster_that_gave_up_early_may_hold_what_was_asked_for():
    def never(*_: object) -> None:
        raise AssertionError("nothing is to be dropped")

    counts = {"total": {"doc_count": 0}, "brand": {"doc_count": 9}}
    request = SearchRequest("linen shirt", brands=("Ash",))
    retrieved = Retrieved(window=(), counts=counts, timed_out=True)
    ranking = SimpleNamespace(request=request, retrieved=retrieved, hits=())

    assert relax(ranking, never, never) == (ranking, ())
