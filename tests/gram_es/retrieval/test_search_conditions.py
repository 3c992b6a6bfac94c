"""Searches whose words state conditions, and searches for names with signs."""

import pytest
from elasticsearch import Elasticsearch

from gram_es.records import Product
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import SearchResult
from gram_es.retrieval.searcher import Searcher


def product(name: str, title: str, price: float, *, description: str | None = None, **more):
    return Product(name, title, price=price, currency="EUR", description=description, **more)


PRODUCTS = (
    product("k1", "Steel kettle", 20.0, category=("Kitchen", "Kettles")),
    product("k2", "Enamel kettle 45 W", 90.0, category=("Camping", "Kettles")),
    product(
        "k3", "Copper kettle", 45.0, description="Comes with a whistle.", category=("Kitchen",)
    ),
    product("k4", "Glass kettle", 60.0, description="Has no whistle."),
    product("c1", "Kettle cord", 4.0),
    product("n1", "Cord for 45", 3.0),
    product("q1", "Q&V desk phone", 30.0, brand="Q&V"),
    product("q2", "Phone stand at the desk and wall", 8.0),
    product("q3", "Desk phone with screen", 31.0, brand="q&v home"),
    product("q4", "Wall phone", 32.0, description="Unlocked for Q&V."),
    product("q5", "Phone cord QV-0277", 5.0, mpn="QV-0277"),
    product("q6", "Phone case QV-11", 6.0),
    product("m1", "K.O.R gloss", 12.0),
    product("m2", "Gloss, matt KOR-90", 13.0, mpn="KOR-90-A"),
    product("m3", "Gloss pen", 14.0, brand="Kor"),
    product("x1", "Submersible pump", 70.0, mpn="MAX-4711"),
    product("x2", "Pump hose", 7.0, brand="Cheap Gull"),
    product("z1", "Guide to Z++", 25.0),
    product("z2", "Guide to Z", 24.0),
    product("d1", "Crumb free toaster", 35.0),
    product("d2", "Toaster with crumb tray", 33.0),
)


@pytest.fixture(scope="module")
def searcher(client: Elasticsearch, index_products) -> Searcher:
    settings = index_products(PRODUCTS, {}, "m0123456789ab", "f" * 64)
    return Searcher(client, index=settings.index)


def ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


def test_a_price_in_words_is_a_filter(searcher):
    result = searcher.search(SearchRequest("kettle under 50"))

    assert {*ids(result)} == {"k1", "k3", "c1"}
    assert result.total == 3
    assert result.searched_text == "kettle"
    assert [condition.words for condition in result.conditions] == ["under 50"]
    assert result.text == "kettle under 50"


def test_a_number_with_a_unit_is_searched(searcher):
    result = searcher.search(SearchRequest("kettle under 45 w"))

    assert ids(result)[0] == "k2"
    assert result.conditions == ()


def test_cheap_orders_the_relevant_products_by_price(searcher):
    result = searcher.search(SearchRequest("cheap steel kettle"))

    assert result.request.order == "price_asc"
    assert ids(result) == ["k1"]


def test_a_chosen_order_and_price_take_precedence(searcher):
    request = SearchRequest("cheap kettle under 50", sort="relevance", price_to=30.0)
    result = searcher.search(request)

    assert result.request.order == "relevance"
    assert {*ids(result)} == {"k1", "c1"}


def test_a_literal_part_of_the_query_is_searched(searcher):
    result = searcher.search(SearchRequest("cord for under 45", literal=("for under 45",)))

    assert result.conditions == ()
    assert ids(result)[0] == "n1"


def test_a_price_in_another_currency_limits_nothing(searcher):
    result = searcher.search(SearchRequest("kettle under $50"))

    assert {"k2", "k4"} <= {*ids(result)}
    assert result.searched_text == "kettle"


def test_an_excluded_word_is_absent_or_said_to_be(searcher):
    result = searcher.search(SearchRequest("kettle without whistle"))

    assert {*ids(result)} == {"k1", "k2", "k4", "c1"}
    assert ids(result)[0] == "k4"


def test_free_is_a_name_where_the_catalogue_has_it(searcher):
    result = searcher.search(SearchRequest("crumb free toaster"))

    assert result.conditions == ()
    assert ids(result)[0] == "d1"


def test_a_condition_without_any_match_is_dropped(searcher):
    result = searcher.search(SearchRequest("gloss under 5"))

    assert {*ids(result)} == {"m1", "m2", "m3"}
    assert [(each.parameter, each.values) for each in result.dropped] == [("price", ("..5",))]
    assert result.conditions == ()


def test_an_order_in_words_is_dropped_with_its_words(searcher):
    result = searcher.search(SearchRequest("cheap gloss toaster"))

    assert {hit.id for hit in result.less_close} == {"m1", "m2", "m3", "d1", "d2"}
    assert [(each.parameter, each.values) for each in result.dropped] == [("sort", ("price_asc",))]
    assert (result.conditions, result.request.text) == ((), "gloss toaster")


def test_a_price_alone_lists_the_products_in_it(searcher):
    found = ids(searcher.search(SearchRequest("under 10")))

    assert {*found} == {"c1", "n1", "q2", "q5", "q6", "x2"}


@pytest.mark.parametrize("path", ["Kitchen > Kettles", "Kitchen>Kettles", " Kitchen  >Kettles "])
def test_a_category_path_selects_its_products_alone(searcher, path):
    request = SearchRequest("kettle", categories=(path,), relax=False)

    assert ids(searcher.search(request)) == ["k1"]


def test_a_category_name_selects_it_under_every_path(searcher):
    request = SearchRequest("kettle", categories=("Kettles",), relax=False)

    assert {*ids(searcher.search(request))} == {"k1", "k2"}


@pytest.mark.parametrize("sort", ["relevance", "price_asc"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Q&V", {"q1", "q3", "q4"}),
        ("q & v", {"q1", "q3", "q4"}),
        ("q&v phone", {"q1", "q3", "q4"}),
        ("K.O.R. gloss", {"m1", "m3"}),
        ("z++", {"z1"}),
    ],
)
def test_a_name_with_signs_is_one_word_and_no_part_number(searcher, query, found, sort):
    result = searcher.search(SearchRequest(query, sort=sort))

    assert {*ids(result)} == found
    assert result.total == len(found)


@pytest.mark.parametrize("query", ["MAX 4711", "pump max 4711"])
def test_a_part_number_that_reads_as_a_price_is_searched(searcher, query):
    result = searcher.search(SearchRequest(query))

    assert ids(result)[0] == "x1"
    assert result.conditions == ()


def test_a_brand_that_reads_as_an_order_is_searched(searcher):
    result = searcher.search(SearchRequest("cheap gull hose"))

    assert ids(result)[0] == "x2"
    assert result.request.order == "relevance"


def test_stop_words_are_no_share_of_the_words(searcher):
    result = searcher.search(SearchRequest("phone for the desk", sort="price_asc"))

    assert ids(result) == ["q2", "q1", "q3"]
