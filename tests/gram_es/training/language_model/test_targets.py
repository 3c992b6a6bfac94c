import numpy as np
import pytest

from gram_es.codes.codebook import Code, Facet
from gram_es.training.language_model.targets import (
    Target,
    best_target,
    code_uses,
    drawn_target,
    granularity,
)


def code(*values: str, phrase: str = "") -> Code:
    facets = tuple(Facet(f"name{number}", value) for number, value in enumerate(values))
    label = " ".join(values) or phrase
    return Code(label, tuple(label.split()), 3, facets)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (code("garden hoses"), 0),
        (code("red", "hoses"), 1),
        (code("50 foot", "red", "hoses"), 2),
        (code(phrase="flat"), 0),
        (code(phrase="drip free tap insert"), 2),
    ],
)
def test_a_code_is_the_finer_the_more_it_claims(entry: Code, expected: int):
    assert granularity(entry) == expected


def test_a_code_is_useful_as_its_precision_and_recall_are():
    codes_of = [{0: 1.0, 1: 1.0}, {0: 1.0}, {0: 1.0}, {0: 1.0, 2: 1.0}]

    uses = code_uses([0, 1], np.ones(2), codes_of, np.array([4, 1, 1]))

    # code 0 has 2 of 2 relevant products among 4: 2 * 2 / (2 + 4); code 1 has 1 of 2 among 1
    assert uses == pytest.approx({0: 4 / 6, 1: 2 / 3})


def test_a_target_has_the_two_most_useful_codes_of_each_granularity():
    uses = {0: 0.2, 1: 0.4, 2: 0.6, 3: 0.5, 4: 0.05}

    target = best_target(uses, [0, 0, 0, 2, 1])

    assert target == Target((2, 1, 3), (0.6 / 1.5, 0.4 / 1.5, 0.5 / 1.5))
    assert best_target({4: 0.05}, [0, 0, 0, 2, 1]) is None


def test_codes_of_a_product_are_drawn_from_each_granularity():
    granularities = [0, 0, 0, 1, 2]
    rng = np.random.default_rng(1)

    drawn = [drawn_target(dict.fromkeys(range(5), 1.0), granularities, rng) for _ in range(40)]

    assert {target.codes[-2:] for target in drawn} == {(3, 4)}
    assert {code for target in drawn for code in target.codes} == {0, 1, 2, 3, 4}
    assert all(target.weights == (0.25,) * 4 for target in drawn)
