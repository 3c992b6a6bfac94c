"""The queue of queries, over a real Redis that hangs or is gone, and over a folder."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from gram_es.settings import Settings
from ingest.broker import query_queue
from ingest.broker.celery_app import BrokerError
from ingest.broker.query_queue import AskedQuery, QueryQueue

NAPPIES = AskedQuery("nappies", "nappies", "a" * 64)


@pytest.fixture
def in_redis(redis: Any, monkeypatch: pytest.MonkeyPatch) -> QueryQueue:
    monkeypatch.setattr(query_queue, "_TIMEOUT_S", 0.5)
    return QueryQueue(Settings(GRAM_ES_BROKER_URL=redis.url))


def test_a_server_that_hangs_is_an_error_after_a_while(in_redis: QueryQueue, redis: Any) -> None:
    in_redis.send(NAPPIES)
    assert in_redis.size() == 1
    os.kill(redis._process.pid, signal.SIGSTOP)

    try:
        for call in (in_redis.size, lambda: in_redis.send(NAPPIES)):
            with pytest.raises(BrokerError, match="does not answer"):
                call()
    finally:
        os.kill(redis._process.pid, signal.SIGCONT)

    in_redis.send(NAPPIES)
    assert in_redis.size() >= 2


def test_a_server_that_restarts_is_used_again(in_redis: QueryQueue, redis: Any) -> None:
    in_redis.send(NAPPIES)
    redis.stop()
    with pytest.raises(BrokerError, match="does not answer"):
        in_redis.send(NAPPIES)
    redis.start()

    in_redis.send(NAPPIES)

    assert in_redis.size() == 2


def test_a_folder_that_somebody_removes_is_made_again(tmp_path: Path) -> None:
    queue = QueryQueue(Settings(GRAM_ES_BROKER_URL="filesystem://", GRAM_ES_CACHE_DIR=tmp_path))
    shutil.rmtree(tmp_path / "broker")

    assert queue.size() == 0
    queue.send(NAPPIES)
    assert queue.size() == 1
