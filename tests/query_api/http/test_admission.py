"""Overload: excess requests are rejected early, and requests in progress succeed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app
from query_api.http.admission import Gate, OverloadedError
from query_api.http.options import Options

SEARCH = "/search?q=hammer+drill"


@contextmanager
def blocked_searches(app, monkeypatch, requests):
    """Keep ``requests`` searches in progress during the block, then assert that they succeed."""
    searcher = app.extensions["gram-es-searcher"]
    search, started, unblocked = searcher.search, threading.Semaphore(0), threading.Event()

    def wait(*args, **kwargs):
        started.release()
        assert unblocked.wait(30)
        return search(*args, **kwargs)

    monkeypatch.setattr(searcher, "search", wait)
    with ThreadPoolExecutor(requests) as threads:
        futures = [threads.submit(app.test_client().get, SEARCH) for _ in range(requests)]
        try:
            for _ in range(requests):
                assert started.acquire(timeout=30)
            yield
        finally:
            unblocked.set()
    assert [future.result().status_code for future in futures] == [200] * requests


@pytest.fixture
def app(client, small_shop):
    options = Options(max_concurrent=2, max_waiting=0, deadline_ms=60_000)
    return create_app(Searcher(client, index=small_shop.index), options=options)


def test_a_request_that_finds_the_queue_full_is_rejected_with_429(app, monkeypatch):
    with blocked_searches(app, monkeypatch, 2):
        rejected = app.test_client().get(SEARCH)

    assert rejected.status_code == 429
    assert rejected.mimetype == "application/problem+json"
    assert rejected.headers["Retry-After"] == "1"
    assert rejected.json["title"] == "Too Many Requests"
    assert "too many requests are waiting" in rejected.json["detail"]


def test_a_browser_gets_the_429_as_a_page(app, monkeypatch):
    with blocked_searches(app, monkeypatch, 2):
        rejected = app.test_client().get("/?q=drill", headers={"Accept": "text/html"})

    assert rejected.status_code == 429
    assert rejected.mimetype == "text/html"
    assert rejected.headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_health_checks_answer_under_overload(app, monkeypatch, path):
    with blocked_searches(app, monkeypatch, 2):
        assert app.test_client().get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/codes",
        "/code/drill",
        "/missing",
        "/explain/missing",
        "/explain/product",
        "/admin/overrides",
    ],
)
def test_inspections_have_a_queue_of_their_own(app, monkeypatch, path):
    with blocked_searches(app, monkeypatch, 2):
        assert app.test_client().get(path).status_code != 429


def test_every_response_frees_its_place_in_the_queue(app):
    web = app.test_client()

    for _ in range(3):
        assert web.get("/search?q=").status_code == 400
        assert web.post("/search").status_code == 405
        assert web.get("/nowhere").status_code == 404

    assert web.get(SEARCH).status_code == 200


def test_a_request_waits_while_another_is_in_progress():
    gate = Gate(1, 1)
    gate.enter(timeout_s=0)
    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(gate.enter, timeout_s=30)
        while gate._admitted._value:
            assert not second.done()
        with pytest.raises(OverloadedError, match="too many"):
            gate.enter(timeout_s=30)
        gate.leave()

        assert second.result(30) is None


def test_a_request_that_waits_too_long_is_rejected_and_leaves_the_queue():
    gate = Gate(1, 1)
    gate.enter(timeout_s=0)

    for _ in range(3):
        with pytest.raises(OverloadedError, match="waited too long"):
            gate.enter(timeout_s=0.01)


def test_a_search_gets_the_deadline_of_its_request(app, monkeypatch):
    searcher, budgets_ms = app.extensions["gram-es-searcher"], []
    search = searcher.search

    def record_budget(*args, deadline, **kwargs):
        budgets_ms.append(deadline.budget_ms)
        return search(*args, deadline=deadline, **kwargs)

    monkeypatch.setattr(searcher, "search", record_budget)

    for path in (SEARCH, "/?q=drill"):
        assert app.test_client().get(path).status_code == 200

    assert budgets_ms == [60_000, 60_000]


def test_the_rate_limit_rejects_one_address_and_no_other(client, small_shop):
    searcher = Searcher(client, index=small_shop.index)
    web = create_app(searcher, options=Options(max_requests_per_minute=2)).test_client()

    def get(address, path=SEARCH):
        return web.get(path, environ_base={"REMOTE_ADDR": address})

    assert [get("10.0.0.1").status_code for _ in range(3)] == [200, 200, 429]
    assert "this address made 2 requests within a minute" in get("10.0.0.1").json["detail"]
    assert get("10.0.0.2").status_code == 200
    assert get("10.0.0.1", "/healthz").status_code == 200
