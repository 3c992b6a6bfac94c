from dataclasses import replace

from gram_es.records import WeightedCode
from gram_es.retrieval.query.identifiers import QueryIdentifiers
from gram_es.retrieval.recall.clauses import Clauses, clause_scores_body, match_query
from gram_es.retrieval.recall.plan import (
    QueryPlan,
    beyond_window_body,
    filters_by_field,
    hits_query,
    plan_query,
    window_body,
)
from gram_es.retrieval.request import SearchRequest

CODES = (WeightedCode("cordless drill", 0.6), WeightedCode("drill driver", 0.2))


def clauses(
    typed: str = "cordles drill",
    corrected: str = "cordless drill",
    codes: tuple[WeightedCode, ...] = CODES,
    identifiers: QueryIdentifiers | None = None,
    slot: str | None = "m1",
) -> Clauses:
    return Clauses(typed, corrected, codes, identifiers, slot, scale=0.05)


def plan(request: SearchRequest | None = None) -> QueryPlan:
    return plan_query(clauses(), request or SearchRequest("x"))


def test_text_and_codes_share_one_bool_query():
    assert match_query(clauses()) == {
        "bool": {
            "minimum_should_match": 1,
            "should": [
                {
                    "dis_max": {
                        "queries": [
                            {"match": {"text": {"query": "cordles drill"}}},
                            {"match": {"text": {"query": "cordless drill", "boost": 0.8}}},
                        ]
                    }
                },
                {"term": {"gram.m1.weights": {"value": "cordless drill", "boost": 0.6 / 0.05}}},
                {"term": {"gram.m1.weights": {"value": "drill driver", "boost": 0.2 / 0.05}}},
            ],
        }
    }


def test_every_form_of_the_query_is_searched_and_the_best_counts():
    parts = replace(clauses(codes=()), alternatives=("cord less drill",))

    [text] = match_query(parts, named=True)["bool"]["should"]

    typed, corrected, alternative = text["dis_max"]["queries"]
    assert [match["match"]["text"] for match in (typed, corrected)] == [
        {"query": "cordles drill", "_name": "typed"},
        {"query": "cordless drill", "boost": 0.8, "_name": "corrected"},
    ]
    assert alternative["bool"] == {
        "must": [{"match": {"text": {"query": "cord less drill", "boost": 0.8}}}],
        "filter": [{"match_phrase": {"text": {"query": "cord less", "slop": 4}}}],
        "_name": "alternative cord less drill",
    }


def test_a_query_that_needs_no_correction_is_one_match():
    query = match_query(clauses(typed="drill", corrected="drill", codes=()))

    assert query["bool"]["should"] == [{"match": {"text": {"query": "drill"}}}]


def test_without_a_slot_no_code_is_searched():
    query = match_query(clauses(typed="drill", corrected="drill", slot=None))

    assert len(query["bool"]["should"]) == 1


def test_a_dot_in_a_code_is_escaped_as_in_the_index():
    query = match_query(clauses(codes=(WeightedCode("5.1 speakers 100% new", 0.5),)))

    code = query["bool"]["should"][-1]["term"]["gram.m1.weights"]
    assert code["value"] == "5%2E1 speakers 100%25 new"


def test_a_query_without_clauses_matches_nothing():
    assert match_query(clauses(typed="", corrected="", codes=())) == {"match_none": {}}


def test_the_window_breaks_ties_by_id_and_opens_no_document():
    body = window_body(plan(), size=500, timeout_ms=100)

    assert body["sort"] == [{"_score": "desc"}, {"id": "asc"}]
    assert body["size"] == 500
    assert body["timeout"] == "100ms"
    assert body["stored_fields"] == "_none_"
    assert body["docvalue_fields"] == ["gram.m1.packed", "gram.m1.vector", "stems"]


def test_a_window_that_is_not_reranked_reads_no_vectors():
    body = window_body(plan(), size=500, timeout_ms=100, reranked=False)

    assert body["docvalue_fields"] == ["gram.m1.packed"]


def test_beyond_the_window_no_vectors_are_read():
    body = beyond_window_body(plan(), offset=500, size=7, timeout_ms=100)

    assert (body["from"], body["size"]) == (500, 7)
    assert body["docvalue_fields"] == ["gram.m1.packed"]


def test_each_field_has_a_filter():
    request = SearchRequest(
        "x", brands=("Bosch", "Makita"), categories=("Tools",), price_from=5.0, price_to=9.5
    )
    brand = {"terms": {"brand": ["Bosch", "Makita"]}}
    category = {"terms": {"category": ["Tools"]}}
    price = {"range": {"price": {"gte": 5.0, "lte": 9.5}}}

    assert plan(request).filters == {"brand": brand, "category": category, "price": price}


def test_a_ranked_search_puts_relevant_products_first_and_others_omit_the_rest():
    request = SearchRequest("x", brands=("Bosch",))
    brand = {"terms": {"brand": ["Bosch"]}}
    ranked, cheapest = plan(request), plan(replace(request, sort="price_asc"))
    browsed = plan(replace(request, text=""))

    query = hits_query(ranked)["bool"]
    assert query["should"] == [
        *ranked.match["bool"]["should"],
        {
            "constant_score": {
                "filter": ranked.cut,
                "boost": 2 * 22.0 + 2.0 / 0.05,
                "_name": "relevant",
            }
        },
    ]
    assert query["filter"] == [brand]
    assert hits_query(cheapest)["bool"]["filter"] == [cheapest.cut, brand]
    assert hits_query(browsed) == {"bool": {"filter": [brand]}}


def test_a_plan_without_clauses_matches_nothing_even_with_filters():
    empty = clauses(typed="", corrected="", codes=())

    query = hits_query(plan_query(empty, SearchRequest("☕", brands=("Bosch",))))

    assert query == {"match_none": {}}


def test_a_price_may_be_open_at_one_end():
    assert filters_by_field(SearchRequest("x", price_to=9.5)) == {
        "price": {"range": {"price": {"lte": 9.5}}}
    }


def test_an_explanation_names_every_clause():
    body = clause_scores_body(clauses(identifiers=QueryIdentifiers(whole=("x1",))), ["7"])
    should = body["query"]["bool"]["must"][0]["bool"]["should"]

    texts = [match["match"]["text"]["_name"] for match in should[0]["dis_max"]["queries"]]
    codes = [clause["term"]["gram.m1.weights"]["_name"] for clause in should[1:-1]]
    assert texts == ["typed", "corrected"]
    assert codes == ["code:cordless drill", "code:drill driver"]
    assert should[-1]["constant_score"]["_name"] == "identifier"
    assert body["query"]["bool"]["filter"] == [{"ids": {"values": ["7"]}}]
