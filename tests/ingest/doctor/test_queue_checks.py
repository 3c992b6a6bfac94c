"""The doctor's checks of broker, workers and ledger, and the command, on real parts."""

import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import put_slot
from gram_es.index.names import DEAD, LEDGER, STATE
from gram_es.index.state_store import next_run_number
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.broker.celery_app import broker_folder, make_celery
from ingest.doctor import queue_checks
from ingest.doctor.examination import examine
from ingest.doctor.findings import Finding, Level, Site
from ingest.feeds import Row
from ingest.runs.batch import Batch
from ingest.runs.batch_store import Ledger
from ingest.runs.dead_letters import DeadLetters
from ingest.runs.outcomes import Fate
from ingest.worker.heartbeat import Heartbeat, WorkerSign
from ingest.worker.pipeline import Origin, Outcome

Findings = Callable[..., list[Finding]]
KETTLE = Row(1, 1, Product("k", "Kettle"))


@pytest.fixture
def ledger(client: Elasticsearch, installed: Settings) -> Ledger:
    return Ledger(client, installed.index, lease_s=60.0, worker="host:1")


@pytest.fixture
def run(client: Elasticsearch, installed: Settings, ledger: Ledger) -> int:
    """A run with one queued batch."""
    number = next_run_number(client)
    ledger.add(Origin("shop", number), Batch(1, (KETTLE,), ()))
    client.indices.refresh(index=LEDGER)
    return number


@pytest.fixture
def worker(client: Elasticsearch, installed: Settings, model: Any) -> Any:
    """Signs of life of a worker that has the index's model."""
    with Heartbeat(
        client, installed.index, WorkerSign("host:1", {model.fingerprint: "/m"})
    ) as beat:
        client.indices.refresh(index=STATE)
        yield beat


def changed(client: Elasticsearch, run: int, **fields: object) -> None:
    client.update(index=LEDGER, id=f"{run}-1", doc=fields, refresh=True)


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def test_a_broker_folder_that_cannot_be_written_to_is_a_failure(
    site: Site, findings: Findings
) -> None:
    (none,) = findings(queue_checks.broker)
    make_celery(site.settings)
    (there,) = findings(queue_checks.broker)
    folder = broker_folder(site.settings)
    assert folder is not None
    (folder / "queue").rmdir()
    (gone,) = findings(queue_checks.broker)

    assert [none.level, there.level, gone.level] == [Level.OK, Level.OK, Level.FAILURE]
    assert none.found.startswith("no queue in ")
    assert gone.found == f"{folder}/queue cannot be written to"


def test_a_broker_that_stopped_is_a_failure_and_keeps_its_password(site: Site, redis: Any) -> None:
    answering = site.settings.model_copy(update={"broker_url": redis.url})
    silent = site.settings.model_copy(update={"broker_url": "redis://:hush@127.0.0.1:1/0"})

    (fine,) = [
        one.finding for one in examine(Site(answering, site.model_dir), (queue_checks.broker,))
    ]
    (lost,) = [one.finding for one in examine(Site(silent, site.model_dir), (queue_checks.broker,))]

    assert (fine.level, lost.level) == (Level.OK, Level.FAILURE)
    assert lost.found.startswith("the broker redis://:**@127.0.0.1:1/0 does not answer")
    assert "hush" not in repr(lost)
    assert lost.remedy == "check GRAM_ES_BROKER_URL"


def test_a_worker_of_another_model_is_a_failure(
    client: Elasticsearch, installed: Settings, findings: Findings, worker: Any
) -> None:
    (fits,) = findings(queue_checks.workers)
    put_slot(client, installed.index, slot="mother", fingerprint="e" * 64, family="tiny")
    (unfit,) = findings(queue_checks.workers)

    assert fits == Finding(Level.OK, "host:1 with 0123456789ab lives")
    assert unfit.level is Level.FAILURE
    assert unfit.found.startswith("host:1 with 0123456789ab lives, but the live codes of ")
    assert unfit.found.endswith(f"are those of {'e' * 12}")
    assert unfit.remedy.startswith("start it with that model")


def test_a_killed_worker_is_told_and_a_stopped_one_is_not_missed(
    client: Elasticsearch, store: Any, cluster_settings: Settings, gram_dir: Path
) -> None:
    stopped, killed = store.start_worker(gram_dir), store.start_worker(gram_dir)

    def workers() -> list[dict[str, str]]:
        client.indices.refresh(index=STATE)
        told = store.run("doctor", "--json", "--model", str(gram_dir))
        return [one for one in json.loads(told.stdout)["findings"] if one["check"] == "workers"]

    both = workers()
    stopped.send_signal(signal.SIGTERM)
    killed.send_signal(signal.SIGKILL)
    stopped.wait(timeout=60)
    killed.wait(timeout=60)
    client.indices.refresh(index=STATE)
    query = {"prefix": {"key": f"worker/{cluster_settings.index}/"}}
    (left,) = client.search(index=STATE, query=query)["hits"]["hits"]
    client.update(index=STATE, id=left["_id"], doc={"at": ago(3)}, refresh=True)
    silent, none = workers()

    assert [one["level"] for one in both] == ["ok", "ok"]
    assert {one["found"].split(" ")[0].split(":")[1] for one in both} == {
        str(stopped.pid),
        str(killed.pid),
    }
    assert silent["level"] == none["level"] == "warning"
    assert f":{killed.pid} with " in silent["found"]
    assert "has been silent for 3 min" in silent["found"]
    assert f"gram-es worker --model {gram_dir}" in silent["remedy"]
    assert none["found"] == f"no worker of {cluster_settings.index} is alive"


def test_a_batch_that_waits_without_a_worker_is_a_failure(findings: Findings, run: int) -> None:
    (found,) = findings(queue_checks.backlog)

    assert found.level is Level.FAILURE
    assert found.found.startswith("1 batches wait, the oldest for ")
    assert found.found.endswith("and no worker is alive")
    assert found.remedy == "start one: gram-es worker --model DIR"


def test_a_batch_that_waits_for_long_is_told(
    client: Elasticsearch, findings: Findings, run: int, worker: Any, ledger: Ledger
) -> None:
    (young,) = findings(queue_checks.backlog)
    changed(client, run, queued_at=ago(20))
    (old,) = findings(queue_checks.backlog)
    ledger.take(run, 1)
    client.indices.refresh(index=LEDGER)
    (taken,) = findings(queue_checks.backlog)
    changed(client, run, lease_until=ago(1))
    (dropped,) = findings(queue_checks.backlog)

    assert [one.level for one in (young, old, taken, dropped)] == [
        Level.OK,
        Level.WARNING,
        Level.OK,
        Level.WARNING,
    ]
    assert old.found == dropped.found == "1 batches wait, the oldest for 20 min"
    assert taken.found == "no batch waits"


def test_rows_that_failed_are_told_by_run_until_they_are_in(
    client: Elasticsearch, findings: Findings, run: int, ledger: Ledger, installed: Settings
) -> None:
    letters = DeadLetters(client, installed.index)
    (none,) = findings(queue_checks.dead_letters)
    batch = ledger.take(run, 1)
    assert batch is not None
    letters.settle(batch, Outcome.all_failed((KETTLE,), "too hot"))
    client.indices.refresh(index=DEAD)
    (failed,) = findings(queue_checks.dead_letters)
    letters.settle(batch, Outcome({KETTLE.number: Fate.NEW}, ()))
    client.indices.refresh(index=DEAD)
    (mended,) = findings(queue_checks.dead_letters)

    assert [none.level, failed.level, mended.level] == [Level.OK, Level.WARNING, Level.OK]
    assert failed.found == f"1 rows of run {run} failed and are not in"
    assert f"gram-es ingest status {run}" in failed.remedy
    assert failed.remedy.endswith(f"gram-es ingest replay {run}")


def test_the_command_prints_a_line_each_and_ends_with_1_on_a_failure(
    client: Elasticsearch, commands: Any, installed: Settings, site: Site
) -> None:
    fine = commands.run("doctor", "--model", str(site.model_dir))
    client.indices.delete_alias(index="_all", name=f"{installed.index}-write")
    broken = commands.run("doctor", "--model", str(site.model_dir))
    as_json = commands.run("doctor", "--model", str(site.model_dir), "--json")

    assert (fine.returncode, fine.stderr) == (0, "")
    assert "ok       aliases: " in fine.stdout
    assert fine.stdout.splitlines()[-1].endswith(" 0 failure")
    assert (broken.returncode, as_json.returncode) == (1, 1)
    line = f"failure  aliases: {installed.index}-write writes to no index"
    assert line in broken.stdout.splitlines()
    told = json.loads(as_json.stdout)
    assert told["ok"] is False
    assert {one["level"] for one in told["findings"]} == {"ok", "warning", "failure"}
    assert set(told["findings"][0]) == {"check", "level", "found", "remedy"}
