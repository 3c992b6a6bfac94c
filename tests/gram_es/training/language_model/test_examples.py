from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.codes.shopper_words import ShopperWord
from gram_es.errors import TrainingError
from gram_es.language_model.sides import PRODUCTS, QUERIES
from gram_es.records import Product
from gram_es.training.data.query_pairs import QueryExample
from gram_es.training.language_model.examples import CodeExample, CodeExamples

HOSE, RED, RED_HOSE = range(3)
CODEBOOK = Codebook(
    [
        Code("hoses", ("hose",), 2, (Facet("type", "hoses"),)),
        Code("red", ("red",), 1, (Facet("color", "red"),)),
        Code("red hoses", ("red", "hose"), 1, (Facet("color", "red"), Facet("type", "hoses"))),
    ]
)
CATALOGUE = [
    Product("1", "Long hose in red", description="for watering beds and lawns all summer"),
    Product("2", "Hose", description="for watering beds and lawns all summer"),
]
CODES_OF = [{HOSE: 1.0, RED: 1.0, RED_HOSE: 1.0}, {HOSE: 1.0}]
Draw = Callable[..., Sequence[CodeExample]]


@pytest.fixture
def draw() -> Draw:
    def run(queries: Sequence[QueryExample] = (), *, words=(), products=False):
        examples = CodeExamples(CODEBOOK, CATALOGUE, CODES_OF, queries, words)
        draw = examples.draw_product if products else examples.draw_query
        return [draw(np.random.default_rng(seed)) for seed in range(300)]

    return run


def query(text: str, *products: int, judged: bool) -> QueryExample:
    numbers = np.array(products, dtype=np.int64)
    return QueryExample(text, numbers, np.ones(len(numbers)), judged=judged)


def test_words_of_a_title_lead_to_the_codes_that_they_state_and_to_the_type(draw: Draw):
    drawn = {example.text: set(example.target.codes) for example in draw()}

    assert drawn["long hose"] == {HOSE}
    assert drawn["in red"] == {HOSE, RED}
    assert drawn["long hose in red"] == {HOSE, RED, RED_HOSE}


def test_words_of_a_description_lead_to_the_type(draw: Draw):
    texts = {e.text: e.target.codes for e in draw() if "watering" in e.text}

    assert texts
    assert set(texts.values()) == {(HOSE,)}


def test_a_judged_query_leads_to_the_codes_that_find_its_products(draw: Draw):
    drawn = draw([query("scarlet", 0, judged=True)])

    [example] = {e.target.codes: e for e in drawn if e.text == "scarlet"}.values()
    assert example.side is QUERIES
    weights = dict(zip(example.target.codes, example.target.weights, strict=True))
    # red and red hoses find just this product; hoses finds another one, too: F = 2 / (1 + 2)
    assert weights == pytest.approx({RED: 3 / 8, RED_HOSE: 3 / 8, HOSE: 2 / 8})


def test_words_of_shoppers_lead_to_their_code(draw: Draw):
    drawn = draw(words=[ShopperWord("Pipe", "hoses", 0.5, "somebody")])

    assert {e.target.codes for e in drawn if e.text == "pipe"} == {(HOSE,)}


def test_a_product_leads_to_its_codes(draw: Draw):
    drawn = draw(products=True)

    assert {e.side for e in drawn} == {PRODUCTS}
    by_text = {e.text: set(e.target.codes) for e in drawn}
    assert by_text["hose for watering beds and lawns all summer"] == {HOSE}
    [other] = [codes for text, codes in by_text.items() if "red" in text]
    assert other == {HOSE, RED, RED_HOSE}


def test_products_without_a_description_or_without_codes_are_passed_over():
    products = [Product("1", "Hose"), Product("2", "Nothing")]
    examples = CodeExamples(CODEBOOK, products, [{HOSE: 1.0}, {}], ())

    drawn = [examples.draw_query(np.random.default_rng(seed)) for seed in range(20)]

    assert {(example.text, example.target.codes) for example in drawn} == {("hose", (HOSE,))}
    assert examples.draw_product(np.random.default_rng(0)).text == "hose"


def test_a_catalogue_without_codes_teaches_nothing():
    examples = CodeExamples(CODEBOOK, [Product("1", "Nothing")], [{}], ())

    for draw in (examples.draw_query, examples.draw_product):
        with pytest.raises(TrainingError, match="there is nothing to learn"):
            draw(np.random.default_rng(0))
