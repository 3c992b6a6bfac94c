"""Runs as the commands show them, over a real ledger."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.records import Product
from gram_es.settings import Settings, current_settings
from ingest.feeds import Row
from ingest.progress_bar import ProgressBar
from ingest.runs.batch import Batch
from ingest.runs.batch_store import Ledger
from ingest.runs.outcomes import Fate
from ingest.runs.run_store import DONE, READ, Run, Runs
from ingest.runs.status import watch
from ingest.worker.pipeline import Origin, Outcome

ROWS = tuple(Row(n, n, Product(f"k-{n}", "Kettle")) for n in (1, 2))


@pytest.fixture
def command(
    cluster_url: str, cluster_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Result]]:
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster_url)
    monkeypatch.setenv("GRAM_ES_INDEX", cluster_settings.index)
    for variable in ("ELASTICSEARCH_API_KEY", "ELASTICSEARCH_CA_FILE"):
        monkeypatch.delenv(variable, raising=False)
    current_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(main, ["ingest", *words])
    current_settings.cache_clear()


@pytest.fixture
def runs(client: Elasticsearch, installed: Settings) -> Runs:
    return Runs(client, installed.index)


@pytest.fixture
def ledger(client: Elasticsearch, installed: Settings) -> Ledger:
    return Ledger(client, installed.index, lease_s=60, worker="host:1")


def queued(runs: Runs, ledger: Ledger, feed_hash: str = "1") -> Run:
    """A run of two batches, a row each, none of them done."""
    begun = runs.begin(Run(0, "shop.xml", "products-1", feed_hash, 1, "model", datetime.now(UTC)))
    for number, row in enumerate(ROWS, 1):
        ledger.add(Origin("shop.xml", begun.number), Batch(number, (row,)))
    read = replace(begun, state=READ, rows=2, batches=2)
    runs.save(read)
    return read


def finish(ledger: Ledger, run: Run, number: int, fate: Fate) -> None:
    taken = ledger.take(run.number, number)
    assert taken is not None
    ledger.finish(taken, Outcome({number: fate}, ()))


def test_a_run_is_watched_until_its_last_batch_is_done(runs: Runs, ledger: Ledger) -> None:
    run = queued(runs, ledger)
    numbers = iter((1, 2))

    with ProgressBar() as bar:
        done = watch(runs, run, bar, pause=lambda _: finish(ledger, run, next(numbers), Fate.NEW))

    assert (done.number, done.state) == (run.number, DONE)
    assert list(numbers) == []


def test_status_of_a_run_that_is_done_does_not_wait(
    runs: Runs, ledger: Ledger, command: Callable[..., Result]
) -> None:
    run = queued(runs, ledger)
    for number in (1, 2):
        finish(ledger, run, number, Fate.NEW)

    shown = command("status", "--follow")

    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"run {run.number}: 2 rows: 2 new, 0 changed, ")


def test_the_last_runs_stand_side_by_side(
    runs: Runs, ledger: Ledger, command: Callable[..., Result]
) -> None:
    first = queued(runs, ledger)
    finish(ledger, first, 1, Fate.NEW)
    finish(ledger, first, 2, Fate.REUSED)
    second = queued(runs, ledger, feed_hash="2")
    finish(ledger, second, 1, Fate.SUPERSEDED)
    runs.save(replace(second, held=7, stocked=9))

    head, *lines = command("runs").stdout.splitlines()

    names = "run source state rows new changed unchanged superseded refused failed deleted seconds"
    assert " ".join(head.split()) == names
    written = [" ".join(line.split()[:-1]) for line in lines]
    assert written == [
        f"{second.number} shop.xml read, deletes held 1 0 0 0 1 0 0 0",
        f"{first.number} shop.xml done 2 1 1 0 0 0 0 0",
    ]
    assert len(command("runs", "--limit", "1").stdout.splitlines()) == 2
    as_json: list[Any] = [
        json.loads(line) for line in command("runs", "--json").stdout.splitlines()
    ]
    assert [(run["run"], run["rows"]) for run in as_json] == [(second.number, 1), (first.number, 2)]


@pytest.mark.parametrize("feed", [("shop.xml", "--partial"), ("-",)], ids=["told", "piped"])
def test_a_partial_feed_cannot_be_allowed_to_delete(
    command: Callable[..., Result], feed: tuple[str, ...]
) -> None:
    refused = command(*feed, "--allow-deletes")

    assert refused.exit_code == 2
    assert "a partial feed deletes nothing" in refused.stderr


def test_without_a_run_the_command_that_makes_one_is_named(
    installed: Settings, command: Callable[..., Result]
) -> None:
    refused = command("runs")

    assert refused.exit_code == 2
    assert "start with gram-es ingest FEED" in refused.stderr
