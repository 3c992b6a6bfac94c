"""The status of runs as the commands print it, over a real ledger."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.index.names import LEDGER
from gram_es.records import Product
from gram_es.settings import Settings, current_settings
from ingest.feeds import Row
from ingest.progress_bar import ProgressBar
from ingest.runs.batch import Batch
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import IndexingResult, Origin, Outcome
from ingest.runs.run_store import DONE, READ, Run, RunStore
from ingest.runs.status import follow_run

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
    yield lambda *arguments: CliRunner().invoke(main, ["ingest", *arguments])
    current_settings.cache_clear()


@pytest.fixture
def runs(client: Elasticsearch, installed: Settings) -> RunStore:
    return RunStore(client, installed.index)


@pytest.fixture
def ledger(client: Elasticsearch, installed: Settings) -> BatchStore:
    return BatchStore(client, installed.index, lease_s=60, worker="host:1")


def queued(runs: RunStore, ledger: BatchStore, feed_hash: str = "1") -> Run:
    """Write a run of two batches, each of one row and not done, and return the run."""
    begun = runs.begin(Run(0, "shop.xml", "products-1", feed_hash, 1, "model", datetime.now(UTC)))
    for number, row in enumerate(ROWS, 1):
        ledger.add(Origin("shop.xml", begun.number), Batch(number, (row,)))
    read = replace(begun, state=READ, rows=2, batches=2)
    runs.save(read)
    return read


def finish(ledger: BatchStore, run: Run, number: int, outcome: Outcome) -> None:
    batch = ledger.lease(run.number, number)
    assert batch is not None
    ledger.finish(batch, IndexingResult({number: outcome}, ()))


def test_a_run_is_followed_until_its_last_batch_is_done(runs: RunStore, ledger: BatchStore) -> None:
    run = queued(runs, ledger)
    numbers = iter((1, 2))

    with ProgressBar() as bar:
        done = follow_run(
            runs, run, bar, pause=lambda _: finish(ledger, run, next(numbers), Outcome.CREATED)
        )

    assert (done.number, done.state) == (run.number, DONE)
    assert list(numbers) == []


def test_status_of_a_run_that_is_done_does_not_wait(
    runs: RunStore, ledger: BatchStore, command: Callable[..., Result]
) -> None:
    run = queued(runs, ledger)
    for number in (1, 2):
        finish(ledger, run, number, Outcome.CREATED)

    status = command("status", "--follow")

    assert status.exit_code == 0
    assert status.stdout.startswith(f"run {run.number}: 2 rows: 2 created, 0 updated, ")


def test_a_run_whose_batches_the_ledger_lost_is_not_followed_for_ever(
    client: Elasticsearch, runs: RunStore, ledger: BatchStore, command: Callable[..., Result]
) -> None:
    run = queued(runs, ledger)
    finish(ledger, run, 1, Outcome.CREATED)
    client.delete(index=LEDGER, id=f"{run.number}-2")

    followed, status = command("status", "--follow"), command("status")

    assert followed.exit_code == 2
    lost = f"the ledger has 1 of 2 batches of run {run.number}: it was deleted or restored"
    assert lost in followed.stderr
    assert f"1 of 2 batches of run {run.number} are missing in {LEDGER}" in status.stderr
    assert "ingest the same feed again" in status.stderr
    assert "read, batches missing" in command("runs").stdout


def test_the_last_runs_are_listed_newest_first_in_columns(
    runs: RunStore, ledger: BatchStore, command: Callable[..., Result]
) -> None:
    first = queued(runs, ledger)
    finish(ledger, first, 1, Outcome.CREATED)
    finish(ledger, first, 2, Outcome.REUSED_CODES)
    second = queued(runs, ledger, feed_hash="2")
    finish(ledger, second, 1, Outcome.SUPERSEDED)
    runs.save(replace(second, withheld_deletes=7, products_before=9))

    header, *lines = command("runs").stdout.splitlines()

    assert header.split() == [
        *("run", "source", "state", "rows", "created", "updated", "unchanged", "superseded"),
        *("rejected", "failed", "deleted", "seconds"),
    ]
    cells = [" ".join(line.split()[:-1]) for line in lines]
    assert cells == [
        f"{second.number} shop.xml read, deletes withheld 1 0 0 0 1 0 0 0",
        f"{first.number} shop.xml done 2 1 1 0 0 0 0 0",
    ]
    assert len(command("runs", "--limit", "1").stdout.splitlines()) == 2
    as_json: list[Any] = [
        json.loads(line) for line in command("runs", "--json").stdout.splitlines()
    ]
    assert [(run["run"], run["rows"]) for run in as_json] == [(second.number, 1), (first.number, 2)]


@pytest.mark.parametrize(
    "feed", [("shop.xml", "--partial"), ("-",)], ids=["option", "standard input"]
)
def test_a_partial_feed_cannot_be_allowed_to_delete(
    command: Callable[..., Result], feed: tuple[str, ...]
) -> None:
    rejected = command(*feed, "--allow-deletes")

    assert rejected.exit_code == 2
    assert "a partial feed deletes nothing" in rejected.stderr


def test_without_a_run_the_error_gives_the_command_that_starts_one(
    installed: Settings, command: Callable[..., Result]
) -> None:
    rejected = command("runs")

    assert rejected.exit_code == 2
    assert "start one with gram-es ingest FEED" in rejected.stderr
