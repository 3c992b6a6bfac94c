"""A worker's signs of life, over a real cluster."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import STATE
from gram_es.settings import Settings
from ingest.worker.heartbeat import SILENT_AFTER, Heartbeat, WorkerSign, read_signs

SIGN = WorkerSign("host:1", {"f" * 64: "/models/a"})


@pytest.fixture
def key(installed: Settings) -> str:
    return f"worker/{installed.index}/{SIGN.name}"


def age(client: Elasticsearch, key: str, by: timedelta) -> None:
    at = (datetime.now(UTC) - by).isoformat()
    client.update(index=STATE, id=key, doc={"at": at}, refresh=True)


def test_a_sign_stands_while_the_worker_lives_and_goes_with_it(
    client: Elasticsearch, installed: Settings
) -> None:
    with Heartbeat(client, installed.index, SIGN):
        client.indices.refresh(index=STATE)
        (sign,) = read_signs(client, installed.index)
        assert read_signs(client, f"{installed.index}-outlet") == []
    client.indices.refresh(index=STATE)

    assert sign.is_alive
    assert (sign.name, sign.models) == ("host:1", {"f" * 64: "/models/a"})
    assert read_signs(client, installed.index) == []


def test_the_sign_is_given_again_and_again(
    client: Elasticsearch, installed: Settings, key: str
) -> None:
    with Heartbeat(client, installed.index, SIGN, interval_s=0.05):
        first = client.get(index=STATE, id=key)["_version"]
        limit = time.monotonic() + 60
        while client.get(index=STATE, id=key)["_version"] < first + 3:
            assert time.monotonic() < limit
            time.sleep(0.05)


def test_a_worker_that_did_not_end_in_peace_is_silent_then_forgotten(
    client: Elasticsearch, installed: Settings, key: str
) -> None:
    with Heartbeat(client, installed.index, SIGN):
        age(client, key, SILENT_AFTER + timedelta(seconds=5))
        (silent,) = read_signs(client, installed.index)
        age(client, key, timedelta(hours=2))
        forgotten = read_signs(client, installed.index)
        other = WorkerSign("host:2", SIGN.models)
        with Heartbeat(client, installed.index, other):
            assert not client.exists(index=STATE, id=key)

    assert not silent.is_alive
    assert forgotten == []


def test_a_cluster_that_is_down_costs_signs_and_not_the_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with (
        Elasticsearch("http://127.0.0.1:9", max_retries=0) as lost,
        Heartbeat(lost, "products", SIGN),
    ):
        pass

    assert "heartbeat lost: cannot write the state worker/products/host:1" in caplog.text
