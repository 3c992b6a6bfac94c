import pytest

from gram_es.codes.postings import Postings


def test_postings_add_up_the_weights_of_shared_codes():
    postings = Postings.of([{0: 1.0, 2: 0.5}, {}, {2: 0.25}], codes=4)

    assert postings.first.tolist() == [0, 1, 1, 3, 3]
    assert postings.scores({0: 0.5, 2: 0.5, 3: 1.0}) == pytest.approx([0.75, 0.0, 0.125])


def test_postings_without_codes_score_nothing():
    assert Postings.of([{}, {}], codes=3).scores({1: 1.0}).tolist() == [0.0, 0.0]


def test_the_products_of_a_code_are_ascending():
    postings = Postings.of([{1: 1.0}, {0: 1.0}, {1: 0.5, 0: 1.0}], codes=3)

    assert [postings.products_of(code).tolist() for code in range(3)] == [[1, 2], [0, 2], []]
    assert postings.counts.tolist() == [2, 2, 0]
