from dataclasses import replace
from math import exp, log
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from gram_es.codes.codebook import Code, Codebook
from gram_es.codes.prior import CodePrior
from gram_es.codes.truth.rules import TruthRules
from gram_es.evaluation.yardsticks import (
    PRIOR,
    UNTRAINED,
    Weights,
    run_yardsticks,
    untrained_product_codes,
    untrained_query_codes,
)
from gram_es.model.config import GramConfig
from gram_es.model.gram import Gram
from gram_es.model.quantise import quantise
from gram_es.records import Enrichment, Product
from gram_es.text.spelling.speller import Spelling

# Twelve codes, whose labels and centroids are axes of a space that has one more dimension.
CODEBOOK = Codebook(Code(f"code{letter}", (f"code{letter}",), 3) for letter in "abcdefghijkl")
AXES, NO_AXIS = np.eye(12, 13, dtype=np.float32), np.eye(13, dtype=np.float32)[12]
COSINE = 0.1  # of a query with its own axis; with all others it is 0
CODE_J, CODE_K, CODE_L = 9, 10, 11


def typed(query: str) -> Spelling:
    return Spelling(query, query)


def test_a_products_codes_are_the_ten_nearest_and_the_stated_ones_and_weigh_1():
    scores = np.array([0.01 * number for number in range(12)], dtype=np.float32)

    codes = untrained_product_codes(scores, stated=[0, 5])

    assert codes == dict.fromkeys([0, *range(2, 12)], 1.0)


def test_of_equally_near_codes_a_product_has_the_first():
    assert sorted(untrained_product_codes(np.zeros(12, np.float32), stated=[])) == [*range(10)]


def test_a_querys_weights_are_a_softmax_of_twenty_times_the_scores_of_twenty_codes():
    step = log(2) / 20  # halves a weight
    scores = np.array([-1.0] * 5 + [-step * number for number in range(20)], dtype=np.float32)

    weights = untrained_query_codes(scores)

    total = 2 - 0.5**19
    assert weights == pytest.approx({5 + n: 0.5**n / total for n in range(20)}, rel=1e-5)
    assert sum(weights.values()) == pytest.approx(1.0)


def axis_gram(products: list[Product]) -> Gram:
    """Return a model whose encoder puts the label of a code near the code's axis."""

    def encode(texts: list[str], _prompt: str) -> Any:
        axes = AXES[[CODEBOOK.number_by_label[text] for text in texts]]
        return COSINE * axes + (1 - COSINE**2) ** 0.5 * NO_AXIS

    parts = SimpleNamespace(
        codebook=CODEBOOK,
        prior=CodePrior(
            AXES.astype(np.float16), AXES.astype(np.float16), np.full(len(AXES), -1, np.float32)
        ),
        rules=TruthRules.fit(products, CODEBOOK),
        config=GramConfig(encoder={}),
    )
    return cast(Gram, SimpleNamespace(parts=parts, encoder=SimpleNamespace(encode=encode)))


def test_the_untrained_codes_of_a_small_catalogue_rank_as_worked_out_by_hand():
    """The ten nearest codes of a product are that of its axis and the first nine."""
    products = [Product("1", "tool"), Product("2", "tool with codel"), Product("3", "tool")]
    enrichments = [
        Enrichment((), quantise(AXES[[axis]])[0].tobytes(), "input")
        for axis in (CODE_L, CODE_K, CODE_J)
    ]
    queries = {"CODEL": typed("codel"), "codek": typed("codek")}

    untrained, _ = run_yardsticks(axis_gram(products), products, enrichments, queries)

    # One of a query's twelve weights is that of its own axis; the others are smaller and equal.
    own = 1 / (1 + 11 * exp(-20 * COSINE))
    small = exp(-20 * COSINE) * own
    assert untrained.system == UNTRAINED
    assert untrained.took_ms == {}
    assert list(untrained.hits["CODEL"]) == ["2", "1", "3"]  # product 2 states an eleventh code
    assert untrained.hits["CODEL"] == pytest.approx(
        {"2": own + 10 * small, "1": own + 9 * small, "3": 10 * small}, rel=1e-5
    )
    assert list(untrained.hits["codek"]) == ["2", "1", "3"]
    assert untrained.hits["codek"] == pytest.approx(
        {"2": own + 10 * small, "1": 10 * small, "3": 10 * small}, rel=1e-5
    )


def shared(query: Weights, product: Weights) -> float:
    return sum(weight * product.get(code, 0.0) for code, weight in query.items())


def test_without_training_the_prior_gives_the_codes_of_the_model(
    gram: Gram, shop: tuple[Product, ...]
):
    products = shop[:60]
    enrichments = gram.enrich(products)
    number = gram.codebook.number_by_label
    codes = [{number[code.label]: code.weight for code in e.codes} for e in enrichments]
    queries = {text: typed(text) for text in ("cordless drill", "hammer")}

    _, prior = run_yardsticks(gram, products, enrichments, queries)

    assert prior.system == PRIOR
    for query, spelling in queries.items():
        [understood] = gram.understand([spelling])
        weights = {number[code.label]: code.weight for code in understood.codes}
        expected = {p.id: shared(weights, own) for p, own in zip(products, codes, strict=True)}
        hits = {product_id: score for product_id, score in expected.items() if score > 0}
        assert prior.hits[query] == pytest.approx(hits, rel=1e-4)


def test_both_yardsticks_of_a_trained_model_use_the_pretrained_encoder(
    other_gram_dir: Path,
    other_gram: Gram,
    shop: tuple[Product, ...],
    monkeypatch: pytest.MonkeyPatch,
):
    products = shop[::2]  # those that the model was trained on
    queries = {text: typed(text) for text in ("cordless drill", "oak table")}
    pretrained = [*run_yardsticks(other_gram, products, other_gram.enrich(products), queries)]
    trained = Gram.load(other_gram_dir, defer_encoder=True)
    trained.config.is_encoder_trained = True
    monkeypatch.setattr(Gram, "encoder", None)  # its vectors must not count
    vectors = [Enrichment((), bytes(trained.dimensions), "input")] * len(products)

    runs = [*run_yardsticks(trained, products, vectors, queries)]

    assert [run.system for run in runs] == [UNTRAINED, PRIOR]
    for run, expected in zip(runs, pretrained, strict=True):
        for query in queries:
            # The model's own vectors come from ONNX Runtime, these from torch, perhaps in bfloat16.
            scores = [
                [hits[query].get(product.id, 0.0) for product in products]
                for hits in (run.hits, expected.hits)
            ]
            assert np.corrcoef(scores)[0, 1] > 0.97


def test_the_pretrained_encoder_of_a_trained_model_gets_the_models_prefixes(
    gram: Gram, shop: tuple[Product, ...], monkeypatch: pytest.MonkeyPatch
):
    given: dict[str, Any] = {}

    def create(source: str, **prefixes: str) -> Any:
        given.update(prefixes, source=source)
        return gram.encoder

    monkeypatch.setattr("gram_es.evaluation.yardsticks.create_text_encoder", create)
    config = replace(
        gram.config,
        is_encoder_trained=True,
        encoder_source="an/encoder",
        query_prefix="query: ",
        product_prefix="passage: ",
    )
    trained = SimpleNamespace(parts=replace(gram.parts, config=config), encoder=None)

    list(run_yardsticks(cast(Gram, trained), shop[:3], [], {"drill": typed("drill")}))

    assert given == {
        "source": "an/encoder",
        "query_prefix": "query: ",
        "product_prefix": "passage: ",
    }
