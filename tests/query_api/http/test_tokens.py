"""Wrong tokens: how many a client may try, and what the audit log says of each."""

import pytest
from elasticsearch import Elasticsearch
from pydantic import SecretStr

from gram_es.overrides.service import OverrideService
from gram_es.retrieval.searcher import Searcher
from query_api.api.admin import Admin
from query_api.app import create_app
from query_api.http import audit
from query_api.http.options import Options

TOKEN = "correct horse battery"


@pytest.fixture
def web():
    """Yield a test client whose cluster does not answer, so that a correct token gets a 503."""
    with Elasticsearch("http://127.0.0.1:9", max_retries=0) as client:
        admin = Admin(SecretStr(TOKEN), OverrideService(client, "test-none"))
        options = Options(metrics_token=SecretStr(TOKEN))
        yield create_app(
            Searcher(client, index="test-none"), admin=admin, options=options
        ).test_client()


def status(web, token, address="192.0.2.1", path="/admin/overrides"):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = web.get(path, headers=headers, environ_base={"REMOTE_ADDR": address})
    return answer.status_code


def test_after_ten_wrong_tokens_a_client_must_wait_even_with_the_correct_one(web):
    assert status(web, TOKEN) == 503

    assert [status(web, "wrong") for _ in range(11)] == [401] * 10 + [429]

    assert status(web, TOKEN) == 429
    assert status(web, TOKEN, "192.0.2.2") == 503


def test_wrong_tokens_of_one_ipv6_network_count_together(web):
    statuses = [status(web, "wrong", f"2001:db8::{number}") for number in range(11)]

    assert statuses == [401] * 10 + [429]
    assert status(web, TOKEN, "2001:db8:0:1::1") == 503


def test_wrong_tokens_of_many_clients_count_together(web):
    statuses = [status(web, "wrong", f"192.0.2.{number}") for number in range(101)]

    assert statuses == [401] * 100 + [429]


def test_requests_without_a_token_lock_no_one_out(web):
    assert [status(web, "") for _ in range(20)] == [401] * 20

    assert status(web, TOKEN) == 503


def test_the_form_and_the_api_count_together(web):
    form = {"token": "wrong", "kind": "ban", "product_id": "p1", "code": "gift"}
    base = {"REMOTE_ADDR": "192.0.2.1"}
    answers = [web.post("/admin/product", data=form, environ_base=base) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert status(web, TOKEN) == 429


def test_the_token_of_the_metrics_cannot_be_guessed_either(web):
    statuses = [status(web, "wrong", path="/metrics") for _ in range(11)]

    assert statuses == [401] * 10 + [429]
    assert status(web, TOKEN) == 503  # the admin token has a guard of its own


@pytest.mark.parametrize(
    ("token", "said"), [("", "token missing"), ("wr0ng", "token wrong"), (TOKEN, "token correct")]
)
def test_each_attempt_leaves_one_line_without_the_token(web, caplog, token, said):
    audit.enable()
    status(web, token, path="/admin/overrides/a%0Ab")

    [record] = [each for each in caplog.records if each.name == "query_api.http.audit"]
    line = record.getMessage()
    assert said in line
    assert "192.0.2.1" in line
    assert "\n" not in line
    assert TOKEN not in str(record.__dict__)
    assert "wr0ng" not in str(record.__dict__)


def test_an_attempt_that_is_not_compared_leaves_a_line_too(web, caplog):
    audit.enable()

    for _ in range(11):
        status(web, "wrong")

    lines = [each.getMessage() for each in caplog.records if each.name == "query_api.http.audit"]
    assert len(lines) == 11
    assert "token not compared, status 429" in lines[-1]
