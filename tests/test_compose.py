"""The compose file keeps its promises: no default secret, nothing open, everything looked after."""

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
END_BY_THEMSELVES = {"users", "install"}
OURS = {name: held for name, held in SERVICES.items() if held["image"] == "gram-es"}


def test_the_services_are_those_that_a_shop_needs():
    assert set(SERVICES) == {
        "elasticsearch", "users", "install", "redis", "worker", "api", "kibana"
    }  # fmt: skip


def test_no_secret_has_a_default():
    secrets = re.findall(r"\$\{(\w*PASSWORD)([^}]*)\}", TEXT)

    assert len(secrets) > 10
    assert [name for name, how in secrets if not how.startswith(":?")] == []


def test_security_is_on():
    assert SERVICES["elasticsearch"]["environment"]["xpack.security.enabled"] == "true"
    assert "--requirepass" in SERVICES["redis"]["command"]


def test_nothing_listens_beyond_this_host():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - END_BY_THEMSELVES))
def test_what_stays_up_is_looked_after(name):
    service = SERVICES[name]

    assert service["restart"] == "unless-stopped"
    assert "healthcheck" in service


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_is_waited_for_gives_the_sign_that_is_waited_for(name):
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert how["condition"] == "service_completed_successfully"
            assert other in END_BY_THEMSELVES


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_run_with_as_little_as_they_need(name):
    service = OURS[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_run_commands_and_settings_that_there_are(name):
    command: click.Command = main
    arguments = [re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in OURS[name]["command"]]
    context = click.Context(main)
    while isinstance(command, click.Group):
        found = command.get_command(context, arguments.pop(0))
        assert found is not None
        command = found
    known = {field.alias for field in Settings.model_fields.values()}

    given = [word for word in arguments if word.startswith("--")]
    assert {*given} <= {option for one in command.params for option in one.opts}
    assert {*OURS[name]["environment"]} <= known


def test_each_side_gets_the_role_that_stands_in_the_package():
    [script] = SERVICES["users"]["command"]
    sides = re.findall(r"^side (\w+) ", script, re.MULTILINE)

    assert sides == ["install", "ingest", "search"]
    for side in sides:
        assert json.loads((ROOT / f"mappings/roles/gram-es-{side}.json").read_text("utf-8"))
    for name, side in {"install": "install", "worker": "ingest", "api": "search"}.items():
        assert f"//gram-es-{side}:" in OURS[name]["environment"]["ELASTICSEARCH_URL"]


def test_the_image_runs_unprivileged_and_copies_every_package():
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines()]
    last_stage = lines[[n for n, line in enumerate(lines) if line[:1] == ["FROM"]][-1] :]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copied = [line[1] for line in lines if line[:1] == ["COPY"]]

    assert ["USER", "gram-es"] in last_stage
    assert {"gram_es", "ingest", "mappings", "query_api"} <= {*copied}
    assert ignored[0] == "*"
    assert all(f"!{name}" in ignored for name in copied if not name.startswith("--"))
