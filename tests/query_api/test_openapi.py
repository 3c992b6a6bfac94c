"""The description says what the application does: its routes, its answers, its limits."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gram_es.retrieval.request import MAX_TEXT_CHARS, SORTS
from query_api.openapi import description
from query_api.parameters import API_SIZE, MAX_SIZE

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
FOR_PEOPLE = {"pages", "static"}


OPERATIONS = {
    (path, method): operation
    for path, methods in description()["paths"].items()
    for method, operation in methods.items()
}


@pytest.fixture(scope="session")
def described(app):
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_answer_is_undocumented(described, path, method):
    strategy = described[path][method.upper()].as_strategy
    asked = strategy(generation_mode=GenerationMode.POSITIVE)
    if "parameters" in OPERATIONS[path, method]:
        asked |= strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(asked)
    @settings(max_examples=30, deadline=None, suppress_health_check=HealthCheck, derandomize=True)
    def answers_as_described(case):
        case.call_and_validate(checks=CHECKS)

    answers_as_described()


@pytest.mark.parametrize("path", ["/search?q=cordless+drill&explain=true", "/readyz"])
def test_answers_with_a_model_are_described_too(coded_web, path):
    route = path.partition("?")[0]
    operation = schemathesis.openapi.from_dict(description())[route]["GET"]

    operation.validate_response(coded_web.get(path))


def test_what_a_broken_cluster_answers_is_described(lost):
    for path in ("/search?q=drill", "/readyz"):
        described = description()["paths"][path.partition("?")[0]]["get"]["responses"]
        assert str(lost.get(path).status_code) in described


def test_every_route_for_programs_is_described(app):
    routes = {
        (rule.rule, method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint.partition(".")[0] not in FOR_PEOPLE
    }

    assert routes == set(OPERATIONS)


def test_the_limits_are_those_of_the_code():
    parameters = description()["paths"]["/search"]["get"]["parameters"]
    limits = {parameter["name"]: parameter["schema"] for parameter in parameters}

    assert limits["q"]["maxLength"] == MAX_TEXT_CHARS
    assert (limits["size"]["maximum"], limits["size"]["default"]) == (MAX_SIZE, API_SIZE)
    assert limits["sort"]["enum"] == list(SORTS)
