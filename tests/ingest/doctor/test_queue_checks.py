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
from ingest.doctor.checks import run_checks
from ingest.doctor.findings import Finding, Level, Site
from ingest.feeds import Row
from ingest.runs.batch import Batch
from ingest.runs.batch_store import BatchStore
from ingest.runs.dead_letters import DeadLetters
from ingest.runs.outcomes import IndexingResult, Origin, Outcome
from ingest.worker.heartbeat import Heartbeat, WorkerStatus

Findings = Callable[..., list[Finding]]
KETTLE = Row(1, 1, Product("k", "Kettle"))


@pytest.fixture
def ledger(client: Elasticsearch, installed: Settings) -> BatchStore:
    return BatchStore(client, installed.index, lease_s=60.0, worker="host:1")


@pytest.fixture
def run(client: Elasticsearch, installed: Settings, ledger: BatchStore) -> int:
    """A run with one queued batch."""
    number = next_run_number(client)
    ledger.add(Origin("shop", number), Batch(1, (KETTLE,), ()))
    client.indices.refresh(index=LEDGER)
    return number


@pytest.fixture
def worker(client: Elasticsearch, installed: Settings, model: Any) -> Any:
    """The heartbeat of a worker that has the index's model."""
    status = WorkerStatus("host:1", {model.fingerprint: "/m"})
    with Heartbeat(client, installed.index, status) as heartbeat:
        client.indices.refresh(index=STATE)
        yield heartbeat


def update_batch(client: Elasticsearch, run: int, **fields: object) -> None:
    client.update(index=LEDGER, id=f"{run}-1", doc=fields, refresh=True)


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def test_messages_that_were_set_aside_are_a_warning(site: Site, findings: Findings) -> None:
    make_celery(site.settings)
    folder = broker_folder(site.settings)
    assert folder is not None
    (folder / "rejected" / "1.other.msg").write_text("")

    (_, aside) = findings(queue_checks.broker)

    assert aside.level is Level.WARNING
    assert aside.message.startswith("1 messages of no batch are set aside in ")


def test_a_broker_folder_that_cannot_be_written_to_is_a_failure(
    site: Site, findings: Findings
) -> None:
    (before,) = findings(queue_checks.broker)
    make_celery(site.settings)
    (writable,) = findings(queue_checks.broker)
    folder = broker_folder(site.settings)
    assert folder is not None
    (folder / "queue").rmdir()
    (removed,) = findings(queue_checks.broker)

    assert [before.level, writable.level, removed.level] == [Level.OK, Level.OK, Level.FAILURE]
    assert before.message.startswith("no queue in ")
    assert removed.message == f"{folder}/queue cannot be written to"


def test_a_broker_that_stopped_is_a_failure_and_keeps_its_password(site: Site, redis: Any) -> None:
    def check(url: str) -> Finding:
        settings = site.settings.model_copy(update={"broker_url": url})
        (result,) = run_checks(Site(settings, site.model_dir), (queue_checks.broker,))
        return result.finding

    running, stopped = check(redis.url), check("redis://:hush@127.0.0.1:1/0")

    assert (running.level, stopped.level) == (Level.OK, Level.FAILURE)
    assert stopped.message.startswith("the broker redis://:**@127.0.0.1:1/0 does not answer")
    assert "hush" not in repr(stopped)
    assert stopped.remedy == "check GRAM_ES_BROKER_URL"


def test_a_worker_of_another_model_is_a_failure(
    client: Elasticsearch, installed: Settings, findings: Findings, worker: Any
) -> None:
    (same,) = findings(queue_checks.workers)
    put_slot(client, installed.index, slot="mother", fingerprint="e" * 64, family="base")
    (different,) = findings(queue_checks.workers)

    assert same == Finding(Level.OK, "host:1 with 0123456789ab is alive")
    assert different.level is Level.FAILURE
    assert different.message.startswith("host:1 with 0123456789ab is alive, but the live codes of ")
    assert different.message.endswith(f"come from {'e' * 12}")
    assert different.remedy.startswith("restart it with that model")


def test_a_killed_worker_is_reported_and_a_stopped_one_is_not(
    client: Elasticsearch, store: Any, cluster_settings: Settings, gram_dir: Path
) -> None:
    stopped, killed = store.start_worker(gram_dir), store.start_worker(gram_dir)

    def workers() -> list[dict[str, str]]:
        client.indices.refresh(index=STATE)
        result = store.run("doctor", "--json", "--model", str(gram_dir))
        findings = json.loads(result.stdout)["findings"]
        return [finding for finding in findings if finding["check"] == "workers"]

    both = workers()
    stopped.send_signal(signal.SIGTERM)
    killed.send_signal(signal.SIGKILL)
    stopped.wait(timeout=60)
    killed.wait(timeout=60)
    client.indices.refresh(index=STATE)
    query = {"prefix": {"key": f"worker/{cluster_settings.index}/"}}
    (status,) = client.search(index=STATE, query=query)["hits"]["hits"]
    client.update(index=STATE, id=status["_id"], doc={"at": ago(3)}, refresh=True)
    lost, none_alive = workers()

    assert [finding["level"] for finding in both] == ["ok", "ok"]
    assert {finding["message"].split(" ")[0].split(":")[1] for finding in both} == {
        str(stopped.pid),
        str(killed.pid),
    }
    assert lost["level"] == none_alive["level"] == "warning"
    assert f":{killed.pid} with " in lost["message"]
    assert lost["message"].endswith(": heartbeat lost 3 min ago, without a shutdown")
    assert f"gram-es worker --model {gram_dir}" in lost["remedy"]
    assert none_alive["message"] == f"no worker of {cluster_settings.index} is alive"


def test_a_batch_that_waits_without_a_worker_is_a_failure(findings: Findings, run: int) -> None:
    (finding,) = findings(queue_checks.backlog)

    assert finding.level is Level.FAILURE
    assert finding.message.startswith("1 batches wait, the oldest for ")
    assert finding.message.endswith("and no worker is alive")
    assert finding.remedy == "start one: gram-es worker --model DIR"


def test_a_batch_that_waits_for_long_is_reported(
    client: Elasticsearch, findings: Findings, run: int, worker: Any, ledger: BatchStore
) -> None:
    (recent,) = findings(queue_checks.backlog)
    update_batch(client, run, queued_at=ago(20))
    (old,) = findings(queue_checks.backlog)
    ledger.lease(run, 1)
    client.indices.refresh(index=LEDGER)
    (leased,) = findings(queue_checks.backlog)
    update_batch(client, run, worker="host:dead")
    (expired,) = findings(queue_checks.backlog)

    assert [finding.level for finding in (recent, old, leased, expired)] == [
        Level.OK,
        Level.WARNING,
        Level.OK,
        Level.WARNING,
    ]
    assert old.message == expired.message == "1 batches wait, the oldest for 20 min"
    assert leased.message == "no batch is waiting"


def test_failed_rows_are_reported_by_run_until_they_are_indexed(
    client: Elasticsearch, findings: Findings, run: int, ledger: BatchStore, installed: Settings
) -> None:
    letters = DeadLetters(client, installed.index)
    (before,) = findings(queue_checks.dead_letters)
    batch = ledger.lease(run, 1)
    assert batch is not None
    letters.update(batch, IndexingResult.all_failed((KETTLE,), "too hot"))
    client.indices.refresh(index=DEAD)
    (failed,) = findings(queue_checks.dead_letters)
    letters.update(batch, IndexingResult({KETTLE.number: Outcome.CREATED}, ()))
    client.indices.refresh(index=DEAD)
    (indexed,) = findings(queue_checks.dead_letters)

    assert [before.level, failed.level, indexed.level] == [Level.OK, Level.WARNING, Level.OK]
    assert failed.message == f"1 rows of run {run} failed and are not indexed"
    assert f"gram-es ingest status {run}" in failed.remedy
    assert failed.remedy.endswith(f"gram-es ingest replay {run}")


def test_the_command_prints_each_finding_and_exits_with_1_on_a_failure(
    client: Elasticsearch, commands: Any, installed: Settings, site: Site
) -> None:
    healthy = commands.run("doctor", "--model", str(site.model_dir))
    client.indices.delete_alias(index="_all", name=f"{installed.index}-write")
    broken = commands.run("doctor", "--model", str(site.model_dir))
    as_json = commands.run("doctor", "--model", str(site.model_dir), "--json")

    assert (healthy.returncode, healthy.stderr) == (0, "")
    assert "ok       aliases: " in healthy.stdout
    assert healthy.stdout.splitlines()[-1].endswith(" 0 failure")
    assert (broken.returncode, as_json.returncode) == (1, 1)
    line = f"failure  aliases: {installed.index}-write writes to no index"
    assert line in broken.stdout.splitlines()
    report = json.loads(as_json.stdout)
    assert report["ok"] is False
    assert {finding["level"] for finding in report["findings"]} == {"ok", "warning", "failure"}
    assert set(report["findings"][0]) == {"check", "level", "message", "remedy"}
