import logging

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import CatalogueIndexError, ClusterUnavailableError
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from query_api.api.serializers import search_json


@pytest.fixture
def searcher(client, coded_shop) -> Searcher:
    """Return a searcher without a model, which searches by text alone."""
    return Searcher(client, index=coded_shop.index, window=10)


def ids(result) -> list[str]:
    return [hit.id for hit in result.hits]


def test_without_a_model_the_search_is_by_text_and_degraded(searcher, coded_shop):
    result = searcher.search(SearchRequest("hammer drill"), request_id="r-1")

    assert ids(result)[0] == "p1"
    assert result.mode == "text"
    assert result.degraded == ("no model is loaded",)
    assert result.request_id == "r-1"
    assert result.index.startswith(f"{coded_shop.index}-4-")
    assert result.model is None
    assert result.corrected is None
    assert result.codes == ()
    assert searcher.counts["text"] == 1


def test_a_hit_has_the_product_as_the_shop_wrote_it(searcher):
    product = searcher.search(SearchRequest("hammer")).hits[0].product

    assert product.title == "Hammer drill 18V"
    assert product.category == ("Tools", "Drills")
    assert product.attributes == {"colour": ("blue",)}


@pytest.mark.parametrize("text", ["4006381333931", "4 006381 333931", "gsb-18v", "GSB 18V"])
def test_an_identifier_ranks_its_product_first(searcher, text):
    result = searcher.search(SearchRequest(text, explain=True))

    assert ids(result)[0] == "p1"
    assert result.hits[0].explanation is not None
    assert result.hits[0].explanation.identifier_match


def test_an_identifier_needs_no_model(searcher):
    assert searcher.search(SearchRequest("4006381333931")).mode == "exact+text"


def test_pages_meet_without_gap_or_repeat_across_the_window(searcher):
    pages = [searcher.search(SearchRequest("spanner", size=7, offset=at)) for at in range(0, 35, 7)]

    all_ids = [hit.id for page in pages for hit in page.hits]
    assert all_ids == [f"s{number:02}" for number in range(30)]  # equal scores are sorted by id
    assert [hit.rank for hit in pages[1].hits] == [8, 9, 10, 11, 12, 13, 14]
    assert pages[0].total == 30


def test_a_page_after_the_last_hit_is_empty(searcher):
    result = searcher.search(SearchRequest("spanner", offset=9_990))

    assert result.hits == ()
    assert result.total == 30


def test_nothing_matches_nonsense(searcher):
    result = searcher.search(SearchRequest("☕☕ qqqqxx"))

    assert result.hits == ()
    assert result.total == 0


def test_facets_and_total_are_optional(searcher):
    result = searcher.search(SearchRequest("spanner", facets=False))

    assert result.facets is None
    assert result.total is None
    assert len(result.hits) == 10


def test_the_json_has_explanations_only_on_request(searcher):
    plain = search_json(searcher.search(SearchRequest("hammer drill")))
    explained = search_json(searcher.search(SearchRequest("hammer drill", explain=True)))

    assert "explanation" not in plain["hits"][0]
    assert plain["hits"][0]["matched_codes"] == []
    assert set(explained["hits"][0]["explanation"]) == {
        "scores",
        "features",
        "rank_change",
        "identifier_match",
        "clause_scores",
    }
    assert set(explained["hits"][0]["explanation"]["scores"]) == {
        "bm25",
        "cosine",
        "lexical",
        "feedback",
        "codes",
        "pinned",
    }
    assert plain["total"] == {"value": 1, "relation": "eq"}
    assert set(plain["took_ms"]) == {"understand", "elasticsearch", "rerank", "fetch", "total"}
    assert "vector" not in str(plain)


def test_the_error_of_a_missing_index_contains_its_name(client):
    searcher = Searcher(client, index="test-none")

    with pytest.raises(CatalogueIndexError, match="test-none"):
        searcher.search(SearchRequest("drill"))


def test_a_cluster_that_is_down_is_unavailable():
    with Elasticsearch("http://127.0.0.1:9", max_retries=0) as client:
        searcher = Searcher(client, index="test-none")

        with pytest.raises(ClusterUnavailableError):
            searcher.search(SearchRequest("drill"))


def test_the_view_is_read_again_when_it_is_old(client, coded_shop, caplog):
    searcher = Searcher(client, index=coded_shop.index, max_age_s=0.0)
    first = searcher.index_reader.view()

    searcher.index_reader.view()  # starts a reading in the background
    with searcher.index_reader._lock:
        pass

    assert searcher.index_reader.view() is not first
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_examples_are_brands_while_there_are_no_codes(searcher):
    examples = [(example.value, example.count) for example in searcher.index_reader.view().examples]

    assert examples == [("Makita", 3), ("Bosch", 2)]
