import numpy as np
import pytest

from gram_es.model.config import LEXICAL_FEATURES
from gram_es.records import Product
from gram_es.retrieval.rerank.lexical import best_coverage, lexical_features
from gram_es.text.product import MAX_STEM_CHARS, rerank_stems
from gram_es.text.words import stems

DRILLS = ["makita 18 volt cordless drill kit", "cordless drill 12 volt", "oak tabl", ""]


def feature(name: str, query: str, products: list[str]) -> list[float]:
    return lexical_features(stems(query), products)[:, LEXICAL_FEATURES.index(name)].tolist()


def test_coverage_is_the_share_of_query_words():
    assert feature("coverage", "the 18 volt cordless drills", DRILLS) == [1.0, 0.75, 0.0, 0.0]


def test_numbers_match_as_whole_words():
    assert feature("numbers", "18 volt drill", ["18 volt", "180 volt", "2 x 18 mm"]) == [1, 0, 1]
    assert feature("numbers", "drill", ["18 volt drill"]) == [0.0]


def test_letters_match_where_words_do_not():
    glued, other = feature("letters", "deck paint", ["deckpaint", "oak table"])

    assert glued > 0.4 > other


def test_long_words_are_compared_by_their_stored_prefix():
    word = "a" * 40

    assert feature("coverage", word, [rerank_stems(Product("1", word)), "a"]) == [1.0, 0.0]


def test_no_products_have_no_features():
    assert lexical_features(("drill",), []).shape == (0, len(LEXICAL_FEATURES))


@pytest.mark.parametrize("query", ["", "the", "18", "½", "電動ドリル", "a" * 500])
def test_odd_queries_have_finite_features(query):
    features = lexical_features(stems(query), DRILLS)

    assert features.shape == (4, len(LEXICAL_FEATURES))
    assert np.isfinite(features).all()


@pytest.mark.parametrize(
    ("products", "share"),
    [
        (["oak table", "hammer drill"], 0.25),
        (["hammer drill", "cordless saw"], 0.75),  # one product alone
        (["cordless 18 volt drill", "drill"], 1.0),
        (["drilling machine"], 0.0),  # no whole stem
        ([""], 0.0),
        ([], 0.0),
    ],
)
def test_the_best_coverage_is_that_of_the_product_with_the_most_of_the_query(products, share):
    assert best_coverage({"cordless": 3.0, "drill": 1.0}, products) == pytest.approx(share)


def test_a_query_without_a_stem_that_counts_is_not_covered():
    assert best_coverage({}, ["drill"]) == 0.0
    assert best_coverage({"drill": 0.0}, ["drill"]) == 0.0


def test_a_long_stem_is_compared_as_far_as_products_store_it():
    stem = "x" * (MAX_STEM_CHARS + 5)

    assert best_coverage({stem: 1.0}, ["x" * MAX_STEM_CHARS]) == 1.0
