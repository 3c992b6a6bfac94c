"""``gram-es warm`` as a shell sees it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gram_es.cli import main
from gram_es.settings import current_settings


@pytest.fixture
def warm(stocked, gram_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ELASTICSEARCH_URL", stocked.elasticsearch_url)
    monkeypatch.setenv("GRAM_ES_INDEX", stocked.index)
    monkeypatch.setenv("GRAM_ES_MODEL", str(gram_dir))
    current_settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(main, ["warm", *map(str, arguments)])
    current_settings.cache_clear()


def test_the_most_frequent_queries_of_a_file_get_their_codes(warm, tmp_path):
    log = tmp_path / "log.tsv"
    log.write_text("led bulb\t1\ncordless drill\t7\nrunning shoes\t3\n")

    told = warm(log)
    again = warm(log, "--top", 2, "--json")

    assert told.exit_code == 0, told.stderr
    assert told.stdout.startswith("3 queries have their codes ready; the model abstains from 0;")
    assert json.loads(again.stdout) == {"kept": 2, "abstained": 0, "forgotten": 1}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "name one source of queries: a file, or --from-log"),
        (["log.txt", "--from-log"], "name one source of queries"),
        (["none.txt"], "cannot read the queries none.txt"),
        (["--from-log"], "the log of queries holds no query to ask a model"),
    ],
)
def test_without_queries_one_sentence_says_what_is_missing(warm, arguments, reason):
    done = warm(*arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert reason in done.stderr
