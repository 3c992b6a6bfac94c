"""A real worker that answers queries with a language model, over both kinds of broker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.model.gram import Gram
from gram_es.precomputed.store import PrecomputedQuery, PrecomputedStore
from gram_es.settings import Settings
from gram_es.text.spelling.speller import Spelling
from ingest.broker.query_queue import AskedQuery, QueryQueue

FIRST = ("settee", "wool settee")
NEXT = ("settee hose", "cordless settee", "settee for winter")


@pytest.fixture(params=["folder", "redis"])
def broker(request: pytest.FixtureRequest, commands: Any) -> str:
    """Return the URL of the broker; the messages of a folder are files."""
    if request.param == "folder":
        return "filesystem://"
    url: str = request.getfixturevalue("redis").url
    commands.environment["GRAM_ES_BROKER_URL"] = url
    return url


@pytest.fixture
def queue(shop_index: Settings, commands: Any, broker: str) -> QueryQueue:
    commands.environment["GRAM_ES_INDEX"] = shop_index.index
    cache_dir = Path(commands.environment["GRAM_ES_CACHE_DIR"])
    changed = {"cache_dir": cache_dir, "broker_url": broker}
    return QueryQueue(shop_index.model_copy(update=changed))


@pytest.fixture
def answers(client: Elasticsearch, shop_index: Settings, gram: Gram) -> PrecomputedStore:
    store = PrecomputedStore(client, shop_index.index, gram.fingerprint)
    store.delete_stale(before=datetime.now(UTC), models_in_use=[])
    return store


@pytest.fixture
def start(commands: Any, gram_dir: Path, small_language_model: Path) -> Callable[[], Any]:
    options = ("--queries", "--language-model", str(small_language_model))
    return lambda: commands.start_worker(gram_dir, *options)


def asked(gram: Gram, text: str) -> AskedQuery:
    return AskedQuery(text, text, gram.fingerprint)


def stored(answers: PrecomputedStore, *texts: str) -> dict[str, PrecomputedQuery]:
    return answers.get_all([Spelling(text, text) for text in texts])


def test_a_killed_worker_loses_one_query_at_most_and_its_successor_answers_the_others(
    queue: QueryQueue,
    answers: PrecomputedStore,
    start: Callable[[], Any],
    commands: Any,
    gram: Gram,
) -> None:
    worker = start()
    for text in FIRST:
        queue.send(asked(gram, text))
    commands.wait_until(lambda: len(stored(answers, *FIRST)) == len(FIRST))

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    for text in NEXT:
        queue.send(asked(gram, text))
    assert queue.size() == len(NEXT)
    start()

    commands.wait_until(lambda: len(stored(answers, *NEXT)) == len(NEXT))
    entries = stored(answers, *FIRST, *NEXT).values()
    assert {entry.language_model for entry in entries} == {"language model"}
    assert {entry.count for entry in entries} == {0}
    assert all(entry.codes for entry in entries)
    assert queue.size() == 0


@pytest.mark.parametrize("broker", ["folder"], indirect=True)
def test_queries_of_another_model_and_foreign_messages_are_dropped(
    queue: QueryQueue,
    answers: PrecomputedStore,
    start: Callable[[], Any],
    commands: Any,
    gram: Gram,
) -> None:
    queue.send(AskedQuery("garden hose", "garden hose", "f" * 64))
    queue.send(AskedQuery("garden hose", "garden hose", "none"))
    queue.send(AskedQuery("x" * 1_000, "x", gram.fingerprint))
    queue.send(asked(gram, "cordless drill"))  # in the catalogue's words
    queue.send(asked(gram, "cordless settee"))

    worker = start()

    commands.wait_until(lambda: stored(answers, "cordless settee") != {})
    assert stored(answers, "garden hose", "cordless drill") == {}
    assert commands.worker_log.count("message of no query") == 2
    assert "ffffffffffff is dropped" in commands.worker_log
    assert worker.poll() is None
