"""``POST /instantsearch`` answers as Algolia's search API does."""

import logging
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.api.openapi import description
from query_api.app import create_app
from query_api.http.options import Options
from query_api.instantsearch import endpoint
from query_api.instantsearch.response import page_count


@pytest.fixture
def ask(web: FlaskClient, small_shop: Settings):
    """Return a function that sends one query for each set of parameters."""

    def send(*params: object, index: str = "") -> list[dict]:
        requests = [{"indexName": f"{small_shop.index}{index}", "params": each} for each in params]
        answer = web.post("/instantsearch", json={"requests": requests})
        assert answer.status_code == 200, answer.text
        return answer.json["results"]

    return send


def ids(result: dict) -> list[str]:
    return [hit["objectID"] for hit in result["hits"]]


def test_a_page_of_hits_has_algolias_numbers(ask):
    (result,) = ask({"query": "spanner", "page": 2, "hitsPerPage": 20})

    assert (result["nbHits"], result["nbPages"], result["page"]) == (45, 3, 2)
    assert (result["hitsPerPage"], len(result["hits"])) == (20, 5)
    assert result["exhaustive"] == {"facetsCount": True, "nbHits": True}
    assert result["hits"][0]["title"] == "Spanner"


def test_without_a_query_all_products_are_hits(ask):
    (result,) = ask({"query": ""})

    assert result["nbHits"] == 49


def test_no_more_pages_are_named_than_can_be_reached(ask):
    (result,) = ask({"query": "spanner", "page": 5, "hitsPerPage": 20})

    assert (result["hits"], result["nbPages"]) == ([], 3)


@pytest.mark.parametrize(
    ("listed", "size", "pages"), [(0, 20, 0), (41, 20, 3), (50_000, 30, 333), (9_999, 30, 333)]
)
def test_the_last_page_can_be_opened(listed, size, pages):
    assert page_count(listed, size) == pages


def test_less_close_hits_stand_apart(ask):
    (result,) = ask({"query": "drill driver"})

    assert ids(result) == ["p2"]
    assert {hit["objectID"] for hit in result["lessClose"]} == {"p1", "p3", "evil"}
    assert result["nbHits"] == 1


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"facetFilters": [["brand:Bosch"]]}, {"p1", "p3"}),
        ({"facetFilters": "brand:Bosch"}, {"p1", "p3"}),
        ({"facetFilters": [["brand:Bosch", "brand:Makita & Sons"]]}, {"p1", "p2", "p3"}),
        ({"facetFilters": ["brand:Bosch", "attributes.colour:blue"]}, {"p1"}),
        ({"facetFilters": [["brand:Bosch"], "brand:-Bosch"]}, set()),
        ({"facetFilters": ["brand:-Bosch"]}, {"p2", "evil"}),
        ({"facetFilters": [["category.lvl1:Tools > Drills"]]}, {"p1", "p2"}),
        ({"facetFilters": [["category.lvl0:Tools"]]}, {"p1", "p2", "p3"}),
        ({"facetFilters": [["category.lvl0:Drills"]]}, set()),
        ({"facetFilters": [["brand:Bosch", "availability:in_stock"]]}, {"p1", "p3"}),
        ({"numericFilters": ["price>=9.99", "price<49.5"]}, {"p3", "evil"}),
        ({"numericFilters": [["price>49.5"]]}, {"p1"}),
        ({"numericFilters": "price:9 TO 10"}, {"p3"}),
        ({"filters": "brand:Bosch AND price < 50"}, {"p3"}),
        ({"filters": "brand:Bosch OR attributes.colour:blue"}, {"p1", "p3"}),
        ({"filters": "NOT category:Tools"}, {"evil"}),
        ({"filters": "brand:Bosch", "facetFilters": [["brand:Bosch"]]}, {"p1", "p3"}),
        ({"filters": 'category:"Tools" AND category:"Drills"'}, {"p1", "p2"}),
    ],
)
def test_filters_select_products(ask, params, found):
    (result,) = ask({"query": "drill", **params})

    assert set(ids(result)) == found


@pytest.mark.parametrize(
    ("suffix", "first"), [("_price_asc", "p3"), ("_price_desc", "p1"), ("_relevance", "p3")]
)
def test_the_name_of_the_index_ends_with_the_order(ask, suffix, first):
    (result,) = ask({"query": "drill", "facetFilters": [["brand:Bosch"]]}, index=suffix)

    assert ids(result)[0] == first


def test_facets_are_counted_as_they_are_asked_for(ask):
    facets = ["brand", "category.lvl0", "category.lvl1", "attributes.colour", "price"]
    (result,) = ask({"query": "drill", "facets": facets, "facetFilters": [["brand:Bosch"]]})

    assert result["facets"]["brand"] == {
        "Bosch": 2,
        '"><img src=x onerror=alert(2)>': 1,
        "Makita & Sons": 1,
    }
    assert result["facets"]["category.lvl0"] == {"Tools": 2}
    assert result["facets"]["category.lvl1"] == {"Tools > Drills": 1}
    assert result["facets"]["attributes.colour"] == {"blue": 1}
    assert result["facets"]["price"] == {}
    assert result["facets_stats"]["price"] == {
        "min": 9.99,
        "max": 99.0,
        "avg": pytest.approx(54.495),
        "sum": pytest.approx(108.99),
    }


def test_a_conjunctive_facet_counts_only_what_has_its_choices(ask):
    (result,) = ask({"query": "drill", "facets": ["brand"], "facetFilters": ["brand:Bosch"]})

    assert result["facets"]["brand"] == {"Bosch": 2}


def test_a_star_stands_for_all_facets_and_a_limit_for_their_values(ask):
    (result,) = ask({"query": "drill", "facets": ["*"], "maxValuesPerFacet": 1})

    assert result["facets"]["brand"] == {"Bosch": 2}
    assert {"category", "availability", "price", "attributes.colour"} <= result["facets"].keys()
    assert result["facets_stats"]["price"]["max"] == 99.0


def test_queries_for_counts_alone_cost_no_search(ask, monkeypatch):
    searches = []
    run = endpoint.run_search
    monkeypatch.setattr(endpoint, "run_search", lambda each: searches.append(each) or run(each))
    main = {"query": "drill", "facets": ["brand"], "facetFilters": [["brand:Bosch"]]}

    found, counted = ask(main, {**main, "hitsPerPage": 0, "facetFilters": []})
    (alone,) = ask({**main, "hitsPerPage": 0, "facetFilters": []})

    assert [each.counts_only for each in searches] == [False, True]
    assert found["nbHits"] == 2
    assert (
        (counted["nbHits"], counted["facets"])
        == (4, alone["facets"])
        == (
            alone["nbHits"],
            found["facets"],
        )
    )
    assert counted["hits"] == []


def test_each_search_of_a_request_counts_for_the_rate_of_its_client(
    client: Elasticsearch, small_shop: Settings
):
    options = Options(max_requests_per_minute=3)
    web = create_app(Searcher(client, index=small_shop.index), options=options).test_client()

    def post(*texts: str) -> int:
        queries = [{"indexName": small_shop.index, "params": {"query": text}} for text in texts]
        return web.post("/instantsearch", json={"requests": queries}).status_code

    assert post("drill", "saw", "drill") == 200
    assert post("drill", "saw") == 429


def test_a_price_that_no_product_has_finds_nothing_and_its_extent_is_counted(ask):
    main = {"query": "drill", "facets": ["price"], "numericFilters": ["price>=9999"]}

    found, counted = ask(main, {**main, "hitsPerPage": 0, "numericFilters": []})

    assert (found["hits"], found["nbHits"], found["facets_stats"]) == (
        [],
        0,
        counted["facets_stats"],
    )
    assert counted["nbHits"] == 4
    assert counted["facets_stats"]["price"]["max"] == 99.0


def test_marks_are_those_that_the_client_asks_for(ask):
    tags = {"highlightPreTag": "__a__", "highlightPostTag": "__/a__"}
    (result,) = ask({"query": "hammer drill", **tags})

    assert result["hits"][0]["_highlightResult"]["title"] == {
        "value": "__a__Hammer__/a__ __a__drill__/a__ 18V",
        "matchLevel": "partial",
        "matchedWords": ["hammer", "drill"],
    }
    assert result["hits"][0]["_highlightResult"]["brand"]["value"] == "Bosch"
    colours = result["hits"][0]["_highlightResult"]["attributes"]["colour"]
    assert [each["value"] for each in colours] == ["blue"]


@pytest.mark.parametrize("tag", ["highlightPreTag", "highlightPostTag"])
def test_text_is_escaped_if_either_mark_is_markup(ask, tag):
    tags = {"highlightPreTag": "_", "highlightPostTag": "_", tag: "<i>"}
    (result,) = ask({"query": "alert drill", **tags})
    hit = next(each for each in result["hits"] if each["objectID"] == "evil")

    assert "<script>" not in hit["_highlightResult"]["title"]["value"]


def test_text_around_marks_of_markup_is_escaped(ask):
    (result,) = ask({"query": "alert drill", "attributesToSnippet": ["title:2", "price", "x"]})
    hit = next(each for each in result["hits"] if each["objectID"] == "evil")

    title = hit["_highlightResult"]["title"]["value"]
    assert "<script>" not in title
    assert "<em>drill</em>" in title
    assert hit["_snippetResult"]["title"]["value"].startswith("&lt;script&gt;")
    assert hit["_snippetResult"].keys() == {"title"}


def test_only_the_fields_that_are_asked_for_are_returned(ask):
    attributes = {"attributesToRetrieve": ["title", "attributes.colour"]}
    (result,) = ask({"query": "hammer", **attributes, "attributesToHighlight": []})

    assert result["hits"][0] == {
        "title": "Hammer drill 18V",
        "attributes": {"colour": ["blue"], "brushless": ["true"]},
        "objectID": "p1",
    }


def test_parameters_may_be_a_text_or_stand_beside_the_index(web: FlaskClient, small_shop: Settings):
    params = urlencode({"query": "12", "hitsPerPage": "3", "facetFilters": '[["brand:Bosch"]]'})
    flat = {"query": "drill", "facets": "brand,price", "unknown": {"ignored": 1}, "page": None}
    body = {
        "requests": [
            {"indexName": small_shop.index, "params": params},
            {"indexName": small_shop.index, **flat},
        ]
    }
    first, second = web.post("/instantsearch", json=body).json["results"]

    assert (first["query"], first["hitsPerPage"]) == ("12", 3)
    assert second["facets"].keys() == {"brand", "price"}


@pytest.mark.parametrize(
    ("params", "name", "reason"),
    [
        ({"hitsPerPage": 101}, "hitsPerPage", "must be at most 100"),
        ({"hitsPerPage": "ten"}, "hitsPerPage", "is not a whole number"),
        ({"page": -1}, "page", "must be at least 0"),
        ({"page": 600}, "page", "plus size is 12020; at most 10000"),
        ({"query": "x" * 513}, "query", "has more than 512 characters"),
        ({"facets": ["colour"]}, "facets", "has 'colour', which is no facet; the facets are"),
        ({"facetFilters": ["colour:red"]}, "facetFilters", "has 'colour', which is no facet"),
        ({"facetFilters": {"brand": "x"}}, "facetFilters", "is not a list of texts"),
        ({"facetFilters": ["brand"]}, "facetFilters", "write a filter as brand:Acme"),
        ({"numericFilters": ["rating>3"]}, "numericFilters", "the only number to limit is price"),
        (
            {"numericFilters": [["price>3", "price<2"]]},
            "numericFilters",
            "one of several alternatives",
        ),
        ({"numericFilters": ["price>9", "price<2"]}, "numericFilters", "runs from 9 down to 2"),
        ({"filters": "price:cheap"}, "filters", "has a value of price; write"),
        ({"filters": "brand Acme"}, "filters", "has 'Acme' at character 7, where a colon"),
        (
            {"facetFilters": [[f"attributes.a{n}:x"] for n in range(21)]},
            "facetFilters",
            "filters by 21 attributes; at most 20",
        ),
        ({"facetFilters": ["a:b"] * 101}, "facetFilters", "has 101 filters; at most 100"),
    ],
)
def test_wrong_parameters_are_rejected_with_their_reasons(
    web: FlaskClient, small_shop: Settings, params, name, reason
):
    body = {"requests": [{"indexName": small_shop.index, "params": {"query": "drill", **params}}]}
    answer = web.post("/instantsearch", json=body)

    assert answer.status_code == 400
    (error,) = answer.json["errors"]
    assert error["parameter"].startswith(f"requests.0.{name}"[:40])
    assert reason in error["reason"]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"indexName": "other"}, "is 'other'; the index is"),
        ({"indexName": "INDEX_price_up"}, "in another order"),
        ({"indexName": "INDEX", "type": "facet"}, "the only type is 'default'"),
        ({"indexName": "INDEX", "params": {"aroundLatLng": "1,2"}}, "does not support"),
        ({"indexName": "INDEX", "params": [1]}, "neither an object nor a text"),
        ({}, "is missing"),
    ],
)
def test_wrong_queries_are_rejected_with_their_reasons(
    web: FlaskClient, small_shop: Settings, request_, reason
):
    name = str(request_.get("indexName", "")).replace("INDEX", small_shop.index)
    query = {**request_, **({"indexName": name} if name else {})}
    answer = web.post("/instantsearch", json={"requests": [query]})

    assert answer.status_code == 400
    assert reason in answer.json["errors"][0]["reason"]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"json": {"requests": []}}, 400),
        ({"json": []}, 400),
        ({"json": {"requests": [{"indexName": "x"}] * 21}}, 400),
        ({"data": "query=drill"}, 415),
        ({"json": {"requests": [{"indexName": "x" * 61_000}]}}, 413),
    ],
)
def test_what_is_no_list_of_queries_is_rejected(web: FlaskClient, options, status):
    answer = web.post("/instantsearch", **options)

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_the_limits_in_the_description_are_those_of_the_code():
    schemas = description()["components"]["schemas"]
    queries = schemas["InstantSearchRequest"]["properties"]["requests"]

    assert queries["maxItems"] == 20
    assert schemas["InstantSearchParams"]["properties"]["hitsPerPage"]["maximum"] == 100


def distinct_searches(index: str, count: int, filters: int = 0) -> dict[str, list[dict]]:
    chosen = [[f"brand:b{number}"] for number in range(filters)]
    queries = ({"query": f"drill {number}", "facetFilters": chosen} for number in range(count))
    return {"requests": [{"indexName": index, "params": query} for query in queries]}


def test_all_searches_together_have_a_limit_of_conditions(web: FlaskClient, small_shop: Settings):
    answer = web.post("/instantsearch", json=distinct_searches(small_shop.index, 6, filters=84))

    assert answer.status_code == 400
    assert answer.json["errors"] == [
        {
            "parameter": "requests",
            "reason": "have 504 conditions in their searches together; at most 500",
        },
    ]


def test_each_search_counts_for_the_rate_limit(client: Elasticsearch, small_shop: Settings):
    options = Options(max_requests_per_minute=6)
    limited = create_app(Searcher(client, index=small_shop.index), options=options).test_client()
    same = {"indexName": small_shop.index, "params": {"query": "drill"}}
    bodies = [
        distinct_searches(small_shop.index, 4),
        {"requests": [same] * 5},
        distinct_searches(small_shop.index, 2),
    ]

    statuses = [limited.post("/instantsearch", json=body).status_code for body in bodies]

    assert statuses == [200, 200, 429]


def test_a_search_for_counts_is_neither_logged_nor_sent_to_a_language_model(
    client: Elasticsearch, small_shop: Settings, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, logger="query_api.http.headers")
    kept = SimpleNamespace(add=lambda result: kept.texts.append(result.text), texts=[])
    app = create_app(
        Searcher(client, index=small_shop.index),
        options=Options(log_queries=True),
        query_log=kept,
    )
    params = ({"query": "drill"}, {"query": "spanner", "hitsPerPage": 0, "facets": ["brand"]})
    requests = [{"indexName": small_shop.index, "params": each} for each in params]

    hits, counts = (
        app.test_client().post("/instantsearch", json={"requests": requests}).json["results"]
    )

    assert kept.texts == ["drill"]
    assert (len(hits["hits"]), counts["hits"], counts["nbHits"]) == (4, [], 45)
    (record,) = [each for each in caplog.records if hasattr(each, "searches")]
    assert [each["query"] for each in record.searches] == ["drill", "spanner"]
