"""The outbox of queries: what it sends, and that no flood and no broker can harm a search."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.model.gram import Gram
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from gram_es.text.spelling.speller import Spelling
from ingest.broker.celery_app import BrokerError
from ingest.broker.query_queue import AskedQuery, QueryQueue
from query_api import query_outbox
from query_api.app import create_app
from query_api.query_outbox import QueryOutbox, open_query_outbox

MODEL = "a" * 64


class RecordingQueue:
    """A queue that records what it is sent; ``waiting`` queries are in it already."""

    def __init__(self, waiting: int = 0) -> None:
        self.waiting = waiting
        self.sent: list[AskedQuery] = []

    def size(self) -> int:
        return self.waiting

    def send(self, query: AskedQuery) -> None:
        self.sent.append(query)


def result(text: str, **changes: Any) -> Any:
    fields = {
        "text": text,
        "awaiting_spelling": Spelling(text, text),
        "model": MODEL,
        "request": SimpleNamespace(offset=0),
        "degraded": (),
    }
    return SimpleNamespace(**{**fields, **changes})


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    counted: dict[str, int] = {}

    def count(outcome: str, queries: int = 1) -> None:
        counted[outcome] = counted.get(outcome, 0) + queries

    monkeypatch.setattr(query_outbox, "count_sent_queries", count)
    return counted


def outbox(queue: Any, **limits: Any) -> QueryOutbox:
    return QueryOutbox(queue, **{"per_minute": 100, **limits})


def test_a_query_is_sent_once_in_ten_minutes(counts: dict[str, int]):
    queue, now = RecordingQueue(), [0.0]
    sender = outbox(queue, clock=lambda: now[0])

    for now[0] in (0.0, 599.0, 601.0):
        sender.offer(result("nappies"))
        sender.flush()

    assert queue.sent == [AskedQuery("nappies", "nappies", MODEL)] * 2
    assert counts["repeated"] == 1


@pytest.mark.parametrize(
    "unsent",
    [
        result("nappies", awaiting_spelling=None),
        result("nappies", request=SimpleNamespace(offset=20)),
        result("nappies", degraded=("the model did not answer in time",)),
        result("jo@example.com"),
        result("call 0151 234567"),
        result("nappies " * 20),
    ],
    ids=["coded", "second page", "degraded", "e-mail", "number", "long"],
)
def test_a_query_that_needs_no_language_model_or_names_a_person_is_not_sent(unsent: Any):
    queue = RecordingQueue()
    sender = outbox(queue)

    sender.offer(unsent)
    sender.flush()

    assert queue.sent == []


def test_a_flood_costs_the_budget_of_a_minute_and_no_more(counts: dict[str, int]):
    queue, now = RecordingQueue(), [0.0]
    sender = outbox(queue, per_minute=5, clock=lambda: now[0])

    for number in range(10_000):
        sender.offer(result(f"sofa {number}"))
    sender.flush()
    now[0] = 60.0
    sender.offer(result("nappies"))
    sender.flush()

    assert len(queue.sent) == 6
    assert counts == {"budget": 9_995, "full": 0, "sent": 6}


def test_queries_that_find_no_room_are_dropped(counts: dict[str, int]):
    queue = RecordingQueue(waiting=8)
    sender = outbox(queue, max_buffered=5, max_queued=10)

    for number in range(7):
        sender.offer(result(f"sofa {number}"))
    sender.flush()

    assert len(queue.sent) == 2
    assert counts == {"full": 2 + 3, "sent": 2}


def test_a_broker_that_is_down_drops_the_queries_and_stops_nothing(counts: dict[str, int]):
    settings = Settings(GRAM_ES_BROKER_URL="redis://127.0.0.1:1/0")
    sender = outbox(QueryQueue(settings))

    sender.offer(result("nappies"))
    with pytest.raises(BrokerError, match="does not answer"):
        sender.flush()
    sender.offer(result("settee"))

    sender.offer(result("nappies"))  # which was not sent, so that this is no repetition

    assert counts == {"failed": 1, "sent": 0}


def test_the_queue_in_a_folder_is_counted_and_bounded(tmp_path: Path, counts: dict[str, int]):
    queue = QueryQueue(Settings(GRAM_ES_BROKER_URL="filesystem://", GRAM_ES_CACHE_DIR=tmp_path))
    sender = outbox(queue, max_queued=3)

    for number in range(5):
        sender.offer(result(f"sofa {number}"))
    sender.flush()

    assert queue.size() == 3
    assert counts == {"sent": 3, "full": 2}


def test_without_the_setting_there_is_no_outbox():
    assert open_query_outbox(Settings()) is None


def test_an_unusable_broker_does_not_stop_the_service(tmp_path: Path):
    (tmp_path / "file").touch()
    settings = Settings(
        GRAM_ES_QUERIES_PER_MINUTE="5",
        GRAM_ES_BROKER_URL="filesystem://",
        GRAM_ES_CACHE_DIR=tmp_path / "file",
    )

    assert open_query_outbox(settings) is None


def test_a_search_sends_its_query_once_if_the_catalogue_lacks_a_word(
    client: Elasticsearch, shop_index: Settings, gram: Gram
):
    queue = RecordingQueue()
    sender = outbox(queue)
    web = create_app(
        Searcher(client, gram, index=shop_index.index), query_outbox=sender
    ).test_client()

    answers = [web.get("/search?q=Cordles+settee+under+$100").json for _ in range(2)]
    for text in ("SKU-12345678", "cordless drill"):
        web.get("/search", query_string={"q": text})
    sender.flush()

    assert [answer["query"]["language_model"] for answer in answers] == [None, None]
    assert queue.sent == [AskedQuery("cordles settee", "cordless settee", gram.fingerprint)]
