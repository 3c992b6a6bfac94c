"""Searching from Python, with the code in the README."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gram_es.model.gram import Gram
from gram_es.settings import Settings

README = Path(__file__).parents[2] / "README.md"


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def readme_code() -> str:
    """Return the Python code in the README."""
    [code] = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    return code


def test_the_readme_s_code_searches_with_the_model(
    readme_code: str, shop_index: Settings, gram: Gram, gram_dir: Path, tmp_path: Path
) -> None:
    print_result = "print(result.mode, result.model, len(result.hits))"

    process = run(
        f"{readme_code}\n{print_result}",
        ELASTICSEARCH_URL=str(shop_index.elasticsearch_url),
        GRAM_ES_INDEX=shop_index.index,
        GRAM_ES_MODEL=str(gram_dir),
        GRAM_ES_CACHE_DIR=str(tmp_path),
    )

    assert process.returncode == 0, process.stderr
    *hits, last = process.stdout.splitlines()
    assert last == f"codes+text+rerank {gram.fingerprint} {len(hits)}"
    assert hits


def test_no_model_means_no_torch(readme_code: str, shop_index: Settings, tmp_path: Path) -> None:
    print_result = "import sys; print(result.mode, 'torch' in sys.modules)"

    process = run(
        f"{readme_code}\n{print_result}",
        ELASTICSEARCH_URL=str(shop_index.elasticsearch_url),
        GRAM_ES_INDEX=shop_index.index,
        GRAM_ES_CACHE_DIR=str(tmp_path),
    )

    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines()[-1] == "text False"
