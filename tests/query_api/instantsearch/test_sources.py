"""Queries that only count a facet are answered by the search with all choices."""

import pytest

from gram_es.retrieval.request import Selection
from query_api.instantsearch.query import Query
from query_api.instantsearch.search_request import search_request
from query_api.instantsearch.sources import Source, find_sources

CHOICES = {
    "facetFilters": [["brand:Acme"], ["category.lvl1:Tools > Drills"]],
    "numericFilters": ["price>=10"],
    "facets": ["brand", "category.lvl0", "category.lvl1", "price"],
}


def sources(*params: dict[str, object]) -> list[Source]:
    queries = [Query.model_validate({"indexName": "shop", "params": each}) for each in params]
    return find_sources(queries, [search_request(query, "shop") for query in queries])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"facetFilters": [["category.lvl1:Tools > Drills"]], "facets": "brand"}, "brand"),
        ({"numericFilters": [], "facets": ["price"]}, "price"),
        ({"facetFilters": [["brand:Acme"]], "facets": ["category.lvl0"]}, "category"),
    ],
)
def test_the_search_with_all_choices_counts_each_facet(changed, field):
    main = {"query": "drill", **CHOICES}

    assert sources(main, {**main, "hitsPerPage": 0, **changed}) == [Source(0), Source(0, field)]


@pytest.mark.parametrize(
    "changed",
    [
        {"query": "saw", "facetFilters": [["category.lvl1:Tools > Drills"]], "facets": ["brand"]},
        {"facetFilters": [["category.lvl1:Tools > Drills"]], "facets": ["availability"]},
        {"facetFilters": [["category.lvl1:Tools > Drills"]], "facets": ["*"]},
        {"facetFilters": [["category.lvl0:Tools"]], "facets": ["category.lvl0"]},
        {"facetFilters": [], "facets": ["brand"]},
        {"facets": ["attributes.colour"]},
        {
            "facetFilters": [["category.lvl1:Tools > Drills"]],
            "facets": ["brand"],
            "hitsPerPage": 5,
        },
    ],
)
def test_another_query_needs_a_search_of_its_own(changed):
    main = {"query": "drill", **CHOICES}

    assert sources(main, {**main, "hitsPerPage": 0, **changed}) == [Source(0), Source(1)]


def test_equal_queries_share_a_search():
    assert sources({"query": "drill"}, {"query": "saw"}, {"query": "drill"}) == [
        Source(0),
        Source(1),
        Source(0),
    ]


def test_of_several_groups_a_product_may_be_in_any():
    params = {"facetFilters": [["group:shirts", "group:shoes"], ["brand:Acme"]]}
    query = Query.model_validate({"indexName": "shop", "params": params})

    request = search_request(query, "shop")

    chosen = (Selection("group", ("shirts",)), Selection("group", ("shoes",)))
    assert (request.group, request.scope, request.brands) == (None, (chosen,), ("Acme",))
