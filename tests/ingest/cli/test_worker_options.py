"""The options of ``gram-es worker`` that exclude or require each other."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gram_es.cli import main
from gram_es.settings import current_settings


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--language-model", "model.gguf"), "--language-model is for queries"),
        (("--queries", "--concurrency", "2"), "a worker for queries is one process"),
        (("--queries",), "give it with --language-model SOURCE or GRAM_ES_LANGUAGE_MODEL"),
    ],
)
def test_a_worker_without_what_it_needs_says_so(
    options: tuple[str, ...], error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GRAM_ES_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("GRAM_ES_LANGUAGE_MODEL", raising=False)
    current_settings.cache_clear()

    result = CliRunner().invoke(main, ["worker", *options])

    current_settings.cache_clear()
    assert result.exit_code == 2
    assert error in result.output
