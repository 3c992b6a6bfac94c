from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gram_es.codes.stated import CodeMatcher
from gram_es.errors import TrainingError
from gram_es.model.gram import Gram
from gram_es.model.pretrained import create_text_encoder
from gram_es.model.quantise import dequantise
from gram_es.records import Judgment, Product
from gram_es.training import stage_loop
from gram_es.training.calibration.comparison import EncoderComparison
from gram_es.training.estimate import TimeEstimate, shorten_plan
from gram_es.training.export import TrainedModel
from gram_es.training.plan import Plan
from gram_es.training.stages.scorer import HARD, SCORER, ScorerStage
from gram_es.training.train import EncoderChoice, train

FEW_STEPS = Plan(max_codes=200, batch=8, relevant=2, scorer_steps=3, hard_steps=2, scorer_lr=1e-3)
NO_STEPS = Plan(max_codes=200)
Train = Callable[..., TrainedModel]


@pytest.fixture
def products(shop: tuple[Product, ...]) -> tuple[Product, ...]:
    return shop[:80]


@pytest.fixture
def judgments(products: tuple[Product, ...]) -> list[Judgment]:
    """Judgments with half of a product's title as the query."""
    return [Judgment(" ".join(product.title.split()[::2]), product.id, 3.0) for product in products]


@pytest.fixture
def train_small(products: tuple[Product, ...], small_encoder: str) -> Train:
    """Return a function that trains on few products with a tiny random encoder."""

    def run(judgments: Sequence[Judgment] = (), **options: Any) -> TrainedModel:
        options = {"plan": FEW_STEPS, "encoder": small_encoder, **options}
        return train(options.pop("products", products), judgments, **options)

    return run


def weights(trained: TrainedModel) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = trained.parts.encoder.network.state_dict()
    return tensors


def assert_equal_weights(first: TrainedModel, second: TrainedModel) -> None:
    for name, weight in weights(first).items():
        assert weight.equal(weights(second)[name]), name


def test_without_judgments_the_pretrained_encoder_stays_as_it_is(
    train_small: Train, small_encoder: str
):
    trained = train_small(plan=None)

    for name, weight in create_text_encoder(small_encoder).network.state_dict().items():
        assert weight.equal(weights(trained)[name]), name
    assert trained.reports == []
    assert trained.counts["training queries"] == 0


def test_a_centroid_is_the_mean_of_the_stored_vectors_of_the_products_that_state_the_code(
    train_small: Train, products: tuple[Product, ...], tmp_path: Path
):
    trained = train_small(plan=NO_STEPS)

    trained.save(tmp_path / "model")
    vectors = dequantise([e.vector for e in Gram.load(tmp_path / "model").enrich(products)])
    matcher = CodeMatcher(trained.codebook)
    stated = [matcher.stated(product) for product in products]
    carriers = [n for n, codes in enumerate(stated) if 0 in (*codes.by_field, *codes.by_phrase)]
    mean = vectors[carriers].mean(0)
    expected = mean / np.linalg.norm(mean)
    assert trained.parts.prior.centroids[0] == pytest.approx(expected, abs=5e-3)


def test_a_model_without_training_has_no_table_of_losses(train_small: Train, tmp_path: Path):
    trained = train_small(plan=NO_STEPS)

    trained.save(tmp_path / "model")

    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "The encoder was not trained" in card
    assert not (tmp_path / "model" / "training.tsv").exists()


def test_equal_seeds_train_equal_weights_also_where_the_time_is_reported(
    train_small: Train, judgments: list[Judgment]
):
    messages: list[str] = []

    first = train_small(judgments, seed=5)
    second = train_small(judgments, seed=5, report_progress=messages.append)

    assert any("training takes about" in message for message in messages)
    assert_equal_weights(first, second)


def test_both_halves_report_and_the_scorer_learns(train_small: Train, judgments: list[Judgment]):
    plan = replace(FEW_STEPS, batch=32, scorer_steps=60, scorer_lr=3e-3)

    trained = train_small(judgments, plan=plan)

    scorer, hard = trained.reports
    assert [scorer.name, hard.name] == [SCORER, HARD]
    assert (len(scorer.losses), len(hard.losses)) == (60, 2)
    assert scorer.last_loss < 0.8 * scorer.first_loss


def test_a_model_of_the_default_encoder_is_saved_with_its_licence(
    shop: tuple[Product, ...], tmp_path: Path
):
    trained = train(shop[:60], plan=NO_STEPS)
    trained.save(tmp_path / "model")

    gram = Gram.load(tmp_path / "model")

    assert gram.dimensions == 384
    assert all(enrichment.codes for enrichment in gram.enrich(shop[:10]))
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "all-MiniLM-L6-v2" in card
    assert "Apache-2.0" in card
    config = (tmp_path / "model" / "config.json").read_text(encoding="utf-8")
    assert "site-packages" not in config


def test_prefixes_are_saved_with_the_model(train_small: Train, small_encoder: str):
    choice = EncoderChoice(small_encoder, "query: ", "passage: ")

    config = train_small(encoder=choice, plan=NO_STEPS).config

    assert (config.query_prefix, config.product_prefix) == ("query: ", "passage: ")


def test_a_judged_query_becomes_a_training_query(train_small: Train, judgments: list[Judgment]):
    assert train_small(judgments[:5]).counts["training queries"] == 5


@pytest.mark.parametrize(
    ("products", "reason"),
    [
        ([], "the feed has 0 products"),
        ([Product(str(n), "lamp") for n in range(19)], "the feed has 19 products"),
        ([Product(str(n), f"{n}{n}{n}") for n in range(40)], "share no phrase"),
    ],
)
def test_a_catalogue_without_codes_is_rejected(
    products: list[Product], reason: str, train_small: Train
):
    with pytest.raises(TrainingError, match=reason):
        train_small(products=products)


def test_another_script_and_a_single_brand_train(train_small: Train):
    words = ("красная", "синяя", "большая", "малая", "тёплая")
    kinds = ("лампа", "чашка", "куртка", "сумка", "полка")
    products = [
        Product(f"{a}{b}{n}", f"{words[a]} {kinds[b]} {n}", brand="Одна")
        for a in range(5)
        for b in range(5)
        for n in range(3)
    ]

    trained = train_small(products=products)

    assert any("лампа" in code.label for code in trained.codebook)


def test_a_large_catalogue_is_sampled_and_the_sample_reported(
    train_small: Train, shop: tuple[Product, ...], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gram_es.training.train.MAX_PRODUCTS", 60)
    messages: list[str] = []

    trained = train_small(products=iter(shop[:80]), report_progress=messages.append)

    assert trained.counts["products"] == 60
    assert "training uses a random sample of 60 of the 80 products" in messages


def train_until_interrupted(
    monkeypatch: pytest.MonkeyPatch, train: Callable[[], object], *, steps: int
) -> None:
    """Train with a checkpoint after each step, and interrupt the run after ``steps`` steps."""
    taken = 0

    def loss(scorer: ScorerStage, rng: np.random.Generator) -> torch.Tensor:
        nonlocal taken
        taken += 1
        if taken > steps:
            raise KeyboardInterrupt
        return original_loss(scorer, rng)

    original_loss = ScorerStage.loss
    with monkeypatch.context() as patched:
        patched.setattr(stage_loop, "CHECKPOINT_S", 0.0)
        patched.setattr(ScorerStage, "loss", loss)
        with pytest.raises(KeyboardInterrupt):
            train()


@pytest.mark.parametrize("steps", [2, 3, 4], ids=["first half", "between", "second half"])
def test_a_resumed_training_ends_with_the_same_weights(
    steps: int,
    train_small: Train,
    judgments: list[Judgment],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    options = {"seed": 5, "checkpoints": tmp_path / "checkpoint"}
    train_until_interrupted(monkeypatch, lambda: train_small(judgments, **options), steps=steps)

    resumed = train_small(judgments, plan=None, resume=True, **options)

    uninterrupted = train_small(judgments, seed=5)
    assert [r.losses for r in resumed.reports] == [r.losses for r in uninterrupted.reports]
    assert_equal_weights(resumed, uninterrupted)


def test_a_checkpoint_of_another_catalogue_is_rejected(
    train_small: Train,
    shop: tuple[Product, ...],
    judgments: list[Judgment],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    folder = tmp_path / "checkpoint"
    train_until_interrupted(
        monkeypatch, lambda: train_small(judgments, checkpoints=folder), steps=2
    )

    with pytest.raises(TrainingError, match="belongs to another feed"):
        train_small(judgments, products=shop[:81], checkpoints=folder, resume=True)
    with pytest.raises(TrainingError, match="no checkpoint"):
        train_small(judgments, checkpoints=tmp_path / "other", resume=True)
    with pytest.raises(TrainingError, match="--restart to start over"):
        train_small(judgments, checkpoints=folder)


HUNDRED_STEPS = Plan(scorer_steps=100, hard_steps=150)
TEN_MINUTES = TimeEstimate({SCORER: 100, HARD: 150}, {SCORER: 2.0, HARD: 2.0}, overhead=100.0)


def test_a_budget_shortens_both_halves_by_the_same_factor():
    plan = shorten_plan(HUNDRED_STEPS, TEN_MINUTES, budget_s=350.0)

    assert TEN_MINUTES.total == 600.0
    assert (plan.scorer_steps, plan.hard_steps) == (50, 75)


@pytest.mark.parametrize("plan", [HUNDRED_STEPS, NO_STEPS])
def test_a_budget_too_short_for_training_is_rejected(plan: Plan):
    steps = {SCORER: plan.scorer_steps, HARD: plan.hard_steps}
    expected = replace(TEN_MINUTES, steps=steps)

    with pytest.raises(TrainingError, match=r"takes at least 1\d\d s: raise the budget"):
        shorten_plan(plan, expected, budget_s=99.0)


def test_the_expected_time_is_reported_before_training_starts(
    train_small: Train, judgments: list[Judgment]
):
    messages: list[str] = []

    train_small(judgments, report_progress=messages.append)

    [message] = [m for m in messages if m.startswith("training takes about")]
    assert HARD in message


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare encoders on the few held-out queries of these tests."""
    monkeypatch.setattr("gram_es.training.train.MIN_BLEND_QUERIES", 5)


@pytest.mark.usefixtures("compared")
def test_training_that_loses_on_held_out_queries_is_switched_off_and_reported(
    train_small: Train,
    judgments: list[Judgment],
    small_encoder: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(EncoderComparison, "keeps_training", False)
    messages: list[str] = []

    trained = train_small(judgments, report_progress=messages.append)

    trained.save(tmp_path / "model")
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert not trained.config.is_encoder_trained
    assert trained.counts["training queries"] == 0
    for name, weight in create_text_encoder(small_encoder).network.state_dict().items():
        assert weight.equal(weights(trained)[name]), name
    assert messages[-1].startswith("the training on judgments is switched off")
    assert "The training is switched off" in card
    assert "| codes+text+rerank | pretrained |" in card


@pytest.mark.usefixtures("compared")
def test_training_that_does_not_lose_is_kept_with_its_figures(
    train_small: Train, judgments: list[Judgment], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(EncoderComparison, "keeps_training", True)

    trained = train_small(judgments)

    assert trained.config.is_encoder_trained
    assert trained.comparison is not None
    assert trained.comparison.queries == 7
    assert trained.counts["training queries"] == 72


@pytest.mark.parametrize(("usable", "learns"), [(60, True), (59, False)])
def test_only_judged_queries_with_a_product_of_the_catalogue_count(
    usable: int,
    learns: bool,
    train_small: Train,
    products: tuple[Product, ...],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("gram_es.training.plan._FEW_JUDGED", 60)
    monkeypatch.setattr("gram_es.training.plan._MAX_STEPS", 1)
    monkeypatch.setattr("gram_es.training.plan._MAX_HARD_STEPS", 0)
    judgments = [
        Judgment(f"wish {n}", product.id, 3.0 if n < usable else 0.0)
        for n, product in enumerate(products)
    ]

    trained = train_small(judgments, plan=None)

    assert bool(trained.reports) == learns


def test_judgments_of_unknown_products_are_ignored_and_reported(train_small: Train):
    messages: list[str] = []

    trained = train_small(
        [Judgment("cosy thing", "nowhere", 3.0)], plan=NO_STEPS, report_progress=messages.append
    )

    assert messages[0] == (
        "1 of 1 judgments refer to products that are not in the feed; they are ignored"
    )
    assert trained.counts["judgments"] == 0


@pytest.mark.parametrize(
    "judgment",
    [
        pytest.param(Judgment("cosy thing", "0", 0.0), id="none relevant"),
        pytest.param(Judgment("!?", "0", 3.0), id="no words"),
    ],
)
def test_judgments_without_information_train_like_none(
    judgment: Judgment, train_small: Train, products: tuple[Product, ...]
):
    numbered = [replace(product, id=str(n)) for n, product in enumerate(products)]

    plain, judged = (train_small(given, products=numbered) for given in ((), [judgment]))

    assert_equal_weights(plain, judged)
