"""The command ``gram-es warm``: output and errors."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gram_es.cli import main
from gram_es.settings import current_settings


@pytest.fixture
def warm(shop_index, gram_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ELASTICSEARCH_URL", shop_index.elasticsearch_url)
    monkeypatch.setenv("GRAM_ES_INDEX", shop_index.index)
    monkeypatch.setenv("GRAM_ES_MODEL", str(gram_dir))
    current_settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(main, ["warm", *map(str, arguments)])
    current_settings.cache_clear()


def test_the_most_frequent_queries_of_a_file_get_their_codes(warm, tmp_path):
    log = tmp_path / "log.tsv"
    log.write_text("led bulb\t1\ncordless drill\t7\nrunning shoes\t3\n")

    first = warm(log)
    again = warm(log, "--top", 2, "--json")

    assert first.exit_code == 0, first.stderr
    assert first.stdout.startswith("3 queries stored with their codes; the model abstains from 0;")
    assert json.loads(again.stdout) == {"stored": 2, "abstained": 0, "deleted": 1}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "give one source of queries: a file, or --from-log"),
        (["log.txt", "--from-log"], "give one source of queries"),
        (["none.txt"], "cannot read the queries none.txt"),
        (["--from-log"], "the log of queries contains no query that a model answers"),
    ],
)
def test_without_queries_the_error_states_what_is_missing(warm, arguments, reason):
    result = warm(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert reason in result.stderr
