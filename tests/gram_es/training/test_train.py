from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gram_es.errors import TrainingError
from gram_es.records import Judgment, Product
from gram_es.training import stage_loop
from gram_es.training.estimate import TimeEstimate
from gram_es.training.plan import EncoderLearns, Family, Plan
from gram_es.training.train import shorten_plan, train
from gram_es.training.trainer import Trainer

FEW_STEPS = Plan(
    queries=300,
    max_codes=200,
    batch=16,
    joint_batch=16,
    scorer_steps=4,
    alignment_steps=2,
    joint_steps=6,
    preference_queries=40,
    searched_products=60,
    preference_steps=2,
)


def test_equal_seeds_train_equal_weights_also_where_the_time_is_reported(
    shop: tuple[Product, ...],
):
    messages: list[str] = []

    first = train(shop[:80], plan=FEW_STEPS, seed=5)
    second = train(shop[:80], plan=FEW_STEPS, seed=5, report_progress=messages.append)

    assert any("training takes about" in message for message in messages)
    for name, weight in first.network.state_dict().items():
        assert weight.equal(second.network.state_dict()[name]), name


def test_each_stage_reports_and_learns(shop: tuple[Product, ...]):
    trained = train(
        shop[:200],
        plan=Plan(
            queries=800,
            batch=32,
            joint_batch=32,
            scorer_steps=30,
            alignment_steps=20,
            joint_steps=30,
            preference_queries=60,
            searched_products=200,
            preference_steps=4,
        ),
    )

    assert [r.name for r in trained.reports] == ["scorer", "co-alignment", "joint", "preference"]
    scorer, alignment, joint, _ = trained.reports
    assert scorer.last_loss < 0.8 * scorer.first_loss
    assert alignment.last_loss < 0.9 * alignment.first_loss
    assert joint.last_loss < 0.95 * joint.first_loss


def test_without_co_alignment_the_decoder_learns_from_the_teachers(shop: tuple[Product, ...]):
    plan = replace(FEW_STEPS, scorer_steps=0, alignment_steps=0, joint_steps=30, joint_batch=32)

    joint, _ = train(shop[:200], plan=plan).reports

    assert joint.last_loss < 0.9 * joint.first_loss


def test_judgments_become_training_queries(shop: tuple[Product, ...]):
    judgments = [Judgment("cosy thing", product.id, 3.0) for product in shop[:5]]

    plain = train(shop[:80], plan=FEW_STEPS)
    judged = train(shop[:80], judgments, plan=FEW_STEPS)

    queries = ("training queries", "held-out queries")
    assert sum(judged.counts[q] for q in queries) == sum(plain.counts[q] for q in queries) + 1


@pytest.mark.parametrize(
    ("products", "reason"),
    [
        ([], "the feed has 0 products"),
        ([Product(str(n), "lamp") for n in range(19)], "the feed has 19 products"),
        ([Product(str(n), f"{n}{n}{n}") for n in range(40)], "share no phrase"),
        (
            [Product(str(n), "lamp" if n < 4 else f"{n}{n}{n}") for n in range(40)],
            "only 1 different queries",
        ),
    ],
)
def test_a_catalogue_without_enough_to_learn_is_rejected(products: list[Product], reason: str):
    with pytest.raises(TrainingError, match=reason):
        train(products, plan=FEW_STEPS)


def test_another_script_and_a_single_brand_train(shop: tuple[Product, ...]):
    words = ("красная", "синяя", "большая", "малая", "тёплая")
    kinds = ("лампа", "чашка", "куртка", "сумка", "полка")
    products = [
        Product(f"{a}{b}{n}", f"{words[a]} {kinds[b]} {n}", brand="Одна")
        for a in range(5)
        for b in range(5)
        for n in range(3)
    ]

    trained = train(products, plan=FEW_STEPS)

    assert any("лампа" in code.label for code in trained.codebook)


def train_until_interrupted(
    monkeypatch: pytest.MonkeyPatch,
    products: Sequence[Product],
    folder: Path,
    *,
    plan: Plan = FEW_STEPS,
    stage: str = "joint",
    **options: Any,
) -> None:
    """Train with a checkpoint after each step, and interrupt the second step of ``stage``."""
    steps = 0

    def loss(trainer: Trainer, rng: np.random.Generator) -> torch.Tensor:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise KeyboardInterrupt
        return original_loss(trainer, rng)

    original_loss = getattr(Trainer, f"{stage}_loss")
    with monkeypatch.context() as patched:
        patched.setattr(stage_loop, "CHECKPOINT_S", 0.0)
        patched.setattr(Trainer, f"{stage}_loss", loss)
        with pytest.raises(KeyboardInterrupt):
            train(products, plan=plan, seed=5, checkpoints=folder, **options)


@pytest.mark.parametrize(
    ("family", "encoder_learns", "stage"),
    [
        ("tiny", "always", "joint"),
        ("tiny", "always", "preference"),
        ("base", "until joint", "joint"),
        ("base", "never", "alignment"),
        ("base", "never", "preference"),
    ],
)
def test_a_resumed_training_ends_with_the_same_weights(
    family: Family,
    encoder_learns: EncoderLearns,
    stage: str,
    shop: tuple[Product, ...],
    small_encoder: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    products, folder = shop[:80], tmp_path / "checkpoint"
    options = {"family": family, "encoder": small_encoder}
    steps = 0 if encoder_learns == "never" else FEW_STEPS.scorer_steps
    plan = replace(FEW_STEPS, encoder_learns=encoder_learns, scorer_steps=steps)
    train_until_interrupted(monkeypatch, products, folder, plan=plan, stage=stage, **options)

    resumed = train(products, seed=5, checkpoints=folder, resume=True, **options)

    uninterrupted = train(products, plan=plan, seed=5, **options)
    assert [r.losses for r in resumed.reports] == [r.losses for r in uninterrupted.reports]
    for name, weight in uninterrupted.network.state_dict().items():
        assert weight.equal(resumed.network.state_dict()[name]), name


def test_a_checkpoint_of_another_catalogue_is_rejected(
    shop: tuple[Product, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "checkpoint"
    train_until_interrupted(monkeypatch, shop[:80], folder)

    with pytest.raises(TrainingError, match="belongs to another feed"):
        train(shop[:81], seed=5, checkpoints=folder, resume=True)
    with pytest.raises(TrainingError, match="no checkpoint"):
        train(shop[:80], seed=5, checkpoints=tmp_path / "other", resume=True)


def test_an_interrupted_training_is_not_overwritten(
    shop: tuple[Product, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "checkpoint"
    train_until_interrupted(monkeypatch, shop[:80], folder)

    with pytest.raises(TrainingError, match="--restart to start over"):
        train(shop[:80], plan=FEW_STEPS, seed=5, checkpoints=folder)


HUNDRED_STEPS = Plan(scorer_steps=100, alignment_steps=0, joint_steps=100, preference_steps=10)
TEN_MINUTES = TimeEstimate(
    {"scorer": 100, "joint": 100, "preference": 10},
    {"scorer": 2.0, "joint": 2.0, "preference": 10.0},
    overhead=100.0,
)


def test_a_budget_shortens_all_stages_by_the_same_factor_and_adds_none():
    plan = shorten_plan(HUNDRED_STEPS, TEN_MINUTES, budget_s=350.0)

    assert TEN_MINUTES.total == 600.0
    assert (plan.scorer_steps, plan.joint_steps, plan.preference_steps) == (50, 50, 5)
    assert plan.alignment_steps == 0


def test_a_budget_too_short_for_training_is_rejected():
    with pytest.raises(TrainingError, match="takes at least 125 s: raise the budget"):
        shorten_plan(HUNDRED_STEPS, TEN_MINUTES, budget_s=101.0)


def test_the_expected_time_is_reported_before_training_starts(shop: tuple[Product, ...]):
    messages: list[str] = []

    train(shop[:80], plan=FEW_STEPS, report_progress=messages.append)

    [message] = messages
    assert message.startswith("training takes about")
    assert "co-alignment" in message


def test_judgments_of_unknown_products_are_ignored_and_reported(shop: tuple[Product, ...]):
    messages: list[str] = []
    judgments = [Judgment("cosy thing", "nowhere", 3.0)]

    trained = train(shop[:80], judgments, plan=FEW_STEPS, report_progress=messages.append)

    assert messages[0] == (
        "1 of 1 judgments refer to products that are not in the feed; they are ignored"
    )
    assert trained.counts["judgments"] == 0


@pytest.mark.parametrize(
    "judgments",
    [
        pytest.param([Judgment("cosy thing", "0", 0.0)], id="none relevant"),
        pytest.param([Judgment("!?", "0", 3.0)], id="no words"),
    ],
)
def test_judgments_without_information_train_like_none(
    judgments: list[Judgment], shop: tuple[Product, ...]
):
    products = [replace(product, id=str(n)) for n, product in enumerate(shop[:80])]

    plain, judged = (train(products, given, plan=FEW_STEPS) for given in ((), judgments))

    for name, weight in plain.network.state_dict().items():
        assert weight.equal(judged.network.state_dict()[name]), name
