"""The command ``train`` with a few training steps, also when it is interrupted."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gram_es.cli import main
from gram_es.model.config import GramConfig
from gram_es.records import Product
from gram_es.training.estimate import ReportedBudget
from gram_es.training.plan import Plan
from gram_es.training.stages.scorer import HARD, ScorerStage

FEW_STEPS = Plan(max_codes=200, batch=8, scorer_steps=2, hard_steps=1)


@pytest.fixture
def train(
    shop: tuple[Product, ...],
    small_encoder: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Result]:
    monkeypatch.setattr(Plan, "of", lambda *_, **__: FEW_STEPS)
    feed = tmp_path / "feed.ndjson"
    rows = ({"id": p.id, "title": p.title, "brand": p.brand} for p in shop[:80])
    feed.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    arguments = ["train", str(feed), "--out", str(tmp_path / "model"), "--encoder", small_encoder]
    return lambda *options: CliRunner().invoke(main, [*arguments, *options])


@pytest.fixture
def interrupted(train: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the checkpoint of a training that is interrupted in its second half."""

    def prepare(_: object, half: str) -> None:
        if half == HARD:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ScorerStage, "prepare", prepare)
        patched.setattr(ReportedBudget, "matters", False)
        assert train().exit_code != 0


@pytest.mark.usefixtures("interrupted")
def test_an_interrupted_training_is_reported_and_resumed(
    train: Callable[..., Result], tmp_path: Path
):
    rejected = train()
    resumed = train("--resume")

    assert rejected.exit_code != 0
    assert "add --resume to continue it, or --restart to start over" in rejected.output
    assert resumed.exit_code == 0
    assert (tmp_path / "model" / "gram.json").exists()
    assert not (tmp_path / "model.checkpoint").exists()


@pytest.mark.usefixtures("interrupted")
def test_restart_discards_the_interrupted_training(train: Callable[..., Result], tmp_path: Path):
    other_file = tmp_path / "model.checkpoint" / "other.txt"
    other_file.write_text("not a checkpoint")

    assert train("--restart").exit_code == 0
    assert other_file.exists()  # only files of the checkpoint are removed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resume", "--restart"], "give one of them"),
        (["--resume", "--budget", "5m"], "leave it out with --resume"),
        (["--budget", "soon"], "write it as 90s, 30m or 2h"),
        (["--encoder", "no/such/encoder"], "cannot load the encoder no/such/encoder"),
        (["--resume"], "no checkpoint"),
    ],
)
def test_invalid_options_are_rejected(
    train: Callable[..., Result], options: list[str], message: str
):
    result = train(*options)

    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_model_in_the_folder_is_replaced_only_with_force(
    train: Callable[..., Result], tmp_path: Path
):
    manifest = tmp_path / "model" / "gram.json"
    assert train().exit_code == 0
    before = manifest.read_bytes()

    rejected = [train("--seed", "1"), train("--restart"), train("--resume")]

    assert [result.exit_code for result in rejected] == [2, 2, 2]
    assert all("add --force to replace it" in result.stderr for result in rejected)
    assert manifest.read_bytes() == before
    assert train("--seed", "1", "--force").exit_code == 0
    assert manifest.read_bytes() != before


def test_prefixes_reach_the_model(train: Callable[..., Result], tmp_path: Path):
    result = train("--query-prefix", "query: ", "--product-prefix", "passage: ")

    config = GramConfig.load(tmp_path / "model")
    assert result.exit_code == 0
    assert (config.query_prefix, config.product_prefix) == ("query: ", "passage: ")


def test_an_encoder_that_cannot_read_the_catalogue_is_reported_on_one_line_of_stderr(
    train: Callable[..., Result], tmp_path: Path
):
    feed = tmp_path / "feed.ndjson"
    words = [("красная", "синяя", "большая", "малая"), ("лампа", "чашка", "куртка", "сумка")]
    titles = [" ".join(pair) for pair in product(*words)] * 3
    rows = ({"id": str(n), "title": title} for n, title in enumerate(titles))
    feed.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    result = train()

    [line] = [line for line in result.stderr.splitlines() if "does not know most words" in line]
    assert "--encoder" in line
