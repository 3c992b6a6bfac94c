"""The command ``train`` with a few training steps, also when it is interrupted."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gram_es.cli import main
from gram_es.records import Product
from gram_es.training.plan import Plan
from gram_es.training.trainer import Trainer

FEW_STEPS = Plan(
    queries=300,
    max_codes=200,
    batch=16,
    joint_batch=16,
    scorer_steps=2,
    alignment_steps=2,
    joint_steps=2,
    preference_steps=1,
    preference_queries=40,
    searched_products=60,
)


@pytest.fixture
def train(
    shop: tuple[Product, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    monkeypatch.setattr(Plan, "of", lambda *_, **__: FEW_STEPS)
    feed = tmp_path / "feed.ndjson"
    rows = ({"id": p.id, "title": p.title, "brand": p.brand} for p in shop[:80])
    feed.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    arguments = ["train", str(feed), "--out", str(tmp_path / "model")]
    return lambda *options: CliRunner().invoke(main, [*arguments, *options])


@pytest.fixture
def interrupted(train: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the checkpoint of a training that is interrupted in its third stage."""

    def joint_loss(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "joint_loss", joint_loss)
        patched.setattr("gram_es.training.train._fit_budget", lambda *_: None)
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
        (["--encoder", "some/encoder"], "add --family base"),
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
