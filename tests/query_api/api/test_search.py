import pytest


def test_an_answer_has_the_documented_fields(web):
    answer = web.get("/search?q=hammer+drill&explain=true")

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert list(answer.json) == [
        "request_id",
        "query",
        "sort",
        "mode",
        "degraded",
        "index",
        "model",
        "relaxed",
        "message",
        "scope",
        "total",
        "took_ms",
        "hits",
        "less_close",
        "facets",
    ]
    assert answer.json["query"] == {
        "text": "hammer drill",
        "corrected": None,
        "alternatives": [],
        "searched_text": "hammer drill",
        "conditions": [],
        "codes": [],
        "language_model": None,
    }
    assert answer.json["mode"] == "text"
    assert answer.json["degraded"] == ["no model is loaded"]
    [first, *_] = answer.json["hits"]
    assert first["id"] == "p1"
    assert first["product"]["price"] == 99.0
    assert first["explanation"]["features"]["bm25_raw"] > 0


def test_the_conditions_in_the_words_are_listed(web):
    answer = web.get("/search", query_string={"q": "cheap drill under £100 without bit"})

    assert [hit["id"] for hit in answer.json["hits"]] == ["p1"]
    assert answer.json["query"]["searched_text"] == "drill"
    assert answer.json["sort"] == "price_asc"
    applied = {"applied": True, "note": None}
    assert answer.json["query"]["conditions"] == [
        {"kind": "order", "words": "cheap", "sort": "price_asc", **applied},
        {
            "kind": "price",
            "words": "under £100",
            "from": None,
            "to": 100.0,
            "currencies": ["GBP"],
            **applied,
        },
        {"kind": "exclusion", "words": "without bit", "without": ["bit"], **applied},
    ]


def test_a_condition_without_effect_says_why(web):
    foreign = web.get("/search", query_string={"q": "drill under $50"})
    chosen = web.get("/search", query_string={"q": "cheap drill", "sort": "price_desc"})

    [price], [order] = (each.json["query"]["conditions"] for each in (foreign, chosen))
    assert (price["applied"], price["note"]) == (False, "Prices are in GBP and are not converted.")
    assert (order["applied"], order["note"]) == (False, "The chosen order takes precedence.")
    assert chosen.json["sort"] == "price_desc"


def test_filters_repeat_and_combine(web):
    answer = web.get("/search?q=drill&brand=Bosch&brand=Makita+%26+Sons&category=Drills")

    assert {hit["id"] for hit in answer.json["hits"]} == {"p1", "p2"}
    assert answer.json["total"] == {"value": 2, "relation": "eq"}


@pytest.mark.parametrize(
    ("price", "ids"),
    [
        ("10..60", {"p2", "evil"}),
        ("49.5..", {"p1", "p2"}),
        ("..9.99", {"p3"}),
        ("12.5..12.5", {"evil"}),
    ],
)
def test_price_ranges_include_both_ends(web, price, ids):
    answer = web.get("/search", query_string={"q": "drill", "price": price})

    assert {hit["id"] for hit in answer.json["hits"]} == ids


def test_paging_by_size_and_from(web):
    answer = web.get("/search?q=spanner&size=20&from=40")

    assert [hit["id"] for hit in answer.json["hits"]] == ["s40", "s41", "s42", "s43", "s44"]
    assert answer.json["hits"][0]["rank"] == 41
    assert answer.json["total"]["value"] == 45


def test_facets_have_counts_and_a_scope(web):
    answer = web.get("/search?q=drill").json

    assert {"value": "Bosch", "count": 2} in answer["facets"]["brand"]
    assert {"value": "Drills", "count": 2} in answer["facets"]["category"]
    assert {"from": None, "to": 9.99, "count": 1} in answer["facets"]["price"]
    assert answer["scope"] == "products that contain the word"


def test_the_list_the_total_the_facets_and_every_order_are_about_the_same_products(web):
    ranked = web.get("/search?q=hammer+drill&size=50").json
    cheapest = web.get("/search?q=hammer+drill&size=50&sort=price_asc").json

    assert [hit["id"] for hit in ranked["hits"]] == ["p1"]
    assert [hit["id"] for hit in cheapest["hits"]] == ["p1"]
    assert ranked["total"] == cheapest["total"] == {"value": 1, "relation": "eq"}
    assert ranked["facets"]["brand"] == [{"value": "Bosch", "count": 1}]
    assert [hit["rank"] for hit in ranked["less_close"]] == [2, 3, 4]
    assert (cheapest["less_close"], cheapest["message"]) == ([], None)


def test_pages_go_on_with_the_less_close_hits(web):
    pages = [web.get(f"/search?q=hammer+drill&size=2&from={at}").json for at in (0, 2, 4)]

    assert [len(page["hits"]) for page in pages] == [1, 0, 0]
    assert [len(page["less_close"]) for page in pages] == [1, 2, 0]
    assert [page["message"] for page in pages] == [None, None, "There are no results on this page"]


def test_candidates_are_less_close_if_nothing_matches_closely(web):
    answer = web.get("/search?q=hammer+spanner").json

    assert (answer["hits"], answer["total"]["value"]) == ([], 0)
    assert answer["message"] == "No product matches “hammer spanner” closely"
    assert answer["scope"] == "products that contain both words"
    assert len(answer["less_close"]) == 10
    assert answer["facets"]["brand"] == []


def test_filters_alone_are_a_search(web):
    answer = web.get("/search?category=Drills&sort=price_asc").json

    assert [hit["id"] for hit in answer["hits"]] == ["p2", "p1"]
    assert (answer["mode"], answer["sort"]) == ("filter", "price_asc")


def test_attributes_and_availability_filter_and_are_counted(web):
    answer = web.get("/search?q=drill&attr.colour=red&attr.colour=blue&availability=in_stock").json

    assert [hit["id"] for hit in answer["hits"]] == ["p1"]
    assert answer["facets"]["attributes"]["colour"] == [{"value": "blue", "count": 1}]
    assert {"value": "in_stock", "count": 1} in answer["facets"]["availability"]


def test_highlights_are_segments_and_no_markup(web):
    answer = web.get("/search?q=alert+drill&highlight=true").json

    assert answer["hits"][0]["highlight"]["title"] == [
        {"text": "<script>", "matches": False},
        {"text": "alert", "matches": True},
        {"text": "(1)</script> ", "matches": False},
        {"text": "drill", "matches": True},
        {"text": " \u202egnp.exe", "matches": False},
    ]


def test_dropped_constraints_are_reported(web):
    relaxed = web.get("/search?q=spanner&brand=Bosch").json
    strict = web.get("/search?q=spanner&brand=Bosch&relax=false").json

    assert relaxed["relaxed"] == {"dropped": [{"parameter": "brand", "values": ["Bosch"]}]}
    assert relaxed["total"]["value"] == 45
    assert (strict["relaxed"], strict["hits"]) == (None, [])


def test_collapse_shows_one_hit_for_each_group(variant_web):
    collapsed = variant_web.get("/search?q=shirt&collapse=true").json
    separate = variant_web.get("/search?q=shirt").json

    assert [(hit["id"], hit["variants"]) for hit in collapsed["hits"]] == [("blue", 2)]
    assert collapsed["total"] == {"value": 2, "relation": "eq", "groups": 1}
    assert len(separate["hits"]) == 2
    assert "variants" not in separate["hits"][0]


def test_suggestions(web):
    answer = web.get("/suggest?q=bo")

    assert answer.json == {
        "text": "bo",
        "corrected": None,
        "suggestions": [{"text": "Bosch", "kind": "brand", "count": 2}],
    }
    assert [s["kind"] for s in web.get("/suggest?q=hammer+d&size=1").json["suggestions"]] == [
        "product"
    ]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "q is empty"),
        ("q=" + "x" * 513, "q has more than 512 characters"),
        ("q=x&size=0", "size is 0; at least 1"),
        ("q=x&size=21", "size is 21; at most 20"),
        ("q=x&lang=en", "lang is unknown; choose one of q, size"),
    ],
)
def test_a_bad_suggestion_is_a_400_that_says_why(web, query, reason):
    answer = web.get(f"/suggest?{query}")

    assert (answer.status_code, answer.json["detail"]) == (400, reason)


def test_why_a_product_is_missing(web):
    answer = web.get("/explain/missing?q=drill&brand=Bosch&id=p2")

    assert answer.status_code == 200
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    assert (answer.json["stage"], answer.json["filtered_by"]) == ("filtered", ["brand"])
    assert answer.json["title"] == "Drill driver"
    both = web.get("/explain/missing?size=0")
    assert {fault["parameter"] for fault in both.json["errors"]} == {"q", "size", "id"}


def test_facets_can_be_omitted(web):
    answer = web.get("/search?q=drill&facets=false").json

    assert "facets" not in answer
    assert answer["total"] is None


def test_all_invalid_parameters_are_reported_together(web):
    answer = web.get("/search?size=101&from=-1&price=5&explain=perhaps&sort=best&brand=%00")

    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 400
    assert answer.json["title"] == "Bad Request"
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    assert {fault["parameter"]: fault["reason"] for fault in answer.json["errors"]} == {
        "q": "is empty; give words, or a filter to browse by",
        "sort": "is 'best'; known: relevance, price_asc, price_desc, newest",
        "size": "is 101; at most 100",
        "from": "is '-1'; give a whole number",
        "price": "is '5'; write it as 50..200, 50.. or ..200",
        "explain": "is 'perhaps'; give true or false",
    }


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("q=", "q is empty; give words, or a filter to browse by"),
        ("q=%00%07", "q is empty; give words, or a filter to browse by"),
        ("q=" + "word+" * 5_000, "q has 24999 characters; at most 512"),
        ("q=x&size=0", "size is 0; at least 1"),
        ("q=x&size=100&from=9901", "from plus size is 10001; at most 10000"),
        ("q=x&price=9..5", "price runs from 9 down to 5; give the lower end first"),
        ("q=x&price=..", "price is '..'; write it as 50..200, 50.. or ..200"),
        ("q=x&price=nan..", "price is 'nan..'; write it as 50..200, 50.. or ..200"),
        ("q=x&size=" + "9" * 5_000, "size is '" + "9" * 40 + "…'; give a whole number"),
        ("q=x" + "".join(f"&brand={n}" for n in range(21)), "brand is given 21 times; at most 20"),
        ("q=x&brand=" + "b" * 513, "brand has more than 512 characters"),
        ("q=x&attr.=red", "attr. is not the name of an attribute"),
        (
            "q=x" + "".join(f"&attr.a{n}=b" for n in range(21)),
            "attr.* is given for 21 attributes; at most 20",
        ),
    ],
)
def test_a_bad_parameter_is_a_400_that_says_why(web, query, reason):
    answer = web.get(f"/search?{query}")

    assert answer.status_code == 400
    assert answer.json["detail"] == reason


def test_an_unknown_parameter_is_rejected(web):
    answer = web.get("/search?q=drill&colour=red")

    [fault] = answer.json["errors"]
    assert answer.status_code == 400
    assert fault["parameter"] == "colour"
    assert fault["reason"].startswith("is unknown; choose one of q, size, from, brand")
    assert (
        web.get("/?q=drill&utm_source=mail").status_code == 200
    )  # links to a page may have such parameters


def test_request_ids_are_taken_over_or_generated(web):
    valid = web.get("/search?q=drill", headers={"X-Request-ID": "shop-7"})
    invalid = web.get("/search?q=drill", headers={"X-Request-ID": "shop 7<"})

    assert valid.headers["X-Request-ID"] == valid.json["request_id"] == "shop-7"
    assert invalid.headers["X-Request-ID"] == invalid.json["request_id"]
    assert len(invalid.json["request_id"]) == 32


def test_a_cluster_that_is_down_is_a_503(disconnected_web):
    answer = disconnected_web.get("/search?q=drill")

    assert answer.status_code == 503
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"].startswith("the catalogue cannot be searched at the moment")
    assert answer.headers["Retry-After"] == "5"


def test_unknown_paths_and_methods_are_problems(web):
    missing, posted = web.get("/nowhere"), web.post("/search?q=drill")

    assert (missing.status_code, missing.mimetype) == (404, "application/problem+json")
    assert posted.status_code == 405
    assert "GET" in posted.headers["Allow"]


def test_an_internal_error_is_a_500_without_a_traceback(app, monkeypatch, caplog):
    searcher = app.extensions["gram-es-searcher"]
    monkeypatch.setattr(searcher, "search", lambda *_, **__: 1 / 0)

    answer = app.test_client().get("/search?q=drill", headers={"X-Request-ID": "r-500"})

    assert answer.status_code == 500
    assert answer.json["detail"] == "the server failed; find request r-500 in its log"
    assert "ZeroDivision" not in answer.text
    assert "ZeroDivisionError" in caplog.text
