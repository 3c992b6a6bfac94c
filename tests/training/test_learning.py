"""Training on the whole sample shop, as a user does it, really learns: held-out queries tell."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from gram_es.evaluation.judgments import read_judgments
from gram_es.model.runtime import PRODUCT_CODES, Gram
from gram_es.records import Product
from gram_es.sample import build_catalogue, write_shop
from gram_es.text.normalise import normalise
from gram_es.text.words import stems
from gram_es.training.catalogue import Catalogue
from gram_es.training.loop import train
from gram_es.training.mining import Mined, mine
from gram_es.training.saving import save_trained

DEPTH = 100
Weights = Mapping[int, float]


@pytest.fixture(scope="module")
def products() -> tuple[Product, ...]:
    return build_catalogue()


@pytest.fixture(scope="module")
def relevant(
    products: tuple[Product, ...], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, set[int]]:
    """The test split's queries with the products that satisfy them in full."""
    folder: Path = tmp_path_factory.mktemp("shop")
    numbers = {product.id: n for n, product in enumerate(products)}
    found: dict[str, set[int]] = defaultdict(set)
    for judgment in read_judgments(write_shop(folder).judgments_test):
        if judgment.relevance >= 3:
            found[judgment.query].add(numbers[judgment.product_id])
    return found


@pytest.fixture(scope="module")
def learnt(products: tuple[Product, ...], tmp_path_factory: pytest.TempPathFactory) -> Gram:
    folder = tmp_path_factory.mktemp("learnt") / "model"
    save_trained(train(products), folder)
    return Gram.load(folder)


def recall(
    relevant: Mapping[str, set[int]],
    queries: Sequence[Weights],
    carried: Sequence[Sequence[int]],
) -> float:
    """Return R@100 of products ordered by the weights of the query's codes that they carry."""
    found = []
    for wanted, weights in zip(relevant.values(), queries, strict=True):
        scores = np.array([sum(weights.get(code, 0.0) for code in codes) for codes in carried])
        best = [n for n in np.argsort(-scores, kind="stable")[:DEPTH] if scores[n] > 0]
        found.append(len(wanted.intersection(best)) / len(wanted))
    return float(np.mean(found))


def said_by(gram: Gram, queries: Sequence[str]) -> list[Weights]:
    numbers = gram.codebook.number_of_label
    return [
        {numbers[code.label]: code.weight for code in understood.codes}
        for understood in gram.understand(queries)
    ]


def spelt_out(mined: Mined, queries: Sequence[str]) -> list[Weights]:
    """Return the codes whose stems stand in the query, each with its rarity."""
    numbers, idf = mined.codebook.number_of_key, mined.postings.idf
    found: list[Weights] = []
    for query in queries:
        held = stems(query)
        spans = (held[a:b] for a in range(len(held)) for b in range(a + 1, len(held) + 1))
        found.append({numbers[key]: float(idf[numbers[key]]) for key in spans if key in numbers})
    return found


def rarest(mined: Mined, product: int) -> list[int]:
    """Return as many of the product's own codes as a model gives it, the rarest first."""
    own = mined.postings.codes_of(product)
    best = np.argsort(-mined.postings.idf[own], kind="stable")[:PRODUCT_CODES]
    return own[best].tolist()


def test_generated_codes_beat_chance_and_beat_codes_cut_from_the_texts(
    products: tuple[Product, ...], relevant: dict[str, set[int]], learnt: Gram
):
    numbers = learnt.codebook.number_of_label
    generated = [[numbers[code] for code in e.codes] for e in learnt.enrich(products)]
    mined = mine(Catalogue(products), max_codes=len(learnt.codebook))
    cut = [rarest(mined, n) for n in range(len(products))]
    spelt = [learnt.speller.correct(normalise(query)) for query in relevant]

    by_model = recall(relevant, said_by(learnt, list(relevant)), generated)
    by_words = recall(relevant, spelt_out(mined, spelt), cut)

    chance = DEPTH / len(products)
    assert by_model > 10 * chance
    assert by_model > by_words
