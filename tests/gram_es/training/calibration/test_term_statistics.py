from collections.abc import Sequence
from math import log

import pytest

from gram_es.records import Product
from gram_es.text.term_statistics import TermStatistics
from gram_es.training.calibration.term_statistics import fit_term_statistics
from gram_es.training.data.bm25 import K1, Bm25Index


def fit(titles: Sequence[str], texts: Sequence[str] | None = None) -> TermStatistics:
    products = [Product(str(number), title) for number, title in enumerate(titles)]
    return fit_term_statistics(Bm25Index(texts or titles), products, seed=0)


def test_stems_of_fewer_than_three_products_are_left_out():
    terms = fit(["red lamp", "red lamps", "lamp red", "oak lamp", "oak desk"])

    assert terms.products == 5
    assert terms.counts == {"lamp": 4, "red": 3}


def test_the_reach_is_what_a_title_scores_of_the_most_that_it_could():
    """A word that occurs once in a text of average length scores 1 / (1 + k1) of its rarity."""
    terms = fit(["oak lamp"] * 4)

    assert terms.reach == pytest.approx(1 / (1 + K1))


def test_the_first_four_words_of_a_title_stand_for_a_query():
    titles = ["tall oak desk lamp walnut"] * 4
    texts = ["tall oak desk lamp"] * 4  # "walnut" would score nothing, though it is rare

    assert fit(titles, texts).reach == pytest.approx(1 / (1 + K1))


def test_the_reach_is_the_median_of_the_products():
    titles = ["lamp", "lamp", "lamp", "vase", "vase"]

    terms = fit(titles)

    # Each text is of average length. Two products have a word too rare to be counted.
    shares = [1 / (1 + K1)] * 3 + [log(6 / 2.5) / log(6 / 0.5) / (1 + K1)] * 2
    assert terms.reach == pytest.approx(sorted(shares)[2])


def test_the_reach_is_never_tiny():
    """Both products have a word that is in every text, but too rare to be counted."""
    terms = fit(["lamp", "lamp"])

    assert log(3 / 2.5) / log(3 / 0.5) / (1 + K1) < 0.1
    assert terms.reach == 0.1


@pytest.mark.parametrize("titles", [["the", "the", "the"], []])
def test_without_a_word_that_counts_the_whole_rarity_is_reached(titles: list[str]):
    assert fit(titles).reach == 1.0
