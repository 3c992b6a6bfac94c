"""The command ``train`` around an interruption, with a plan of few steps."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gram_es.cli import main
from gram_es.records import Product
from gram_es.training.plan import Plan
from gram_es.training.trainer import Course

FEW_STEPS = Plan(
    queries=300,
    max_codes=200,
    batch=16,
    lesson=16,
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
    words = ["train", str(feed), "--out", str(tmp_path / "model")]
    return lambda *more: CliRunner().invoke(main, [*words, *more])


@pytest.fixture
def interrupted(train: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the checkpoint of a training that broke off in its third stage."""

    def joint_loss(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Course, "joint_loss", joint_loss)
        patched.setattr("gram_es.training.train._plan_time", lambda *_: None)
        assert train().exit_code != 0


@pytest.mark.usefixtures("interrupted")
def test_an_interrupted_training_is_named_and_gone_on_with(
    train: Callable[..., Result], tmp_path: Path
):
    refused = train()
    resumed = train("--resume")

    assert refused.exit_code != 0
    assert "add --resume to go on with it, or --restart to begin anew" in refused.output
    assert resumed.exit_code == 0
    assert (tmp_path / "model" / "gram.json").exists()
    assert not (tmp_path / "model.checkpoint").exists()


@pytest.mark.usefixtures("interrupted")
def test_restart_begins_anew(train: Callable[..., Result], tmp_path: Path):
    kept = tmp_path / "model.checkpoint" / "somebody's.txt"
    kept.write_text("mine")

    assert train("--restart").exit_code == 0
    assert kept.exists()  # only what is ours goes


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--resume", "--restart"], "give one of them"),
        (["--resume", "--budget", "5m"], "leave it out with --resume"),
        (["--budget", "soon"], "write it as 90s, 30m or 2h"),
        (["--encoder", "some/encoder"], "add --family base"),
        (["--resume"], "no checkpoint"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    train: Callable[..., Result], words: list[str], sentence: str
):
    result = train(*words)

    assert result.exit_code != 0
    assert sentence in result.output
    assert "Traceback" not in result.output
