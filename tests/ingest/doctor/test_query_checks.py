"""The doctor's check of the queries for a language model, on a folder as the broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import STATE
from gram_es.settings import Settings
from ingest.broker.celery_app import broker_folder
from ingest.broker.query_queue import AskedQuery, QueryQueue
from ingest.doctor import query_checks, queue_checks
from ingest.doctor.checks import run_checks
from ingest.doctor.findings import Finding, Level, Site
from ingest.worker.heartbeat import QUERY_WORKER, Heartbeat, WorkerStatus

Findings = Callable[..., list[Finding]]


@pytest.fixture
def answering(client: Elasticsearch, installed: Settings, model: Any) -> Iterator[None]:
    """The heartbeat of a worker for queries that has the index's model."""
    status = WorkerStatus("host:1", {model.fingerprint: "/m"})
    with Heartbeat(client, installed.index, status, kind=QUERY_WORKER):
        client.indices.refresh(index=STATE)
        yield


def ask(site: Site, *queries: str) -> None:
    for query in queries:
        QueryQueue(site.settings).send(AskedQuery(query, query, "0" * 64))


def test_without_a_language_model_nothing_is_wrong_and_no_queue_is_made(
    site: Site, findings: Findings
) -> None:
    assert findings(query_checks.queries) == [
        Finding(Level.OK, "no query is sent to a language model")
    ]
    folder = broker_folder(site.settings)
    assert folder is not None
    assert not folder.exists()


@pytest.mark.parametrize("changed", [{"language_model": "m.gguf"}, {"queries_per_minute": 20}])
def test_a_language_model_without_a_worker_is_a_warning(
    site: Site, changed: dict[str, Any]
) -> None:
    settings = site.settings.model_copy(update=changed)

    (result,) = run_checks(replace(site, settings=settings), (query_checks.queries,))

    assert result.finding.level is Level.WARNING
    assert result.finding.message == (
        f"no worker for queries of {settings.index} is alive, and 0 queries wait"
    )
    source = changed.get("language_model", "SOURCE")
    assert f"gram-es worker --queries --language-model {source};" in result.finding.remedy


def test_queries_that_wait_for_no_worker_are_a_warning(site: Site, findings: Findings) -> None:
    ask(site, "nappies", "settee")

    (finding,) = findings(query_checks.queries)

    assert finding.level is Level.WARNING
    assert finding.message.endswith("is alive, and 2 queries wait")


@pytest.mark.usefixtures("answering")
def test_a_full_queue_is_a_warning(
    site: Site, findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_checks, "MAX_QUEUED_QUERIES", 2)
    ask(site, "nappies")
    worker, room = findings(query_checks.queries)
    ask(site, "settee")
    _, full = findings(query_checks.queries)

    assert worker == Finding(Level.OK, "host:1 with 0123456789ab is alive")
    assert room == Finding(Level.OK, "1 queries wait for a language model")
    assert full.level is Level.WARNING
    assert full.message.startswith("the queue is full: 2 queries wait for a language model")
    assert full.remedy.startswith("start more workers: gram-es worker --queries")


@pytest.mark.usefixtures("answering")
def test_a_worker_for_queries_is_none_for_batches(findings: Findings) -> None:
    (batches,) = findings(queue_checks.workers)

    assert batches.level is Level.WARNING
