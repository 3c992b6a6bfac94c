"""The search without HTTP, as the README shows it."""

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
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def shown() -> str:
    """The README's piece of Python."""
    [code] = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    return code


def test_the_readme_s_code_searches_with_the_model(
    shown: str, stocked: Settings, gram: Gram, gram_dir: Path, tmp_path: Path
) -> None:
    asks = "print(result.mode, result.model, len(result.hits))"

    done = run(
        f"{shown}\n{asks}",
        ELASTICSEARCH_URL=str(stocked.elasticsearch_url),
        GRAM_ES_INDEX=stocked.index,
        GRAM_ES_MODEL=str(gram_dir),
        GRAM_ES_CACHE_DIR=str(tmp_path),
    )

    assert done.returncode == 0, done.stderr
    *hits, last = done.stdout.splitlines()
    assert last == f"codes+text+rerank {gram.fingerprint} {len(hits)}"
    assert hits


def test_no_model_means_no_torch(shown: str, stocked: Settings, tmp_path: Path) -> None:
    asks = "import sys; print(result.mode, 'torch' in sys.modules)"

    done = run(
        f"{shown}\n{asks}",
        ELASTICSEARCH_URL=str(stocked.elasticsearch_url),
        GRAM_ES_INDEX=stocked.index,
        GRAM_ES_CACHE_DIR=str(tmp_path),
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "text False"
