"""The command ``train`` with a language model."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gram_es.cli import main
from gram_es.language_model.load import load_language_model
from gram_es.records import Product
from gram_es.training.language_model.train import TrainedAdapter
from gram_es.training.plan import Plan


@pytest.fixture
def train(
    shop: tuple[Product, ...],
    small_encoder: str,
    small_language_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Result]:
    monkeypatch.setattr(Plan, "of", lambda *_, **__: Plan(max_codes=200))
    monkeypatch.setattr("gram_es.training.language_model.train.common_words", lambda: ["hose"])
    feed = tmp_path / "feed.ndjson"
    rows = ({"id": p.id, "title": p.title, "brand": p.brand} for p in shop[:80])
    feed.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    arguments = ["train", str(feed), "--out", str(tmp_path / "model"), "--encoder", small_encoder]
    family = ["--family", "llm", "--model-id", str(small_language_model), "--tokens", "1100"]
    return lambda *options: CliRunner().invoke(main, [*arguments, *family, *options])


def test_a_model_and_its_language_model_are_trained_then_the_language_model_alone(
    train: Callable[..., Result], tmp_path: Path
):
    first = train()
    manifest = (tmp_path / "model" / "gram.json").read_bytes()
    second = train("--tokens", "2000", "--json")

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert "language model language model+" in first.stdout
    [line] = second.stdout.splitlines()  # the model has not been trained again
    assert json.loads(line)["language_model"] not in first.stdout
    assert (tmp_path / "model" / "gram.json").read_bytes() == manifest
    assert [path.name for path in tmp_path.iterdir() if "checkpoint" in path.name] == []


def test_a_trained_language_model_is_trained_on_for_another_folder_only(
    train: Callable[..., Result], small_language_model: Path, tmp_path: Path
):
    first = train("--json")
    name = json.loads(first.stdout.splitlines()[-1])["language_model"]
    trained = tmp_path / "model"

    rejected = train("--model-id", str(trained))
    second = train("--model-id", str(trained), "--out", str(tmp_path / "other"), "--json")

    assert rejected.exit_code == 2
    assert f"name the one below it, {small_language_model}, or another --out" in rejected.output
    assert second.exit_code == 0, second.output
    model = load_language_model(str(tmp_path / "other"))
    assert model.name.count("+") == 2
    assert name.startswith("language model+")


def test_an_interrupted_training_of_a_language_model_is_resumed(
    train: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(TrainedAdapter, "save", stop)
        assert train().exit_code != 0
    rejected = train()

    assert "add --resume to continue it, or --restart to start over" in rejected.output
    assert train("--resume").exit_code == 0
    assert (tmp_path / "model" / "language_model" / "adapter_model.safetensors").exists()
    assert not (tmp_path / "model.llm-checkpoint").exists()


def test_a_missing_package_is_reported_before_a_model_is_trained(
    train: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "peft", None)

    result = train()

    assert 'needs peft; run pip install "gram-es[llm]"' in result.output
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--family", "base"], "--model-id and --stages are for a language model"),
        (["--stages", "supervised,supervised"], "name each stage once"),
        (["--stages", "pretraining"], "there are supervised, co-training, alignment"),
        (["--model-id", ""], "name a hub id, a folder or a GGUF file with --model-id"),
        (["--model-id", "no/such/model"], "there is no folder no/such/model"),
    ],
)
def test_invalid_options_are_rejected(
    train: Callable[..., Result], options: list[str], message: str
):
    result = train(*options)

    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
