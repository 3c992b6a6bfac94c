"""The description says what the application does: its routes, its answers, its limits."""

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from pydantic import SecretStr
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gram_es.codes.codebook import MAX_LABEL_CHARS
from gram_es.overrides.service import Desk
from gram_es.retrieval.request import SORTS
from gram_es.retrieval.searcher import Searcher
from gram_es.text.normalise import MAX_TEXT_CHARS
from query_api.api.admin import Admin
from query_api.api.openapi import description
from query_api.api.parameters import API_SIZE, MAX_SIZE
from query_api.app import create_app

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
FOR_PEOPLE = {"pages", "inspecting", "admin_forms", "static"}
TOKEN = "correct horse battery"
KNOWN = {"Authorization": f"Bearer {TOKEN}"}

OPERATIONS = {
    (path, method): operation
    for path, methods in description()["paths"].items()
    for method, operation in methods.items()
}


@pytest.fixture(scope="module")
def whole_app(client, small_shop):
    """The application with all of its endpoints open; what overrides are set are lifted."""
    desk = Desk(client, small_shop.index)
    yield create_app(Searcher(client, index=small_shop.index), admin=Admin(SecretStr(TOKEN), desk))
    desk.lift([one.id for one in desk.store.read()])


@pytest.fixture(scope="module")
def described(whole_app):
    return schemathesis.openapi.from_wsgi("/openapi.json", whole_app)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_answer_is_undocumented(described, path, method):
    strategy = described[path][method.upper()].as_strategy
    asked = strategy(generation_mode=GenerationMode.POSITIVE)
    if "parameters" in OPERATIONS[path, method]:
        asked |= strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(asked)
    @settings(max_examples=30, deadline=None, suppress_health_check=HealthCheck, derandomize=True)
    def answers_as_described(case):
        case.call_and_validate(checks=CHECKS, headers=KNOWN)

    answers_as_described()


def operation(path, method="GET"):
    return schemathesis.openapi.from_dict(description())[path][method]


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=cordless+drill&explain=true&highlight=true&collapse=true",
        "/search?q=cordless+drill&brand=nobody",
        "/search?brand=nobody&sort=price_asc",
        "/suggest?q=cord",
        "/explain/missing?q=cordless+drill&id=none",
        "/readyz",
    ],
)
def test_answers_with_a_model_are_described_too(coded_web, path):
    operation(path.partition("?")[0]).validate_response(coded_web.get(path))


def test_why_a_product_is_missing_is_described(coded_web):
    found = coded_web.get("/search?q=drill&size=2").json["hits"]
    path = f"/explain/missing?q=drill&size=1&id={found[1]['id']}"

    answer = coded_web.get(path)

    assert answer.json["last_hit_scores"]["id"] == found[0]["id"]
    operation("/explain/missing").validate_response(answer)


def test_what_an_administrator_is_answered_is_described(whole_app):
    web, path = whole_app.test_client(), "/admin/overrides"
    lock = {"kind": "lock", "product_id": "p1", "code": "power tool", "by": "ada"}

    put = web.put(path, json=lock, headers=KNOWN)
    one = f"{path}/{put.json['override']['id']}"
    read, listed = web.get(one, headers=KNOWN), web.get(path, headers=KNOWN)
    lifted = web.delete(one, headers=KNOWN)
    lost, unknown = web.get(one, headers=KNOWN), web.get(one)

    assert [answer.status_code for answer in (put, read, listed, lifted)] == [200] * 4
    assert (lost.status_code, unknown.status_code) == (404, 401)
    operation(path, "PUT").validate_response(put)
    operation(path).validate_response(listed)
    operation(f"{path}/{{override_id}}", "DELETE").validate_response(lifted)
    for answer in (read, lost, unknown):
        operation(f"{path}/{{override_id}}").validate_response(answer)


def test_what_a_broken_cluster_answers_is_described(lost):
    for path in ("/search?q=drill", "/readyz"):
        described = description()["paths"][path.partition("?")[0]]["get"]["responses"]
        assert str(lost.get(path).status_code) in described


def test_every_route_for_programs_is_described(whole_app):
    routes = {
        (re.sub("<(.*?)>", r"{\1}", rule.rule), method.lower())
        for rule in whole_app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint.partition(".")[0] not in FOR_PEOPLE
    }

    assert routes == set(OPERATIONS)


def test_the_limits_are_those_of_the_code():
    components = description()["components"]
    limits = {name: held["schema"] for name, held in components["parameters"].items()}

    assert limits["q"]["maxLength"] == MAX_TEXT_CHARS
    assert (limits["size"]["maximum"], limits["size"]["default"]) == (MAX_SIZE, API_SIZE)
    assert limits["sort"]["enum"] == list(SORTS)
    code = components["schemas"]["NewOverride"]["properties"]["code"]
    assert code["maxLength"] == MAX_LABEL_CHARS
