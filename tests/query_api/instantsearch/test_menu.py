"""A hierarchical menu has all entries of the levels that it shows, however many paths there are."""

import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from gram_es.records import Product
from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app

RARE = ("Tools~", 'Saws & <"big" (2 @ 1.5*) [x] {1,2} | # \\ ^', "Rip saws?")
LEVELS = ["category.lvl0", "category.lvl1", "category.lvl2"]
LIMIT = {"maxValuesPerFacet": 1_000}


@pytest.fixture(scope="module")
def index(index_products) -> str:
    """Return an index with 210 paths of two products each, and three paths of one product."""
    many = [
        Product(f"m{number}", "Saw", category=(f"R{number // 2}", "C")) for number in range(210)
    ]
    rare = Product("rare", "Saw", category=tuple(RARE))
    return str(index_products([*many, rare], {}, "m0123456789ab", "e" * 64).index)


@pytest.fixture
def web(client: Elasticsearch, index: str) -> FlaskClient:
    return create_app(Searcher(client, index=index)).test_client()


@pytest.mark.parametrize("query", ["saw", ""])
def test_what_is_below_a_chosen_path_is_counted_although_it_is_rare(web, index, query):
    path = " > ".join(RARE[:2])
    params = {"query": query, "facets": LEVELS, "facetFilters": [[f"category.lvl1:{path}"]]}
    body = {"requests": [{"indexName": index, "params": {**params, **LIMIT}}]}

    (result,) = web.post("/instantsearch", json=body).json["results"]

    assert result["nbHits"] == 1
    assert len(result["facets"]["category.lvl0"]) == 106
    assert result["facets"]["category.lvl1"][path] == 1
    assert result["facets"]["category.lvl2"] == {" > ".join(RARE): 1}


def test_counts_are_exhaustive_unless_values_are_missing(web, index):
    queries = (
        {"facets": ["category.lvl1"], **LIMIT},
        {"facets": ["availability", "attributes.colour"], **LIMIT},
        {"facets": ["category"], "maxValuesPerFacet": 10},
    )
    body = {"requests": [{"indexName": index, "params": {"query": "saw", **q}} for q in queries]}

    results = web.post("/instantsearch", json=body).json["results"]

    assert [each["exhaustiveFacetsCount"] for each in results] == [False, True, True]
