import pytest

from gram_es.model.config import LEXICAL_FEATURES
from gram_es.records import Judgment, Product
from gram_es.training.calibration import calibrate
from gram_es.training.plan import Plan
from gram_es.training.train import train

FEW_STEPS = Plan(
    queries=300,
    max_codes=200,
    batch=16,
    joint_batch=16,
    scorer_steps=4,
    alignment_steps=2,
    joint_steps=4,
    preference_steps=0,
)


@pytest.fixture
def judgments(shop: tuple[Product, ...]) -> list[Judgment]:
    """Judgments with a product's title as the query and the product as its relevant product."""
    return [Judgment(product.title, product.id, 3.0) for product in shop[:80]]


def test_held_out_judged_queries_fit_the_blend(
    shop: tuple[Product, ...], judgments: list[Judgment], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(calibrate, "MIN_BLEND_QUERIES", 5)

    config = train(shop[:80], judgments, plan=FEW_STEPS).network.config

    weights = dict(zip(LEXICAL_FEATURES, config.lexical_weights, strict=True))
    assert weights["coverage"] > 0
    assert weights["letters"] > 0
    assert config.text_weight != 2.0
    assert config.feedback_weight != 0.0


def test_few_judged_queries_keep_the_blend_of_the_family(
    shop: tuple[Product, ...], judgments: list[Judgment]
):
    config = train(shop[:80], judgments, plan=FEW_STEPS).network.config

    assert list(config.lexical_weights) == []
    assert (config.text_weight, config.feedback_weight) == (2.0, 0.0)
