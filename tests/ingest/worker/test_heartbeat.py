"""Heartbeats of workers over a real cluster."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import STATE
from gram_es.settings import Settings
from ingest.worker.heartbeat import (
    HEARTBEAT_TIMEOUT,
    Heartbeat,
    WorkerStatus,
    observe_worker_statuses,
    read_worker_statuses,
)

STATUS = WorkerStatus("host:1", {"f" * 64: "/models/a"})


@pytest.fixture
def key(installed: Settings) -> str:
    return f"worker/{installed.index}/{STATUS.name}"


def age(client: Elasticsearch, key: str, by: timedelta) -> None:
    at = (datetime.now(UTC) - by).isoformat()
    client.update(index=STATE, id=key, doc={"at": at}, refresh=True)


def test_the_status_exists_while_the_worker_runs(
    client: Elasticsearch, installed: Settings
) -> None:
    with Heartbeat(client, installed.index, STATUS):
        client.indices.refresh(index=STATE)
        (status,) = read_worker_statuses(client, installed.index)
        assert read_worker_statuses(client, f"{installed.index}-outlet") == []
    client.indices.refresh(index=STATE)

    assert status.is_alive
    assert (status.name, status.models) == ("host:1", {"f" * 64: "/models/a"})
    assert read_worker_statuses(client, installed.index) == []


def test_the_status_is_written_repeatedly(
    client: Elasticsearch, installed: Settings, key: str
) -> None:
    with Heartbeat(client, installed.index, STATUS, interval_s=0.05):
        first = client.get(index=STATE, id=key)["_version"]
        limit = time.monotonic() + 60
        while client.get(index=STATE, id=key)["_version"] < first + 3:
            assert time.monotonic() < limit
            time.sleep(0.05)


def test_a_worker_that_died_is_not_alive_and_later_forgotten(
    client: Elasticsearch, installed: Settings, key: str
) -> None:
    with Heartbeat(client, installed.index, STATUS):
        age(client, key, HEARTBEAT_TIMEOUT + timedelta(seconds=5))
        (dead,) = read_worker_statuses(client, installed.index)
        age(client, key, timedelta(hours=2))
        forgotten = read_worker_statuses(client, installed.index)
        other = WorkerStatus("host:2", STATUS.models)
        with Heartbeat(client, installed.index, other):
            assert not client.exists(index=STATE, id=key)

    assert not dead.is_alive
    assert forgotten == []


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-2), timedelta(hours=1)])
def test_a_worker_whose_clock_is_wrong_is_alive_while_it_writes_heartbeats(
    client: Elasticsearch,
    installed: Settings,
    monkeypatch: pytest.MonkeyPatch,
    wrong_by: timedelta,
) -> None:
    monkeypatch.setattr(
        "gram_es.index.state_store._now", lambda: (datetime.now(UTC) + wrong_by).isoformat()
    )
    monkeypatch.setattr("ingest.worker.heartbeat._OBSERVATION_S", 3.0)
    with Heartbeat(client, installed.index, STATUS, interval_s=0.1):
        client.indices.refresh(index=STATE)
        (alive,) = observe_worker_statuses(client, installed.index)
        heartbeat = client.get(index=STATE, id=f"worker/{installed.index}/{STATUS.name}")
    client.index(index=STATE, id=heartbeat["_id"], document=heartbeat["_source"], refresh=True)
    dead = observe_worker_statuses(client, installed.index)

    assert alive.is_alive
    assert not alive.is_recent
    assert [status.is_alive for status in dead] in ([], [False])


def test_a_cluster_that_is_down_costs_heartbeats_and_not_the_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with (
        Elasticsearch("http://127.0.0.1:9", max_retries=0) as unreachable,
        Heartbeat(unreachable, "products", STATUS),
    ):
        pass

    assert "heartbeat lost: cannot write the state worker/products/host:1" in caplog.text
