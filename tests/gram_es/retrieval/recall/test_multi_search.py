from base64 import b64decode
from dataclasses import replace

import pytest
from elasticsearch import Elasticsearch

from gram_es.codes.stored_codes import pack
from gram_es.errors import CatalogueIndexError, ClusterError
from gram_es.records import ProductCode, WeightedCode
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.hits import fetch_page
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.facets import read_facets, read_total
from gram_es.retrieval.recall.multi_search import (
    RetrievalResult,
    SearchBodies,
    retrieve,
    search_bodies,
)
from gram_es.retrieval.recall.plan import plan_query
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.rerank.blend import Calibration, HitFeatures
from gram_es.retrieval.rerank.window import RankedHit, rank_window
from gram_es.retrieval.searcher import Searcher

SLOT = "m0123456789ab"
PRODUCT_CODES = {"p1": (ProductCode("cordless drill", 1.0), ProductCode("bosch drill", 1.0))}
CODES = (WeightedCode("cordless drill", 0.6), WeightedCode("hose", 0.1))
CLAUSES = Clauses("drill", "drill", CODES, None, SLOT, scale=1 / 30)


def context(client: Elasticsearch, index: str) -> SearchContext:
    return Searcher(client, index=index).new_context("test")


def search(
    client: Elasticsearch, index: str, clauses: Clauses, request: SearchRequest
) -> RetrievalResult:
    plan = plan_query(clauses, request)
    bodies = search_bodies(plan, window=100, timeout_ms=1_000, reranked=True)
    return retrieve(client, index, plan, bodies)


def ranked(client: Elasticsearch, index: str, clauses: Clauses = CLAUSES) -> dict[str, RankedHit]:
    window = search(client, index, clauses, SearchRequest("drill")).window
    return {hit.id: hit for hit in rank_window(window, clauses, Calibration())}


def test_elasticsearch_adds_exactly_the_weight_of_a_code(client, coded_shop):
    hits = ranked(client, coded_shop.index)

    # The codes add .6 * 30 to p1 and p4, half of it to p2 and .1 * 30 to p5; p1, p2 and p3 match.
    # p5 comes last, because the model only infers its code.
    assert list(hits) == ["p1", "p4", "p2", "p3", "p5"]
    assert hits["p4"].score == pytest.approx(18.0)
    assert hits["p5"].score == pytest.approx(3.0)
    assert hits["p4"].features == HitFeatures(0.0, None, pytest.approx(0.6))
    assert hits["p5"].features == HitFeatures(0.0, None, pytest.approx(0.1))
    assert hits["p3"].features.agreement == 0.0
    assert hits["p3"].features.bm25_raw > 0
    assert hits["p1"].features.bm25_raw > 0
    assert hits["p1"].matched_codes == (CODES[0],)


def test_the_text_part_is_the_bm25_score(client, coded_shop):
    text_only = ranked(
        client, coded_shop.index, Clauses("drill", "drill", (), None, None, scale=1.0)
    )
    hits = ranked(client, coded_shop.index)

    assert hits["p2"].features.bm25_raw == pytest.approx(text_only["p2"].score, abs=1e-4)


def test_the_weight_of_a_code_in_a_product_counts(client, coded_shop):
    codes = (WeightedCode("cordless drill", 0.6), WeightedCode("1.5 inch pipe", 0.4))
    clauses = Clauses("", "", codes, None, SLOT, scale=0.125)

    hits = ranked(client, coded_shop.index, clauses)

    assert {name: hit.score for name, hit in hits.items()} == pytest.approx(
        {"p1": 4.8, "p4": 4.8, "p2": 2.4, "p5": 0.8}
    )
    assert hits["p2"].features.agreement == pytest.approx(0.3)
    assert hits["p5"].matched_codes == codes[1:]


@pytest.mark.parametrize("scale", [1 / 8, 1 / 30, 0.37])
def test_the_text_part_does_not_depend_on_the_codes(client, coded_shop, scale):
    codes = tuple(
        WeightedCode(label, weight)
        for label, weight in (("cordless drill", 0.613), ("bosch drill", 0.2), ("drill bit", 0.017))
    )
    text = ranked(client, coded_shop.index, Clauses("drill", "drill", (), None, None, scale))
    both = ranked(client, coded_shop.index, Clauses("drill", "drill", codes, None, SLOT, scale))

    assert {*text} == {"p1", "p2", "p3"}
    for name, hit in text.items():
        assert both[name].features.bm25_raw == pytest.approx(hit.score, abs=2e-5)
        assert both[name].features.agreement > 0


def test_an_inferred_code_makes_a_product_a_hit_but_not_relevant(client, coded_shop):
    codes = (WeightedCode("1.5 inch pipe", 0.5), WeightedCode("hose", 0.4))
    inferred = Clauses("", "", codes[:1], None, SLOT, scale=0.125)

    found = search(client, coded_shop.index, inferred, SearchRequest("pipe"))
    both = search(client, coded_shop.index, replace(inferred, codes=codes), SearchRequest("pipe"))

    assert [hit.id for hit in found.window] == ["p5"]
    assert found.counts is not None
    assert both.counts is not None
    assert (read_total(found.counts), read_total(both.counts)) == (0, 1)
    assert [hit.relevant for hit in (*found.window, *both.window)] == [False, True]


def test_more_relevant_products_than_the_window_holds_still_come_first(client, coded_shop):
    codes = (WeightedCode("cordless drill", 0.5), WeightedCode("drill bit", 0.01))
    clauses = Clauses("bosch", "bosch", codes, None, SLOT, scale=1 / 30)
    plan = plan_query(clauses, SearchRequest("bosch", size=2, offset=4))
    bodies = search_bodies(plan, window=3, timeout_ms=1_000, reranked=True)

    found = retrieve(client, coded_shop.index, plan, bodies)

    assert found.counts is not None
    assert read_total(found.counts) == 4
    assert [hit.relevant for hit in (*found.window, *found.beyond)] == [True] * 3


def test_the_window_includes_vectors_and_codes_of_the_query(client, coded_shop):
    window = search(client, coded_shop.index, CLAUSES, SearchRequest("drill")).window

    by_id = {hit.id: hit for hit in window}
    assert by_id["p1"].vector == bytes([0, 1, 2])
    assert by_id["p1"].packed == b64decode(pack(PRODUCT_CODES["p1"]))
    assert by_id["p1"].index.startswith(coded_shop.index)
    assert [hit.rank for hit in window] == [0, 1, 2, 3, 4]


def test_clause_scores_add_up_to_the_retrieval_score(client, coded_shop):
    clauses = Clauses("dril", "drill", CODES, None, SLOT, scale=1 / 30)
    window = search(client, coded_shop.index, clauses, SearchRequest("drill")).window
    hits = rank_window(window, clauses, Calibration())

    plan = plan_query(clauses, SearchRequest("dril", explain=True))
    page = fetch_page(context(client, coded_shop.index), hits, plan)

    assert len(page) == 5
    for hit, ranked_hit in zip(page, hits, strict=True):
        assert hit.explanation is not None
        assert sum(hit.explanation.clause_scores.values()) == pytest.approx(
            ranked_hit.score, abs=1e-4
        )
    assert page[0].explanation is not None
    assert "corrected" in page[0].explanation.clause_scores


def test_a_product_that_was_deleted_after_the_retrieval_is_omitted(client, coded_shop):
    hits = list(ranked(client, coded_shop.index).values())
    deleted = RankedHit("gone", coded_shop.index, 9, 0.1)

    plan = plan_query(CLAUSES, SearchRequest("drill"))
    page = fetch_page(context(client, coded_shop.index), [hits[0], deleted], plan)

    assert [hit.id for hit in page] == [hits[0].id]


def test_relevant_products_that_pass_the_filters_are_counted(client, coded_shop):
    request = SearchRequest("drill", brands=("Bosch",))

    counts = search(client, coded_shop.index, CLAUSES, request).counts

    assert counts is not None
    assert read_total(counts) == 2  # p1 and p3
    facets = read_facets(counts, request)
    brands = {value.value: value.count for value in facets.brand}
    assert brands == {"Bosch": 2, "Makita": 2}  # p4 by its code; a facet ignores its own filter
    categories = [(value.value, value.count) for value in facets.category]
    assert categories == [("Tools", 2), ("Accessories", 1), ("Drills", 1)]
    assert [(price.low, price.high, price.count) for price in facets.price] == [
        (None, 9.99, 1),
        (50.0, 99.99, 1),
    ]


@pytest.mark.parametrize(
    ("limits", "ids"),
    [
        ({"categories": ("Drills",)}, {"p1", "p2"}),
        ({"categories": ("Drills", "Accessories")}, {"p1", "p2", "p3"}),
        ({"price_from": 49.5}, {"p1", "p2"}),
        ({"price_to": 10.0}, {"p3", "p4"}),
        ({"brands": ("Makita",), "price_to": 30.0}, {"p4"}),
        ({"brands": ("makita",)}, set()),
    ],
)
def test_filters(client, coded_shop, limits, ids):
    window = search(client, coded_shop.index, CLAUSES, SearchRequest("drill", **limits)).window

    assert {hit.id for hit in window} == ids


def test_a_missing_index_raises(client):
    with pytest.raises(CatalogueIndexError, match="there is no index behind test-none"):
        search(client, "test-none", CLAUSES, SearchRequest("drill"))


def test_a_body_that_elasticsearch_rejects(client, coded_shop):
    plan, body = plan_query(CLAUSES, SearchRequest("drill")), {"query": {"nonsense": {}}}

    with pytest.raises(ClusterError, match=r"cannot search .* 400: .*nonsense"):
        retrieve(client, coded_shop.index, plan, SearchBodies(body))
