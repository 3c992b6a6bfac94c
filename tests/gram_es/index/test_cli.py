import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gram_es.cli import main
from gram_es.model.manifest import FORMAT
from gram_es.settings import current_settings

FINGERPRINT = "0123456789ab" + "0" * 52


@pytest.fixture
def run(
    cluster_url: str, clean_index: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Result]]:
    """Return a function that runs a command on an index for one test."""
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster_url)
    monkeypatch.setenv("GRAM_ES_INDEX", clean_index)
    for variable in ("ELASTICSEARCH_API_KEY", "ELASTICSEARCH_CA_FILE", "GRAM_ES_MODEL"):
        monkeypatch.delenv(variable, raising=False)
    current_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(main, list(words))
    current_settings.cache_clear()


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    """A model folder that contains only the manifest, which is enough to identify the model."""
    manifest = {
        "encoder_fingerprint": "e1",
        "codes_fingerprint": "c1",
        "fingerprint": FINGERPRINT,
        "family": "base",
        "dimensions": 64,
        "files": {},
        "format": FORMAT,
    }
    (tmp_path / "gram.json").write_text(json.dumps(manifest))
    return tmp_path


def test_status_prints_the_same_state_as_install(
    run: Callable[..., Result], clean_index: str, model_folder: Path
) -> None:
    installed = run("index", "install", "--model", str(model_folder), "--json")
    status = run("index", "status", "--json")

    assert (installed.exit_code, installed.stderr) == (0, "")
    state = json.loads(status.stdout)
    assert json.loads(installed.stdout) == state
    assert state["aliases"] == [clean_index, f"{clean_index}-write"]
    assert state["live_slot"] == "m0123456789ab"
    slot = {"fingerprint": FINGERPRINT, "family": "base", "encoder": "e1", "codes": "c1"}
    assert state["slots"] == {"m0123456789ab": slot}
    assert state["templates"][0] == {"name": "gram-es@settings", "installed": 3, "shipped": 3}


def test_status_prints_a_table(
    run: Callable[..., Result], clean_index: str, model_folder: Path
) -> None:
    run("index", "install", "--model", str(model_folder))

    lines = run("index", "status").stdout.splitlines()

    assert lines[0].startswith(f"index      {clean_index}-4-")
    assert lines[1:] == [
        f"aliases    {clean_index}, {clean_index}-write",
        f"slot       m0123456789ab (live, base, fingerprint {FINGERPRINT})",
        "documents  0, 0 of them with codes of the live slot (0.0%)",
        "template   gram-es@settings version 3",
        "template   gram-es@mappings version 6",
        f"template   {clean_index} version 4",
        "template   gram-es-ledger version 4",
        "template   gram-es-dead version 1",
        "template   gram-es-state version 1",
        "template   gram-es-overrides version 1",
        "template   gram-es-precomputed version 1",
        "template   gram-es-queries version 1",
    ]


def test_status_without_an_index_names_the_command(run: Callable[..., Result]) -> None:
    result = run("index", "status")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("make it with gram-es index install --model DIR\n")


def test_install_of_a_folder_without_a_model_is_an_error(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run("index", "install", "--model", str(tmp_path / "none"))

    assert result.exit_code == 2
    assert result.stderr.startswith(f"gram-es: no model in {tmp_path / 'none'}")
