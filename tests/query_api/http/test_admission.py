"""More requests than can be answered: early refusals, and what is under way goes on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app
from query_api.http.admission import Gate, OverloadedError
from query_api.http.context import Options

SEARCH = "/search?q=hammer+drill"


@contextmanager
def held_up(app, monkeypatch, requests):
    """Have so many searches under way, none of which ends before the block does."""
    searcher = app.extensions["gram-es-searcher"]
    search, begun, go_on = searcher.search, threading.Semaphore(0), threading.Event()

    def wait(*args, **kwargs):
        begun.release()
        assert go_on.wait(30)
        return search(*args, **kwargs)

    monkeypatch.setattr(searcher, "search", wait)
    with ThreadPoolExecutor(requests) as threads:
        under_way = [threads.submit(app.test_client().get, SEARCH) for _ in range(requests)]
        try:
            for _ in range(requests):
                assert begun.acquire(timeout=30)
            yield under_way
        finally:
            go_on.set()
    assert [done.result().status_code for done in under_way] == [200] * requests


@pytest.fixture
def app(client, small_shop):
    options = Options(at_once=2, waiting=0, deadline_ms=60_000)
    return create_app(Searcher(client, index=small_shop.index), options=options)


def test_what_finds_the_queue_full_is_a_429_at_once(app, monkeypatch):
    with held_up(app, monkeypatch, 2):
        refused = app.test_client().get(SEARCH)

    assert refused.status_code == 429
    assert refused.mimetype == "application/problem+json"
    assert refused.headers["Retry-After"] == "1"
    assert refused.json["title"] == "Too Many Requests"
    assert "too many requests wait already" in refused.json["detail"]


def test_the_page_says_so_in_words(app, monkeypatch):
    with held_up(app, monkeypatch, 2):
        refused = app.test_client().get("/?q=drill", headers={"Accept": "text/html"})

    assert refused.status_code == 429
    assert refused.mimetype == "text/html"
    assert refused.headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_state_of_the_service_is_reported_all_the_same(app, monkeypatch, path):
    with held_up(app, monkeypatch, 2):
        assert app.test_client().get(path).status_code == 200


@pytest.mark.parametrize("path", ["/codes", "/code/drill", "/missing", "/explain/missing"])
def test_inspections_have_a_queue_of_their_own(app, monkeypatch, path):
    with held_up(app, monkeypatch, 2):
        assert app.test_client().get(path).status_code != 429


def test_places_are_given_back_whatever_the_answer(app):
    web = app.test_client()

    for _ in range(3):
        assert web.get("/search?q=").status_code == 400
        assert web.post("/search").status_code == 405
        assert web.get("/nowhere").status_code == 404

    assert web.get(SEARCH).status_code == 200


def test_one_more_than_is_worked_on_waits_for_its_turn():
    gate = Gate(at_once=1, waiting=1)
    gate.enter(longest_s=0)
    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(gate.enter, longest_s=30)
        while gate._places._value:
            assert not second.done()
        with pytest.raises(OverloadedError, match="too many"):
            gate.enter(longest_s=30)
        gate.leave()

        assert second.result(30) is None


def test_who_waits_too_long_is_refused_and_gives_up_the_place():
    gate = Gate(at_once=1, waiting=1)
    gate.enter(longest_s=0)

    for _ in range(3):
        with pytest.raises(OverloadedError, match="no turn in time"):
            gate.enter(longest_s=0.01)


def test_a_request_s_search_gets_the_deadline(app, monkeypatch):
    searcher, seen = app.extensions["gram-es-searcher"], []
    search = searcher.search

    def look(*args, deadline, **kwargs):
        seen.append(deadline.budget_ms)
        return search(*args, deadline=deadline, **kwargs)

    monkeypatch.setattr(searcher, "search", look)

    for path in (SEARCH, "/?q=drill"):
        assert app.test_client().get(path).status_code == 200

    assert seen == [60_000, 60_000]


def test_an_address_that_asks_too_often_is_refused_and_no_other(client, small_shop):
    searcher = Searcher(client, index=small_shop.index)
    web = create_app(searcher, options=Options(rate=2)).test_client()

    def ask(address, path=SEARCH):
        return web.get(path, environ_base={"REMOTE_ADDR": address})

    assert [ask("10.0.0.1").status_code for _ in range(3)] == [200, 200, 429]
    assert "2 requests a minute were made" in ask("10.0.0.1").json["detail"]
    assert ask("10.0.0.2").status_code == 200
    assert ask("10.0.0.1", "/healthz").status_code == 200
