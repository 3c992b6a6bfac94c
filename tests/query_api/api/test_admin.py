"""The admin endpoints with a real index: who is authorised, what is set, what is rejected."""

import re
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient
from pydantic import SecretStr

from gram_es.errors import SettingsError
from gram_es.overrides.service import OverrideService
from gram_es.overrides.watcher import RulesWatcher
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings, read_settings
from query_api.api.admin import Admin
from query_api.app import create_app
from query_api.http import audit

TOKEN = "correct horse battery"
AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}
LOCK = {"kind": "lock", "product_id": "p1", "code": "Power Tools", "by": "ada", "note": "sale"}


@pytest.fixture
def admin_web(client: Elasticsearch, small_shop: Settings) -> Iterator[FlaskClient]:
    service = OverrideService(client, small_shop.index)
    rules = RulesWatcher(client, small_shop.index)
    searcher = Searcher(client, index=small_shop.index, rules=rules)
    yield create_app(searcher, admin=Admin(SecretStr(TOKEN), service)).test_client()
    service.remove([override.id for override in service.store.read()])


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_without_a_configured_token_the_paths_do_not_exist(web: FlaskClient, method: str) -> None:
    answer = getattr(web, method)("/admin/overrides", headers=AUTHORISED)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer häßlich"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Cookie": f"token={TOKEN}"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("put", ""), ("get", "/0123"), ("delete", "/0123")],
)
def test_a_request_without_the_token_is_unauthorised(
    admin_web: FlaskClient, headers: dict[str, str], method: str, path: str
) -> None:
    answer = getattr(admin_web, method)(f"/admin/overrides{path}", headers=headers)

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="gram-es"'
    assert TOKEN not in answer.text


def test_an_override_is_set_read_listed_and_removed(admin_web: FlaskClient) -> None:
    put = admin_web.put("/admin/overrides", json=LOCK, headers=AUTHORISED)
    again = admin_web.put("/admin/overrides", json=LOCK, headers=AUTHORISED)

    override = put.json["override"]
    assert put.status_code == again.status_code == 200
    assert again.json["override"]["id"] == override["id"]
    assert {name: override[name] for name in ("kind", "product_id", "code", "by", "note")} == {
        **LOCK,
        "code": "power tools",
    }
    path = f"/admin/overrides/{override['id']}"
    read = admin_web.get(path, headers=AUTHORISED)
    assert read.json == again.json["override"]
    assert read.headers["Cache-Control"] == "no-store"
    listed = admin_web.get("/admin/overrides?product_id=p1&kind=lock", headers=AUTHORISED)
    assert listed.json == {"overrides": [read.json]}
    others = admin_web.get("/admin/overrides?product_id=p2", headers=AUTHORISED)
    assert others.json == {"overrides": []}

    assert admin_web.delete(path, headers=AUTHORISED).json["override"]["id"] == override["id"]
    for method in ("get", "delete"):
        answer = getattr(admin_web, method)(path, headers=AUTHORISED)
        assert answer.status_code == 404
        assert "there is no override" in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ('{"kind": "lock", "code": "hose"}', 400, "a lock is for one product"),
        ('{"kind": "ban", "code": "hose", "prio": 1}', 400, "an override has no 'prio'"),
        ('{"kind": "pin", "code": "a", "query": "b", "weight": NaN}', 400, "weight is nan"),
        ('{"kind": "pin", "code": "a", "query": "b", "weight": 1e999}', 400, "weight is inf"),
        ('{"kind": "ban", "code": {"a": 1}}', 400, "code is {'a': 1}; give a text"),
        ('{"kind": "ban", "code": "\\ud800"}', 400, "contains no word"),
        ('{"kind": "lock", "code": "a", "product_id": "\\ud800"}', 400, "control characters"),
        ("[]", 400, "the body is not a JSON object"),
        ("{", 400, "the body is not JSON"),
        ("[" * 16_000, 400, ""),
        ('"' + "x" * 20_000 + '"', 413, ""),
    ],
)
def test_a_bad_body_is_a_problem_and_sets_nothing(
    admin_web: FlaskClient, body: str, status: int, detail: str
) -> None:
    answer = admin_web.put(
        "/admin/overrides", data=body, content_type="application/json", headers=AUTHORISED
    )

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert detail in answer.json["detail"]
    assert admin_web.get("/admin/overrides", headers=AUTHORISED).json == {"overrides": []}


def test_a_form_and_an_unknown_filter_are_problems(admin_web: FlaskClient) -> None:
    form = admin_web.put("/admin/overrides", data=LOCK, headers=AUTHORISED)
    filtered = admin_web.get("/admin/overrides?prio=1", headers=AUTHORISED)

    assert form.status_code == 415
    assert filtered.status_code == 400
    assert filtered.json["detail"].startswith("filter 'prio' is unknown; choose one of kind")


def test_the_form_of_a_product_locks_a_code_and_removes_the_lock(admin_web: FlaskClient) -> None:
    locked = admin_web.post("/admin/product", data={**LOCK, "token": TOKEN})

    assert (locked.status_code, locked.location) == (303, "/product/p1")
    page = admin_web.get(locked.location)
    assert page.status_code == 200
    assert "gram-es override" not in page.text
    assert TOKEN not in page.text
    (rule,) = admin_web.get("/admin/overrides", headers=AUTHORISED).json["overrides"]
    assert (rule["code"], rule["by"], rule["note"]) == ("power tools", "ada", "sale")
    button = re.search('name="remove" value="(.*?)">(.*?)</button>', page.text)
    assert button is not None
    assert (button[1], re.sub("<.*?>", "", button[2])) == (rule["id"], "Remove: locked power tools")

    removed = admin_web.post(
        "/admin/product", data={"product_id": "p1", "remove": rule["id"], "token": TOKEN}
    )
    assert removed.status_code == 303
    assert admin_web.get("/admin/overrides", headers=AUTHORISED).json == {"overrides": []}
    assert 'name="remove"' not in admin_web.get("/product/p1").text


def test_each_change_leaves_one_audit_line_that_says_what_changed(
    admin_web: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    audit.enable()
    by = "ada\nroot admin request"
    put = admin_web.put("/admin/overrides", json={**LOCK, "by": by}, headers=AUTHORISED)
    override_id = put.json["override"]["id"]
    admin_web.post("/admin/product", data={"remove": override_id, "token": TOKEN})

    lines = [each.getMessage() for each in caplog.records if each.name == audit.__name__]
    assert len(lines) == 2
    for line, start in zip(lines, ("PUT /admin/overrides,", "POST /admin/product,"), strict=True):
        assert start in line
        assert f"changes: id='{override_id}', kind='lock', product_id='p1'" in line
        assert "by='ada root admin request'" in line
        assert TOKEN not in line


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({"token": "wrong"}, 403, "The token is wrong"),
        ({"token": ""}, 403, "The token is wrong"),
        ({"code": " "}, 400, "code"),
        ({"kind": "pin"}, 400, "A pin is for"),
        ({"kind": "burn"}, 400, "Kind is &#39;burn&#39;"),
        ({"remove": "0123"}, 404, "There is no override"),
    ],
)
def test_an_invalid_form_shows_an_error_page_and_sets_nothing(
    admin_web: FlaskClient, changes: dict[str, str], status: int, detail: str
) -> None:
    answer = admin_web.post(
        "/admin/product",
        data={**LOCK, "token": TOKEN, **changes},
        headers={"Accept": "text/html"},
    )

    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert detail in answer.text
    assert admin_web.get("/admin/overrides", headers=AUTHORISED).json == {"overrides": []}


def test_without_a_configured_token_a_product_page_shows_commands_instead_of_the_form(
    web: FlaskClient,
) -> None:
    assert "gram-es override lock" in web.get("/product/p1").text
    assert web.post("/admin/product", data={**LOCK, "token": ""}).status_code == 404


def test_a_token_that_is_too_short_is_rejected_and_not_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRAM_ES_ADMIN_TOKEN", "s3cret")

    with pytest.raises(SettingsError, match=r"GRAM_ES_ADMIN_TOKEN: .* 16 ") as caught:
        read_settings()

    assert "s3cret" not in str(caught.value)


def test_the_token_is_not_printed(admin_web: FlaskClient) -> None:
    settings = Settings(GRAM_ES_ADMIN_TOKEN=TOKEN)

    assert TOKEN not in repr(settings) + repr(admin_web.application.extensions)
