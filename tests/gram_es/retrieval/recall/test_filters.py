"""Test filters and facets over attributes and availability."""

import pytest

from gram_es.retrieval.recall.facets import FacetValue
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher


@pytest.fixture
def searcher(client, variants) -> Searcher:
    return Searcher(client, index=variants.index)


def values(*pairs: tuple[str, int]) -> tuple[FacetValue, ...]:
    return tuple(FacetValue(*pair) for pair in pairs)


def test_one_value_of_each_attribute_must_match(searcher):
    chosen = (("colour", ("red", "blue")), ("fabric", ("cotton",)))

    result = searcher.search(SearchRequest("linen shirt", attributes=chosen, brands=("Oak",)))

    assert [hit.id for hit in result.hits] == ["q1", "q2"]
    assert result.total == 2


def test_a_chosen_attribute_still_counts_its_other_values(searcher):
    chosen = (("colour", ("red",)),)

    result = searcher.search(SearchRequest("linen shirt", attributes=chosen))

    assert result.facets is not None
    assert result.total == 2
    assert result.facets.attributes["colour"] == values(("blue", 2), ("red", 2), ("green", 1))
    assert result.facets.brand == values(("Elm", 1), ("Oak", 1))


def test_each_count_is_the_total_that_choosing_gives(searcher):
    facets = searcher.search(SearchRequest("linen shirt")).facets

    assert facets is not None
    for value in facets.attributes["colour"]:
        request = SearchRequest("linen shirt", attributes=(("colour", (value.value,)),))
        assert searcher.search(request).total == value.count
    for value in facets.availability:
        request = SearchRequest("linen shirt", availability=(value.value,))
        assert searcher.search(request).total == value.count


def test_an_attribute_with_equal_values_on_all_products_is_no_facet(searcher):
    everything = searcher.search(SearchRequest("linen shirt")).facets
    cotton = searcher.search(SearchRequest("linen shirt", brands=("Elm",))).facets

    assert everything is not None
    assert cotton is not None
    assert list(everything.attributes) == ["colour", "fabric"]  # one shirt's fabric is not known
    assert list(cotton.attributes) == ["colour"]
    assert "item_group_id" not in everything.attributes


@pytest.mark.parametrize("name", ["*", "a.*", "no such", "x" * 300, "\N{SNOWMAN}", "a]b>c"])
def test_an_attribute_of_no_product_matches_nothing(searcher, name):
    request = SearchRequest("linen shirt", attributes=((name, ("red",)),), relax=False)

    result = searcher.search(request)

    assert (result.hits, result.total) == ((), 0)
