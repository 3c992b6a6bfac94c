import pickle

import pytest

from gram_es.retrieval.request import RequestError, SearchRequest, clean_text


def test_all_faults_are_reported_at_once():
    with pytest.raises(RequestError) as caught:
        SearchRequest(" \0", size=0, price_from=5, price_to=2, sort="price")

    assert [fault.name for fault in caught.value.faults] == ["q", "size", "price", "sort"]


def test_the_page_must_end_within_the_result_window():
    SearchRequest("drill", size=100, offset=9_900)

    with pytest.raises(RequestError, match="from plus size is 10001; at most 10000"):
        SearchRequest("drill", size=100, offset=9_901)


def test_512_characters_are_the_most():
    SearchRequest("x" * 512)

    with pytest.raises(RequestError, match="q has 513 characters; at most 512"):
        SearchRequest("x" * 513)


def test_an_equal_low_and_high_price_is_a_range():
    request = SearchRequest("drill", price_from=5.0, price_to=5.0)

    assert request.priced


def test_the_error_survives_pickling():
    with pytest.raises(RequestError) as caught:
        SearchRequest("")

    again = pickle.loads(pickle.dumps(caught.value))

    assert again.faults == caught.value.faults
    assert str(again) == "q is empty"


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
