import math

import numpy as np
import pytest

from gram_es.records import Judgment, Product
from gram_es.text.words import stems
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import mine
from gram_es.training.data.postings import Postings
from gram_es.training.data.query_pairs import (
    QueryExample,
    examples_from_judgments,
    synthesise_examples,
)
from gram_es.training.data.teachers import product_targets, query_target
from gram_es.training.stages.preference import best_and_worst_code, efficiency

TITLES = [
    *(f"Makita Cordless Drill {n}" for n in range(4)),
    *(f"Bosch Cordless Drill {n}" for n in range(4)),
    *(f"Makita Hammer {n}" for n in range(4)),
    *(f"Oak Table {n}" for n in range(28)),
]
CATALOGUE = Catalogue([Product(str(n), title) for n, title in enumerate(TITLES)])


def test_mining_keeps_informative_phrases_and_drops_parts_of_longer_ones():
    labels = {code.label for code in mine(CATALOGUE).codebook}

    assert {"makita", "cordless drill", "makita cordless drill", "makita hammer"} <= labels
    assert "cordless" not in labels  # never occurs without "drill"
    assert "oak table" not in labels  # occurs in most products


def test_postings_give_the_codes_of_products_and_the_products_of_codes():
    postings = Postings([[1, 0], [1], []], codes=2)

    assert postings.codes_of(0).tolist() == [1, 0]
    assert postings.products_of(1).tolist() == [0, 1]
    assert postings.counts.tolist() == [1, 2]


def test_the_best_code_of_a_query_reaches_its_products_and_few_others():
    mined = mine(CATALOGUE)
    [example] = examples_from_judgments(
        CATALOGUE, [Judgment("makita drill", str(n), 3.0) for n in range(4)]
    )

    codes, weights = query_target(example, mined.postings, mined.postings.idf)

    assert mined.codebook.codes[codes[0]].label == "makita cordless drill"
    assert weights.sum() == pytest.approx(1.0)
    assert (np.diff(weights) <= 1e-9).all()


FIVE = Postings([[0, 1], [0, 1], [0], [0, 2], [0]], codes=3)
"""Five products: all have code 0, two have code 1, one has code 2."""


def query_for(*products: int) -> QueryExample:
    return QueryExample("q", np.array(products), np.ones(len(products)))


def test_the_weight_of_a_code_is_the_relevant_products_it_reaches_times_its_rarity():
    codes, weights = query_target(query_for(0, 1), FIVE, FIVE.idf)

    # All products have code 0, so its weight is 0 and only code 1 remains.
    assert FIVE.idf.tolist() == pytest.approx([0.0, math.log(5 / 2) / math.log(5), 1.0])
    assert codes.tolist() == [1]
    assert weights.tolist() == [1.0]


def test_the_weight_of_a_further_code_is_the_gain_it_adds():
    codes, weights = query_target(query_for(0, 1, 3), FIVE, FIVE.idf)

    pair, single = 2 * FIVE.idf[1], FIVE.idf[2]  # no product has both codes
    assert codes.tolist() == [1, 2]
    assert weights.tolist() == pytest.approx([pair / (pair + single), single / (pair + single)])


def test_products_that_a_code_already_reaches_count_less():
    postings = Postings([[0, 1], [0, 1], [], [0], []], codes=2)

    codes, weights = query_target(query_for(0, 1, 3), postings, np.array([1.0, 1.0]))

    assert codes.tolist() == [0, 1]
    assert weights.tolist() == pytest.approx([3 / 4, 1 / 4])  # 3 products, then two halves


def test_the_better_of_two_generated_codes_is_the_one_that_retrieves_better():
    relevant = {0: 1.0, 1: 1.0}

    assert best_and_worst_code([0, 2, 1], relevant, FIVE) == (1, 0)
    assert best_and_worst_code([1], relevant, FIVE) is None  # a single code
    assert best_and_worst_code([0, 2], relevant, FIVE) is None  # both have efficiency 0


def test_products_learn_the_codes_of_the_queries_that_they_are_relevant_for():
    example = query_for(0, 4)
    query_targets = [query_target(example, FIVE, FIVE.idf)]

    targets = product_targets(FIVE, [example], query_targets, FIVE.idf)

    assert 1 in targets[4][0].tolist()  # the product's own text lacks code 1
    assert 1 not in targets[2][0].tolist()


def test_graded_judgments_count_by_grade_and_low_grades_as_rejected():
    judgments = [
        Judgment("drill", "0", 3.0),
        Judgment("drill", "1", 2.0),
        Judgment("drill", "8", 1.0),
    ]

    [example] = examples_from_judgments(CATALOGUE, judgments)

    assert dict(zip(example.products.tolist(), example.gains.tolist(), strict=True)) == {
        0: 1.0,
        1: 0.25,
    }
    assert example.rejected.tolist() == [8]
    assert example.judged


def test_a_grade_of_zero_is_never_relevant():
    assert examples_from_judgments(CATALOGUE, [Judgment("drill", "0", 0.0)]) == []


def test_every_product_of_a_synthetic_query_contains_all_its_words():
    examples = synthesise_examples(CATALOGUE, 50, seed=1)

    assert len(examples) > 20
    for example in examples:
        words = set(stems(example.text))
        assert all(words <= CATALOGUE.stem_sets[n] for n in example.products.tolist())


def test_synthetic_queries_repeat_by_seed():
    first, second = (synthesise_examples(CATALOGUE, 30, seed=3) for _ in range(2))

    assert [e.text for e in first] == [e.text for e in second]


def test_efficiency_is_the_share_of_gains_times_rarity():
    relevant = {0: 1.0, 1: 1.0}

    assert efficiency(relevant, np.array([0]), products=100) == pytest.approx(0.5)
    assert efficiency(relevant, np.array([0, 1, *range(10, 18)]), products=100) == 0.5
    assert efficiency(relevant, np.arange(100), products=100) == 0.0
    assert efficiency(relevant, np.array([], dtype=np.int64), products=100) == 0.0
