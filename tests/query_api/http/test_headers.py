"""What the headers and the path of a request cannot change."""

import logging
from types import SimpleNamespace

import pytest

from query_api.app import create_app
from query_api.http.options import Options

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


def test_a_path_adds_no_line_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    web = create_app(SimpleNamespace()).test_client()

    with caplog.at_level(logging.INFO, logger="query_api.http.headers"):
        assert web.get("/nowhere%0a2026-11-28%20forged%0d%1b[2J").status_code == 404

    [message] = caplog.messages
    assert "/nowhere 2026-11-28 forged [2J 404" in message


@pytest.mark.parametrize("name", FORWARDED)
def test_a_client_is_counted_by_its_address_whatever_it_says_of_itself(name: str) -> None:
    options = Options(max_requests_per_minute=1)
    web = create_app(SimpleNamespace(), options=options).test_client()

    statuses = [
        web.get("/search", headers={name: f"203.0.113.{number}"}).status_code for number in (1, 2)
    ]

    assert statuses == [400, 429]


@pytest.mark.parametrize("path", ["//search?q=", "/search/", "/product", "/static/../search"])
def test_a_redirect_leads_to_no_foreign_host(path: str) -> None:
    web = create_app(SimpleNamespace()).test_client()

    answer = web.get(path, headers={"X-Forwarded-Host": "evil.example"})

    assert "evil.example" not in answer.headers.get("Location", "")
