"""Pages of other origins may search if the operator lists them, and only search."""

import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from gram_es.errors import SettingsError
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings, read_settings
from query_api.app import create_app
from query_api.http.options import Options

SHOP = "https://shop.example"
ALLOW = "Access-Control-Allow-Origin"


@pytest.fixture
def open_web() -> FlaskClient:
    """Return a client of an application without a cluster that pages of the shop may call."""
    options = Options(cors_origins=frozenset({SHOP}), max_requests_per_minute=1)
    cluster = Elasticsearch("http://127.0.0.1:9", max_retries=0)
    return create_app(Searcher(cluster, index="test-none"), options=options).test_client()


@pytest.mark.parametrize("path", ["/search?q=drill", "/suggest?q=drill"])
def test_a_listed_origin_may_read_answers_and_errors(open_web, path):
    for _ in range(2):  # the second one exceeds the rate limit
        answer = open_web.get(path, headers={"Origin": SHOP})

        assert answer.status_code in (429, 503)
        assert answer.headers[ALLOW] == SHOP
        assert "Origin" in answer.vary
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example.evil.example",
        "http://shop.example",
        "https://shop.example:444",
        "https://a.shop.example",
        "null",
        "*",
        "",
    ],
)
def test_no_other_origin_may(open_web, origin):
    for method in (open_web.get, open_web.options):
        answer = method("/search?q=drill", headers={"Origin": origin})

        assert not [name for name in dict(answer.headers) if name.startswith("Access-Control")]
        assert "Origin" in answer.vary


def test_a_browser_may_ask_before_it_posts_and_this_costs_no_request(open_web):
    headers = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    for _ in range(5):
        answer = open_web.options("/instantsearch", headers=headers)

        assert answer.status_code == 200
        assert answer.headers[ALLOW] == SHOP
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("path", ["/codes", "/rerank", "/metrics", "/readyz", "/", "/static/x"])
def test_other_endpoints_are_closed_to_other_origins(open_web, path):
    for method in (open_web.get, open_web.post, open_web.options):
        assert ALLOW not in method(path, headers={"Origin": SHOP}).headers


def test_without_the_setting_no_origin_may(disconnected_web):
    answer = disconnected_web.get("/search?q=drill", headers={"Origin": SHOP})

    assert ALLOW not in answer.headers


def test_the_setting_lists_exact_origins(monkeypatch):
    monkeypatch.setenv("GRAM_ES_CORS_ORIGINS", "https://Shop.example, http://localhost:3000")

    options = Options.from_settings(read_settings(), max_concurrent=1)

    assert options.cors_origins == {SHOP, "http://localhost:3000"}


@pytest.mark.parametrize(
    "origin", ["*", "https://*.shop.example", "shop.example", "https://shop.example/", "null"]
)
def test_what_is_no_exact_origin_is_rejected(monkeypatch, origin):
    monkeypatch.setenv("GRAM_ES_CORS_ORIGINS", origin)

    with pytest.raises(SettingsError, match="GRAM_ES_CORS_ORIGINS"):
        read_settings()


def test_no_origin_is_listed_by_default():
    assert Settings().cors_origins == ()
