from dataclasses import replace

import pytest

from gram_es.model.config import LEXICAL_FEATURES, GramConfig
from gram_es.records import Judgment, Product
from gram_es.training.calibration.comparison import EncoderComparison
from gram_es.training.plan import Plan
from gram_es.training.train import train

PLAN = Plan(max_codes=200)
DEFAULTS = GramConfig(encoder={})


@pytest.fixture
def judgments(shop: tuple[Product, ...]) -> list[Judgment]:
    """Judgments with a product's title as the query and the product as its relevant product."""
    return [Judgment(product.title, product.id, 3.0) for product in shop[:80]]


def test_held_out_judged_queries_fit_the_blend(
    shop: tuple[Product, ...],
    judgments: list[Judgment],
    small_encoder: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("gram_es.training.train.MIN_BLEND_QUERIES", 5)

    config = train(shop[:80], judgments, encoder=small_encoder, plan=PLAN).config

    weights = dict(zip(LEXICAL_FEATURES, config.lexical_weights, strict=True))
    assert weights["coverage"] > 0
    assert weights["letters"] > 0
    assert config.text_weight != DEFAULTS.text_weight
    assert config.feedback_weight != 0.0
    assert config.agreement_weight > 0.0


def test_a_trained_encoder_leaves_the_agreement_of_codes_no_weight(
    shop: tuple[Product, ...],
    judgments: list[Judgment],
    small_encoder: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("gram_es.training.train.MIN_BLEND_QUERIES", 5)
    monkeypatch.setattr(EncoderComparison, "keeps_training", True)
    one_step = replace(PLAN, batch=4, scorer_steps=1)

    config = train(shop[:80], judgments, encoder=small_encoder, plan=one_step).config

    assert config.agreement_weight == 0.0


def test_few_judged_queries_keep_the_default_blend(
    shop: tuple[Product, ...], judgments: list[Judgment], small_encoder: str
):
    config = train(shop[:80], judgments, encoder=small_encoder, plan=PLAN).config

    assert list(config.lexical_weights) == []
    default_ratio = DEFAULTS.agreement_weight / DEFAULTS.text_weight
    assert config.agreement_weight / config.text_weight == pytest.approx(default_ratio)
    assert config.feedback_weight == 0.0
