"""The OpenAPI description agrees with the application's routes, responses and limits."""

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
from gram_es.overrides.service import OverrideService
from gram_es.records import MAX_ID_BYTES
from gram_es.retrieval.request import SORTS
from gram_es.retrieval.searcher import Searcher
from gram_es.text.normalise import MAX_TEXT_CHARS
from query_api.api.admin import Admin
from query_api.api.bodies import MAX_RERANKED
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
PAGE_BLUEPRINTS = {"search_page", "catalogue_pages", "admin_forms", "static"}
TOKEN = "correct horse battery"
AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}

OPERATIONS = {
    (path, method): operation
    for path, methods in description()["paths"].items()
    for method, operation in methods.items()
}


@pytest.fixture(scope="module")
def complete_app(client, small_shop):
    """Yield the application with all of its endpoints; remove its overrides afterwards."""
    service = OverrideService(client, small_shop.index)
    yield create_app(
        Searcher(client, index=small_shop.index), admin=Admin(SecretStr(TOKEN), service)
    )
    service.remove([override.id for override in service.store.read()])


@pytest.fixture(scope="module")
def described(complete_app):
    return schemathesis.openapi.from_wsgi("/openapi.json", complete_app)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_response_is_documented(described, path, method):
    strategy = described[path][method.upper()].as_strategy
    requests = strategy(generation_mode=GenerationMode.POSITIVE)
    if OPERATIONS[path, method].keys() & {"parameters", "requestBody"}:
        requests |= strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(requests)
    @settings(max_examples=30, deadline=None, suppress_health_check=HealthCheck, derandomize=True)
    def check_response(case):
        case.call_and_validate(checks=CHECKS, headers=AUTHORISED)

    check_response()


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
        "/explain/product?id=none",
        "/readyz",
    ],
)
def test_responses_with_a_model_are_described(coded_web, path):
    operation(path.partition("?")[0]).validate_response(coded_web.get(path))


def test_the_explanation_of_a_missing_product_is_described(coded_web):
    hits = coded_web.get("/search?q=drill&size=2").json["hits"]
    path = f"/explain/missing?q=drill&size=1&id={hits[1]['id']}"

    answer = coded_web.get(path)

    assert answer.json["last_hit_scores"]["id"] == hits[0]["id"]
    operation("/explain/missing").validate_response(answer)


def test_the_report_on_a_product_is_described(coded_web):
    hit = coded_web.get("/search?q=drill&size=1").json["hits"][0]

    answer = coded_web.get(f"/explain/product?id={hit['id']}")

    assert answer.status_code == 200
    assert answer.json["product"] == hit["product"]
    assert {code["origin"] for code in answer.json["slots"][0]["codes"]} == {
        "stated",
        "inferred",
    }
    operation("/explain/product").validate_response(answer)


def test_the_responses_of_the_admin_endpoints_are_described(complete_app):
    web, path = complete_app.test_client(), "/admin/overrides"
    lock = {"kind": "lock", "product_id": "p1", "code": "power tool", "by": "ada"}

    put = web.put(path, json=lock, headers=AUTHORISED)
    override_path = f"{path}/{put.json['override']['id']}"
    read, listed = web.get(override_path, headers=AUTHORISED), web.get(path, headers=AUTHORISED)
    removed = web.delete(override_path, headers=AUTHORISED)
    not_found, unauthorised = web.get(override_path, headers=AUTHORISED), web.get(override_path)

    assert [answer.status_code for answer in (put, read, listed, removed)] == [200] * 4
    assert (not_found.status_code, unauthorised.status_code) == (404, 401)
    operation(path, "PUT").validate_response(put)
    operation(path).validate_response(listed)
    operation(f"{path}/{{override_id}}", "DELETE").validate_response(removed)
    for answer in (read, not_found, unauthorised):
        operation(f"{path}/{{override_id}}").validate_response(answer)


def test_the_responses_without_a_cluster_are_described(disconnected_web):
    for path in ("/search?q=drill", "/readyz"):
        described = description()["paths"][path.partition("?")[0]]["get"]["responses"]
        assert str(disconnected_web.get(path).status_code) in described


def test_every_route_for_programs_is_described(complete_app):
    routes = {
        (re.sub("<(.*?)>", r"{\1}", rule.rule), method.lower())
        for rule in complete_app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint.partition(".")[0] not in PAGE_BLUEPRINTS
    }

    assert routes == set(OPERATIONS)


def test_the_limits_are_those_of_the_code():
    components = description()["components"]
    limits = {name: parameter["schema"] for name, parameter in components["parameters"].items()}

    assert limits["q"]["maxLength"] == MAX_TEXT_CHARS
    assert (limits["size"]["maximum"], limits["size"]["default"]) == (MAX_SIZE, API_SIZE)
    assert limits["sort"]["enum"] == list(SORTS)
    code = components["schemas"]["NewOverride"]["properties"]["code"]
    assert code["maxLength"] == MAX_LABEL_CHARS
    rerank = components["schemas"]["RerankRequest"]["properties"]
    assert rerank["q"]["maxLength"] == MAX_TEXT_CHARS
    assert rerank["ids"]["maxItems"] == MAX_RERANKED
    assert rerank["ids"]["items"]["maxLength"] == MAX_ID_BYTES
