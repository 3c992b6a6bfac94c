"""The compose file has no default secrets, opens nothing to the network and restarts services."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import gram_es
from gram_es.cli import main
from gram_es.settings import Settings

ROOT = Path(gram_es.__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
RUN_ONCE = {"users", "install"}
OWN_SERVICES = {
    name: service for name, service in SERVICES.items() if service["image"] == "gram-es"
}


def test_the_services_are_those_that_a_shop_needs():
    assert set(SERVICES) == {
        "elasticsearch", "users", "install", "redis", "worker", "api", "kibana"
    }  # fmt: skip


def test_no_secret_has_a_default():
    secrets = re.findall(r"\$\{(\w*PASSWORD)([^}]*)\}", TEXT)

    assert len(secrets) > 10
    assert [name for name, default in secrets if not default.startswith(":?")] == []


def test_security_is_on():
    assert SERVICES["elasticsearch"]["environment"]["xpack.security.enabled"] == "true"
    assert "--requirepass" in SERVICES["redis"]["command"]


def test_services_listen_on_this_host_only():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - RUN_ONCE))
def test_services_that_keep_running_are_restarted_and_have_a_health_check(name):
    service = SERVICES[name]

    assert service["restart"] == "unless-stopped"
    assert "healthcheck" in service


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_the_conditions_of_dependencies_can_be_fulfilled(name):
    for other, dependency in SERVICES[name].get("depends_on", {}).items():
        if dependency["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert dependency["condition"] == "service_completed_successfully"
            assert other in RUN_ONCE


@pytest.mark.parametrize("name", sorted(OWN_SERVICES))
def test_own_services_run_with_minimal_privileges(name):
    service = OWN_SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", sorted(OWN_SERVICES))
def test_commands_options_and_variables_of_own_services_exist(name):
    command: click.Command = main
    arguments = [re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in OWN_SERVICES[name]["command"]]
    context = click.Context(main)
    while isinstance(command, click.Group):
        subcommand = command.get_command(context, arguments.pop(0))
        assert subcommand is not None
        command = subcommand
    variables = {field.alias for field in Settings.model_fields.values()}

    options = [word for word in arguments if word.startswith("--")]
    assert {*options} <= {option for parameter in command.params for option in parameter.opts}
    assert {*OWN_SERVICES[name]["environment"]} <= variables


def test_each_service_uses_a_shipped_role():
    [script] = SERVICES["users"]["command"]
    roles = re.findall(r"^put_role_and_user (\w+) ", script, re.MULTILINE)

    assert roles == ["install", "ingest", "search"]
    for role in roles:
        assert json.loads((ROOT / f"mappings/roles/gram-es-{role}.json").read_text("utf-8"))
    for name, role in {"install": "install", "worker": "ingest", "api": "search"}.items():
        assert f"//gram-es-{role}:" in OWN_SERVICES[name]["environment"]["ELASTICSEARCH_URL"]


def test_the_image_runs_unprivileged_and_copies_every_package():
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines()]
    last_stage = lines[[n for n, line in enumerate(lines) if line[:1] == ["FROM"]][-1] :]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copied = [line[1] for line in lines if line[:1] == ["COPY"]]

    assert ["USER", "gram-es"] in last_stage
    assert {"gram_es", "ingest", "mappings", "query_api"} <= {*copied}
    assert ignored[0] == "*"
    assert all(f"!{name}" in ignored for name in copied if not name.startswith("--"))
