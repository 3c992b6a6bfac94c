import pytest

from gram_es.records import Product
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from query_api.api.serializers import search_json


@pytest.fixture
def searcher(client, variants) -> Searcher:
    return Searcher(client, index=variants.index)


def ids(searcher: Searcher, request: SearchRequest) -> list[str]:
    result = searcher.search(request)
    return [hit.id for hit in (*result.hits, *result.less_close)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("price_asc", ["q1", "q2", "r1", "r2", "r3", "n2"]),
        ("price_desc", ["r3", "r2", "r1", "q2", "q1", "n2"]),
        ("newest", ["q2", "n2", "q1", "r1", "r2", "r3"]),
    ],
)
def test_only_relevant_products_are_sorted(searcher, sort, expected):
    result = searcher.search(SearchRequest("linen shirt", sort=sort))

    assert [hit.id for hit in result.hits] == expected  # neither the button nor the napkin
    assert result.total == 6
    assert result.mode == "text"
    assert search_json(result)["sort"] == sort


def test_sorted_pages_meet_without_gap_or_repeat(searcher):
    def page(at: int) -> list[str]:
        request = SearchRequest("linen shirt", sort="price_asc", size=2, offset=at)
        return ids(searcher, request)

    assert [page(at) for at in (0, 2, 4, 6)] == [["q1", "q2"], ["r1", "r2"], ["r3", "n2"], []]


def test_filters_alone_show_the_newest_first(searcher):
    result = searcher.search(SearchRequest("", brands=("Elm", "Oak")))

    assert [hit.id for hit in result.hits] == ["q2", "b1", "q1", "r1", "r2", "r3"]
    assert result.mode == "filter"
    assert result.total == 6
    assert search_json(result)["sort"] == "newest"
    assert search_json(result)["scope"] == "products that pass the filters"
    assert ids(searcher, SearchRequest("", brands=("Oak",), sort="price_asc")) == ["q1", "q2"]


def test_the_explanation_of_a_sorted_hit_has_its_clause_scores(searcher):
    [first, *_] = searcher.search(SearchRequest("linen shirt", sort="price_asc", explain=True)).hits

    assert first.explanation is not None
    assert first.explanation.features.bm25_raw > 0
    assert first.explanation.rank_change == 0
    assert set(first.explanation.clause_scores) == {"typed"}


@pytest.mark.parametrize("sort", ["relevance", "price_asc"])
def test_one_hit_represents_the_variants_of_a_group(searcher, sort):
    result = searcher.search(SearchRequest("linen shirt", sort=sort, collapse=True))

    partial = {"b1": 1, "n1": 1} if sort == "relevance" else {}
    assert {hit.id: hit.variants for hit in result.hits} == {"r1": 3, "q1": 2, "n2": 1}
    assert {hit.id: hit.variants for hit in result.less_close} == partial
    assert (result.total, result.groups) == (6, 3)
    assert search_json(result)["total"] == {"value": 6, "relation": "eq", "groups": 3}


@pytest.mark.parametrize("window", [2, 100])
def test_collapsed_pages_meet_across_the_window(client, variants, window):
    searcher = Searcher(client, index=variants.index, window=window)
    relevant = ["n2", "q1", "r1"]

    pages = [
        ids(searcher, SearchRequest("linen shirt", collapse=True, size=1, offset=at))
        for at in range(5)
    ]

    assert sorted(name for page in pages[:3] for name in page) == relevant
    assert sorted(name for page in pages[3:] for name in page) == ["b1", "n1"]


def test_the_variants_of_one_group_are_not_collapsed(searcher):
    request = SearchRequest("linen shirt", group="other shirt", collapse=True)

    assert ids(searcher, request) == ["q1", "q2"]


def test_the_representative_passes_the_filters(searcher):
    request = SearchRequest(
        "linen shirt", collapse=True, attributes=(("colour", ("blue",)),), sort="price_asc"
    )

    result = searcher.search(request)

    assert [(hit.id, hit.variants) for hit in result.hits] == [("q2", 1), ("r2", 1)]


def test_products_of_an_older_version_are_not_collapsed(client, index_products):
    products = [Product("a", "Linen shirt"), Product("b", "Linen shirt")]
    settings = index_products(products, {}, "m1", "f" * 64)
    for product in products:
        document = client.get(index=settings.index, id=product.id)["_source"]
        del document["group"]
        client.index(index=settings.index, id=product.id, document=document, refresh=True)

    result = Searcher(client, index=settings.index).search(SearchRequest("shirt", collapse=True))

    assert [(hit.id, hit.variants) for hit in result.hits] == [("a", None), ("b", None)]
    assert result.groups is None
    assert "variants are not collapsed: an older gram-es wrote 2 products of" in result.degraded[1]
