"""The commands on a machine without the packages of extras."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

MISSING = "raise ModuleNotFoundError(f'No module named {__name__!r}', name=__name__)"


@pytest.fixture
def without_torch(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose processes find neither torch nor transformers."""
    for name in ("torch", "transformers"):
        (tmp_path / f"{name}.py").write_text(MISSING, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gram_es", *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_query_gets_its_codes_without_torch(without_torch: dict[str, str], gram_dir: Path):
    done = run(without_torch, "codes", "--model", str(gram_dir), "desk lamp")

    assert done.returncode == 0, done.stderr
    assert "lamp" in done.stdout


KINDS = ("lamp", "chair", "table", "shelf", "sofa")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    rows = [f"{kind}{n},Oak {kind} {n},{kind}s" for kind in KINDS for n in range(6)]
    path = tmp_path / "feed.csv"
    path.write_text("\n".join(["id,title,category", *rows]), encoding="utf-8")
    return path


def test_without_judgments_a_model_is_trained_and_used_without_torch(
    without_torch: dict[str, str], feed: Path, tmp_path: Path
):
    model = str(tmp_path / "model")

    trained = run(without_torch, "train", str(feed), "--out", model)
    codes = run(without_torch, "codes", "--model", model, "couch")

    assert trained.returncode == 0, trained.stderr
    assert "30 products" in trained.stdout
    assert "training takes about" in trained.stderr
    assert "oak sofa" in codes.stdout


def test_the_demo_with_a_language_model_says_at_once_what_to_install(
    without_torch: dict[str, str], tmp_path: Path
):
    done = run(without_torch, "demo", "--language-model", str(tmp_path))

    assert done.returncode == 2
    assert 'a language model needs torch: run pip install "gram-es[llm]"' in done.stderr


@pytest.mark.parametrize(
    ("options", "needed"),
    [
        (
            ("--judgments", "judgments.tsv"),
            r"training on judgments needs torch: .*gram-es\[train\]",
        ),
        (("--language-model", "."), r"with a language model needs torch: .*gram-es\[llm\]"),
        (("--encoder", "roberta"), r"roberta is no BERT .* needs torch: .*gram-es\[train\]"),
        (("--resume",), r"training on judgments needs torch: .*gram-es\[train\]"),
    ],
)
def test_training_that_needs_torch_says_what_to_install(
    options: tuple[str, ...],
    needed: str,
    without_torch: dict[str, str],
    feed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "judgments.tsv").write_text("light\tlamp1\t3\n")
    (tmp_path / "roberta").mkdir()
    (tmp_path / "roberta" / "config.json").write_text('{"model_type": "roberta"}')

    done = run(without_torch, "train", str(feed), "--out", str(tmp_path / "model"), *options)

    assert done.returncode == 2
    assert re.search(needed, done.stderr)
    assert "Traceback" not in done.stderr


def test_training_a_language_model_without_peft_says_what_to_install(
    gram_dir: Path, small_language_model: Path, tmp_path: Path
):
    (tmp_path / "peft.py").write_text(MISSING, encoding="utf-8")
    feed = tmp_path / "feed.csv"
    feed.write_text("id,title\n1,Lamp\n", encoding="utf-8")
    family = ("--family", "llm", "--model-id", str(small_language_model))

    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = run(environment, "train", str(feed), "--out", str(gram_dir), *family)

    assert done.returncode == 2
    assert 'gram-es: this needs peft; run pip install "gram-es[llm]"\n' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_whose_encoder_is_not_trained_is_measured_without_torch(
    without_torch: dict[str, str],
    small_encoder: str,
):
    code = f"""
import gram_es.evaluation.runner, gram_es.evaluation.yardsticks, ingest.cli.evaluate
from gram_es.evaluation.peers.dense import SentenceEncoder
print(SentenceEncoder({small_encoder!r}).encode_query("oak sofa").shape)
"""

    done = subprocess.run(
        [sys.executable, "-c", code], env=without_torch, capture_output=True, text=True, check=False
    )

    assert done.stdout == "(32,)\n", done.stderr


@pytest.fixture
def without_pyarrow(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose processes find no pyarrow."""
    hidden = "import sys; sys.modules['pyarrow'] = None"
    (tmp_path / "sitecustomize.py").write_text(hidden, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


def test_a_parquet_feed_without_pyarrow_says_what_to_install(
    without_pyarrow: dict[str, str], tmp_path: Path
):
    feed = tmp_path / "feed.parquet"
    feed.write_bytes(b"PAR1" * 8)

    done = run(without_pyarrow, "feed", "check", str(feed))

    assert done.returncode == 2
    assert 'reading Parquet needs pyarrow; run pip install "gram-es[parquet]"' in done.stderr
    assert "Traceback" not in done.stderr
