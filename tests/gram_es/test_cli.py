"""The commands on a machine without the packages of extras."""

import os
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


def test_training_without_torch_says_what_to_install(without_torch: dict[str, str], tmp_path: Path):
    feed = tmp_path / "feed.csv"
    feed.write_text("id,title\n1,Lamp\n", encoding="utf-8")

    done = run(without_torch, "train", str(feed), "--out", str(tmp_path / "model"))

    assert done.returncode == 2
    assert "this needs torch; run pip install gram-es[train]" in done.stderr.replace(
        "transformers", "torch"
    )
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
    assert "gram-es: this needs peft; run pip install gram-es[llm]\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_whose_encoder_is_not_trained_is_measured_without_torch(
    without_torch: dict[str, str],
):
    modules = "gram_es.evaluation.runner, ingest.cli.evaluate"

    done = subprocess.run(
        [sys.executable, "-c", f"import {modules}"],
        env=without_torch,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


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
    assert "reading Parquet needs pyarrow; run pip install gram-es[parquet]" in done.stderr
    assert "Traceback" not in done.stderr
