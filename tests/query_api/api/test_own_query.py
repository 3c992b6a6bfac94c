"""``POST /codes`` and ``POST /rerank``, and their clauses in requests of a shop's own."""

from dataclasses import replace

import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from gram_es.retrieval import searcher
from gram_es.settings import Settings
from query_api.api.bodies import MAX_RERANKED

pytestmark = pytest.mark.elasticsearch_9

QUERY = "cordless drill"


def codes(web: FlaskClient, **body: object) -> dict:
    answer = web.post("/codes", json={"q": QUERY, **body})
    assert answer.status_code == 200, answer.text
    return answer.json


def scores(client: Elasticsearch, index: str, **request: object) -> dict[str, float]:
    found = client.search(index=index, size=50, source=False, **request)
    return {hit["_id"]: hit["_score"] for hit in found["hits"]["hits"]}


def test_the_codes_are_those_of_a_search(coded_web):
    answer = codes(coded_web, q="cordles drill under £50")
    search = coded_web.get("/search", query_string={"q": "cordles drill under £50"}).json

    assert {code["code"]: code["weight"] for code in answer["codes"]} == {
        code["code"]: code["weight"] for code in search["query"]["codes"]
    }
    assert answer["query"]["corrected"] == "cordless drill"
    assert answer["query"]["conditions"] == search["query"]["conditions"]
    assert answer["degraded"] == []


def test_the_spelling_is_corrected_only_if_it_is_allowed_to_be(coded_web):
    assert codes(coded_web, q="cordles drill", spelling=False)["query"]["corrected"] is None


def test_all_clauses_score_a_product_alike(
    coded_web: FlaskClient, client: Elasticsearch, shop_index: Settings
):
    answer = codes(coded_web, boost=5.0)

    by_clauses = scores(client, shop_index.index, query={"bool": {"should": answer["should"]}})
    by_vector = scores(client, shop_index.index, query=answer["sparse_vector"])
    by_retriever = scores(client, shop_index.index, retriever=answer["retriever"])

    assert by_clauses
    assert max(by_clauses.values()) <= 5.01
    assert by_vector == pytest.approx(by_clauses, rel=1e-3)
    assert by_retriever == by_vector


def test_the_clauses_add_to_the_score_of_a_function_score_query(
    coded_web: FlaskClient, client: Elasticsearch, shop_index: Settings
):
    own = {"match": {"title": "drill"}}
    answer = codes(coded_web, boost=3.0)
    agreement = scores(client, shop_index.index, query=answer["sparse_vector"])

    both = {"bool": {"must": [own], "should": answer["should"]}}
    query = {"function_score": {"query": both, "weight": 2.0, "boost_mode": "multiply"}}
    alone, combined = (scores(client, shop_index.index, query=each) for each in (own, query))

    assert combined
    assert {product: score for product, score in combined.items() if product in alone} == {
        product: pytest.approx(2 * (alone[product] + agreement.get(product, 0.0)), rel=1e-3)
        for product in combined.keys() & alone.keys()
    }


def test_the_filter_passes_the_products_that_state_a_leading_code(
    coded_web: FlaskClient, client: Elasticsearch, shop_index: Settings
):
    passed = scores(client, shop_index.index, query=codes(coded_web)["filter"])
    hits = coded_web.get("/search", query_string={"q": QUERY, "size": 100}).json["hits"]

    assert passed
    assert passed.keys() <= {hit["id"] for hit in hits}


def test_a_query_without_codes_matches_nothing(
    web: FlaskClient, client: Elasticsearch, small_shop: Settings
):
    answer = codes(web)

    assert answer["codes"] == answer["should"] == []
    assert answer["degraded"] == ["no model is loaded"]
    for query in (answer["sparse_vector"], answer["filter"]):
        assert scores(client, small_shop.index, query=query) == {}


def test_a_rerank_has_the_order_of_a_search(coded_web):
    hits = coded_web.get("/search", query_string={"q": QUERY, "size": 20, "facets": "false"}).json
    in_order = [hit["id"] for hit in hits["hits"]]

    answer = coded_web.post("/rerank", json={"q": QUERY, "ids": [*sorted(in_order), "nothing"]})

    assert [hit["id"] for hit in answer.json["hits"]][:5] == in_order[:5]
    assert answer.json["degraded"] == []
    assert {hit["id"] for hit in answer.json["hits"]} == set(in_order)
    assert answer.json["missing"] == ["nothing"]
    assert all(hit["relevant"] for hit in answer.json["hits"])


def test_a_rerank_keeps_products_that_the_query_does_not_match(web):
    answer = web.post("/rerank", json={"q": "drill driver", "ids": ["s00", "p2", "p2", "p1"]}).json

    assert [(hit["id"], hit["relevant"]) for hit in answer["hits"]] == [
        ("p2", True),
        ("p1", False),
        ("s00", False),
    ]
    assert answer["missing"] == []
    assert answer["degraded"] == ["no model is loaded"]


def test_conditions_of_the_words_have_no_effect_on_a_rerank(web):
    answer = web.post("/rerank", json={"q": "cheap drill under £20", "ids": ["p1", "p2"]}).json

    assert {hit["id"]: hit["relevant"] for hit in answer["hits"]} == {"p1": True, "p2": True}


def test_products_that_elasticsearch_had_no_time_for_are_not_missing(web, monkeypatch):
    retrieve = searcher.retrieve
    monkeypatch.setattr(
        searcher, "retrieve", lambda *given: replace(retrieve(*given), window=(), timed_out=True)
    )

    answer = web.post("/rerank", json={"q": "drill", "ids": ["p1"]}).json

    assert (answer["hits"], answer["missing"]) == ([], [])
    assert answer["degraded"][-1] == "Elasticsearch ran out of time; hits may be missing"


def test_a_word_that_only_the_index_has_is_not_corrected(
    coded_web: FlaskClient, client: Elasticsearch, shop_index: Settings
):
    product = {"id": "new", "title": "drillo", "text": "drillo"}
    client.index(index=shop_index.index, id="new", document=product, refresh=True)
    try:
        answer = codes(coded_web, q="drillo")
    finally:
        client.delete(index=shop_index.index, id="new", refresh=True)

    assert answer["query"]["corrected"] is None


@pytest.mark.parametrize(
    ("path", "body", "reasons"),
    [
        ("/codes", {}, {"q": "is missing"}),
        ("/codes", {"q": " \x01"}, {"q": "is empty"}),
        ("/codes", {"q": "a", "boost": float("nan")}, {"boost": "is not a number that JSON has"}),
        ("/rerank", {"q": "a", "ids": ["x" * 513]}, {"ids.0": "has more than 512 characters"}),
        (
            "/rerank",
            {"q": "under £50", "ids": ["p1"]},
            {"q": "has only words of conditions; add what is wanted"},
        ),
        ("/codes", {"q": 3, "boost": 0}, {"q": "is not a string", "boost": "must be above 0"}),
        ("/codes", {"q": "x" * 513}, {"q": "has more than 512 characters"}),
        ("/codes", {"q": "drill", "size": 2}, {"size": "is unknown"}),
        ("/codes", ["drill"], {"the body": "is not a JSON object"}),
        ("/codes", {"q": "drill", "boost": True}, {"boost": "is not a number"}),
        ("/rerank", {"q": "drill", "ids": []}, {"ids": "is empty"}),
        ("/rerank", {"q": "drill", "ids": "p1"}, {"ids": "is not a list"}),
        ("/rerank", {"q": "drill", "ids": ["p1", 7]}, {"ids.1": "is not a string"}),
        (
            "/rerank",
            {"q": "drill", "ids": ["p"] * (MAX_RERANKED + 1)},
            {"ids": "has more than 1000 items; send fewer at a time"},
        ),
    ],
)
def test_a_wrong_body_is_rejected_with_all_reasons(web, path, body, reasons):
    answer = web.post(path, json=body)

    assert answer.status_code == 400
    stated = {error["parameter"]: error["reason"] for error in answer.json["errors"]}
    assert stated == reasons


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": "[" * 5_000, "content_type": "application/json"}, 400),
        ({"data": '{"q": "\\ud800", "ids": ["p1"]}', "content_type": "application/json"}, 400),
        ({"data": "q=drill"}, 415),
        ({"json": {"q": "drill", "ids": ["x" * 500] * 200}}, 413),
    ],
)
def test_what_is_no_json_or_too_long_is_rejected(web, options, status):
    answer = web.post("/rerank", **options)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert "browser" not in answer.json["detail"]
