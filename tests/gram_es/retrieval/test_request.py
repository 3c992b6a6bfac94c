import pickle

import pytest

from gram_es.retrieval.request import RequestError, SearchRequest, parameter_of, remove_filter
from gram_es.text.normalise import clean_text


def test_all_faults_are_reported_together():
    with pytest.raises(RequestError) as caught:
        SearchRequest("x" * 513, size=0, price_from=5, price_to=2, sort="price")

    assert [fault.name for fault in caught.value.faults] == ["q", "size", "price", "sort"]


def test_the_page_must_end_within_the_result_window():
    SearchRequest("drill", size=100, offset=9_900)

    with pytest.raises(RequestError, match="from plus size is 10001; at most 10000"):
        SearchRequest("drill", size=100, offset=9_901)


def test_a_text_has_at_most_512_characters():
    SearchRequest("x" * 512)

    with pytest.raises(RequestError, match="q has 513 characters; at most 512"):
        SearchRequest("x" * 513)


def test_an_equal_low_and_high_price_is_a_range():
    request = SearchRequest("drill", price_from=5.0, price_to=5.0)

    assert request.limits_price


def test_the_error_survives_pickling():
    with pytest.raises(RequestError) as caught:
        SearchRequest("")

    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes

    assert again.faults == caught.value.faults
    assert str(again) == "q is empty; give words, or a filter to browse by"


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  cordless\t\ndrill ", "cordless drill"),
        ("dri\0ll", "dri ll"),
        ("\x1b[31mred", "[31mred"),
        ("\ud800x", "x"),
        ("naïve ☕", "naïve ☕"),
    ],
)
def test_control_characters_become_blanks(typed: str, clean: str):
    assert clean_text(typed) == clean


def test_a_filter_is_enough_to_browse():
    request = SearchRequest(" ", categories=("Tools",))

    assert request.browses
    assert request.order == "newest"
    with pytest.raises(RequestError, match="q is empty; give words, or a filter to browse by"):
        remove_filter(request, "category")


def test_each_filter_can_be_removed():
    request = SearchRequest(
        "drill",
        brands=("Bosch",),
        categories=("Tools",),
        availability=("in_stock",),
        attributes=(("colour", ("red", "blue")), ("size", ("M",))),
        group="g",
        price_to=9.0,
    )

    assert request.filters == (
        "brand",
        "category",
        "availability",
        "attributes.colour",
        "attributes.size",
        "group",
        "price",
    )
    for field in request.filters:
        remaining = remove_filter(request, field).filters
        assert remaining == tuple(other for other in request.filters if other != field)
    assert parameter_of("attributes.colour") == "attr.colour"
