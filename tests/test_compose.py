"""The compose file has no default secrets, opens nothing to the network and restarts services."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import gram_es
from gram_es.cli import main
from gram_es.model.manifest import MANIFEST
from gram_es.settings import Settings
from mappings import roles

ROOT = Path(gram_es.__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
NETWORKS: dict[str, dict[str, Any] | None] = yaml.safe_load(TEXT).get("networks", {})
RUN_ONCE = {"users", "templates", "train", "install", "ingest", "dashboards"}
OWN_SERVICES = {
    name: service for name, service in SERVICES.items() if service["image"].startswith("gram-es")
}


def networks_of(service: dict[str, Any]) -> list[str]:
    """Return the networks of a service; without any, compose puts it into one for all."""
    if service.get("network_mode") == "none":
        return []
    return list(service.get("networks", ["default"]))


def test_the_services_are_those_that_a_shop_needs():
    assert set(SERVICES) == {
        "elasticsearch", "users", "templates", "train", "install", "redis", "worker", "ingest",
        "api", "admin", "kibana", "dashboards"
    }  # fmt: skip


def test_no_secret_has_a_default():
    secrets = re.findall(r"\$\{(\w*PASSWORD|ADMIN_TOKEN)([^}]*)\}", TEXT)

    assert len(secrets) > 15
    assert [name for name, default in secrets if not default.startswith(":?")] == []


def test_security_is_on():
    assert SERVICES["elasticsearch"]["environment"]["xpack.security.enabled"] == "true"
    assert "requirepass $$REDISCLI_AUTH" in SERVICES["redis"]["command"][-1]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_process_has_a_password_among_its_arguments(name):
    service = SERVICES[name]
    scripts = [service.get("command"), service.get("entrypoint"), service.get("healthcheck")]
    text = json.dumps(scripts)

    assert not re.search(r"\$\{\w*PASSWORD", text)  # what compose replaces
    lines = [line for line in text.split("\\n") if "PASSWORD" in line or "AUTH" in line]
    in_shell = (
        "printf '",
        "put_role_and_user ",
        "put_user ",
        "requirepass ",
    )  # commands of the shell itself
    assert [line for line in lines if not any(command in line for command in in_shell)] == []
    assert "-u " not in text


@pytest.mark.parametrize(
    ("network", "services"),
    [
        ("cluster", set(SERVICES) - {"redis", "train"}),
        ("queue", {"redis", "worker", "ingest"}),
        ("frontend", {"api", "admin"}),
        ("tools", {"elasticsearch", "kibana"}),
        ("feeds", {"worker"}),
    ],
)
def test_a_service_reaches_only_what_it_uses(network, services):
    members = {name for name, each in SERVICES.items() if network in networks_of(each)}

    assert members == services
    is_internal = (NETWORKS[network] or {}).get("internal", False)
    assert is_internal == (network in ("cluster", "queue"))


def test_a_service_with_a_port_is_in_a_network_that_publishes_it():
    for service in SERVICES.values():
        if "ports" in service:
            assert {*networks_of(service)} & {"frontend", "tools"}


def test_images_can_be_pinned_by_digest():
    foreign = [each["image"] for name, each in SERVICES.items() if name not in OWN_SERVICES]

    assert all(re.match(r"\$\{[A-Z]+_IMAGE:-", image) for image in foreign)
    assert [name for name in OWN_SERVICES if "PYTHON_IMAGE" not in str(SERVICES[name])] == []


def test_only_the_step_that_makes_users_has_the_password_of_elastic():
    having = {name for name, each in SERVICES.items() if "ELASTIC_PASSWORD" in json.dumps(each)}

    assert having == {"elasticsearch", "users"}
    assert [name for name, each in SERVICES.items() if "//elastic:" in str(each)] == []


def test_no_two_services_of_gram_es_share_a_user_but_ingest_and_its_worker():
    users: dict[str, set[str]] = {}
    for name, service in OWN_SERVICES.items():
        for user in re.findall(r"//([\w-]+):\$\{\w+PASSWORD", json.dumps(service)):
            users.setdefault(user, set()).add(name)

    assert users == {
        "gram-es-templates": {"templates"},
        "gram-es-install": {"install"},
        "gram-es-ingest": {"worker", "ingest"},
        "gram-es-search": {"api"},
        "gram-es-admin": {"admin"},
        "gram-es-dashboards": {"dashboards"},
    }


def test_services_listen_on_this_host_only():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert len(ports) == len(set(ports)) == 4
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
    for arguments in commands_of(OWN_SERVICES[name]):
        command: click.Command = main
        while isinstance(command, click.Group):
            subcommand = command.get_command(click.Context(main), arguments.pop(0))
            assert subcommand is not None
            command = subcommand
        options = [word for word in arguments if word.startswith("--")]
        assert {*options} <= {option for parameter in command.params for option in parameter.opts}

    variables = {field.alias for field in Settings.model_fields.values()}
    assert {*OWN_SERVICES[name]["environment"]} <= variables


def commands_of(service: dict[str, Any]) -> list[list[str]]:
    """Return the arguments of each call of gram-es; a service with an entry point has a script."""
    if "entrypoint" not in service:
        return [[re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in service["command"]]]
    [script] = service["command"]
    calls = re.findall(r"^\s*(?:exec )?gram-es (.+)$", script, re.MULTILINE)
    assert calls
    return [shlex.split(call) for call in calls]


def test_each_service_uses_a_shipped_role():
    [script] = SERVICES["users"]["command"]
    roles = re.findall(r"^put_role_and_user (\w+) ", script, re.MULTILINE)

    assert roles == ["install", "ingest", "search", "admin"]
    for role in roles:
        assert json.loads((ROOT / f"mappings/roles/gram-es-{role}.json").read_text("utf-8"))
    services = {"install": "install", "worker": "ingest", "api": "search", "admin": "admin"}
    for name, role in services.items():
        assert f"//gram-es-{role}:" in OWN_SERVICES[name]["environment"]["ELASTICSEARCH_URL"]


def test_the_image_runs_unprivileged_and_copies_every_package():
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines()]
    last_stage = lines[[n for n, line in enumerate(lines) if line[:1] == ["FROM"]][-1] :]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copied = [name for line in lines if line[:1] == ["COPY"] for name in line[1:-1]]
    copied = [name for name in copied if not name.startswith(("--", "/"))]

    assert ["USER", "10001"] in last_stage
    assert {"gram_es", "ingest", "mappings", "query_api"} <= {*copied}
    assert ignored[0] == "*"
    assert all(f"!{name}" in ignored for name in copied)


def test_the_image_contains_what_the_wheel_has_and_no_source():
    stages = (ROOT / "Dockerfile").read_text("utf-8").split("\nFROM ")[1:]
    wheel, environment, image = (stage.splitlines() for stage in stages)

    assert "RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels ." in wheel
    assert "COPY --from=wheel /wheels /wheels" in environment
    assert [line for line in image if line.startswith("COPY")] == [
        "COPY --from=environment /venv /venv"
    ]


def run_script(name: str, folder: Path, shell: str, **environment: str) -> list[dict[str, str]]:
    """Run a service's script with stand-ins for its programs; return what each was given."""
    recorder = (
        f"#!{sys.executable}\n"
        "import json, sys\n"
        "given = [open(word).read() for word in sys.argv if word.startswith('/dev/fd/')]\n"
        "entry = {'arguments': ' '.join(sys.argv[1:]), 'config': ''.join(given)}\n"
        f"with open({str(folder / 'log')!r}, 'a') as log:\n"
        "    print(json.dumps({**entry, 'input': sys.stdin.read()}), file=log)\n"
    )
    for program in ("curl", "docker-entrypoint.sh", "gram-es"):
        (folder / program).write_text(recorder)
        (folder / program).chmod(0o755)
    script = SERVICES[name]["command"][-1].replace("$$", "$")
    script = script.replace('"/roles/', f'"{ROOT}/mappings/roles/')
    script = re.sub(r"(?<=[ =])/(models|feed)\b", rf"{folder}/\1", script)
    script = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", script)  # as compose does
    path = f"{folder}:{os.environ['PATH']}"
    (folder / "log").touch()
    subprocess.run(
        [shell, "-euc", script],
        env={"PATH": path, **environment},
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return [json.loads(line) for line in (folder / "log").read_text().splitlines()]


def test_the_users_are_put_without_a_password_in_an_argument(tmp_path):
    own = ("INSTALL", "INGEST", "SEARCH", "ADMIN", "TEMPLATES", "DASHBOARDS", "MERCHANDISER")
    names = ("ELASTIC", "KIBANA", *own)
    passwords = {f"{name}_PASSWORD": f"{name.lower()}5ecret" for name in names}

    requests = run_script("users", tmp_path, "bash", **passwords)

    assert {each["config"] for each in requests} == {'user = "elastic:elastic5ecret"'}
    assert [each for each in requests if "5ecret" in each["arguments"]] == []
    paths = [each["arguments"].rpartition("/_security/")[2] for each in requests]
    bodies = {path: json.loads(each["input"]) for path, each in zip(paths, requests, strict=True)}
    assert bodies["user/kibana_system/_password"] == {"password": "kibana5ecret"}
    assert bodies["user/gram-es-dashboards"]["roles"] == ["kibana_admin"]
    assert bodies["user/gram-es-merchandiser"] == {
        "password": "merchandiser5ecret",
        "roles": ["editor"],
    }
    assert bodies["user/gram-es-templates"]["roles"] == ["gram-es-templates"]
    assert bodies["role/gram-es-templates"] == {
        "cluster": ["manage_index_templates", "cluster:admin/analyze"]
    }
    for role in ("install", "ingest", "search", "admin"):
        user = {"password": f"{role}5ecret", "roles": [f"gram-es-{role}"]}
        assert bodies[f"user/gram-es-{role}"] == user
        assert bodies[f"role/gram-es-{role}"] == roles()[f"gram-es-{role}"]


@pytest.mark.parametrize(
    ("files", "calls"),
    [
        ({}, ["sample M/sample", "train M/sample/feed.xml --out M/model --restart"]),
        ({"feed": ""}, ["sample M/sample", "train M/sample/feed.xml --out M/model --restart"]),
        ({"feed": "id,title"}, ["train F --out M/model --restart"]),
        ({"feed/part.csv": "id,title"}, ["train F --out M/model --restart"]),
        ({"feed": "id,title", f"models/model/{MANIFEST}": "{}"}, []),
    ],
)
def test_a_model_is_trained_once_on_the_feed_or_else_on_the_sample(tmp_path, files, calls):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    given = [each["arguments"] for each in run_script("train", tmp_path, "sh")]

    expected = [call.replace("M/", f"{tmp_path}/models/") for call in calls]
    assert given == [call.replace("F ", f"{tmp_path}/feed ") for call in expected]


@pytest.mark.parametrize(("feed", "indexed"), [("", "models/sample/feed.xml"), ("id", "feed")])
def test_the_feed_or_else_the_sample_is_indexed(tmp_path, feed, indexed):
    (tmp_path / "feed").write_text(feed)

    [call] = run_script("ingest", tmp_path, "sh")

    assert call["arguments"] == f"ingest run {tmp_path}/{indexed} --source feed --wait"


def test_only_training_can_write_a_model_and_it_reaches_nothing():
    writers = [
        name
        for name, each in SERVICES.items()
        for volume in each.get("volumes", ())
        if ":/models" in volume and not volume.endswith(":ro")
    ]

    assert writers == ["train"]
    assert SERVICES["train"]["network_mode"] == "none"


def test_the_docs_make_every_secret_that_the_file_requires():
    text = (ROOT / "docs/operating.md").read_text("utf-8")
    [names] = re.findall(r"^for name in ([A-Z ]+); do$", text, re.MULTILINE)

    required = {*re.findall(r"\$\{(\w+):\?", TEXT)}
    assert required == {*(f"{name}_PASSWORD" for name in names.split()), "ADMIN_TOKEN"}


def has_compose() -> bool:
    """Return whether docker is installed with its plugin compose."""
    command = ["docker", "compose", "version"]
    return (
        shutil.which("docker") is not None
        and not subprocess.run(command, check=False, capture_output=True).returncode
    )


@pytest.mark.skipif(not has_compose(), reason="docker compose is not installed")
def test_docker_accepts_the_file():
    passwords = dict.fromkeys(re.findall(r"\$\{(\w+):\?", TEXT), "5ecret5ecret5ecret")
    command = ["docker", "compose", "--profile", "admin", "config", "--quiet"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **passwords}, check=True, timeout=60)


def test_redis_reads_its_password_from_standard_input(tmp_path):
    [started] = run_script("redis", tmp_path, "sh", REDISCLI_AUTH="5ecret")

    assert started["arguments"] == "redis-server -"
    assert started["input"] == "appendonly yes\nrequirepass 5ecret\n"


def test_services_with_a_way_out_send_traces_to_the_collector():
    internal = {name for name, network in NETWORKS.items() if (network or {}).get("internal")}
    sending = {
        name
        for name, service in OWN_SERVICES.items()
        if "OTEL_EXPORTER_OTLP_ENDPOINT" in service.get("environment", {})
    }

    assert sending == {"api", "worker"}
    assert all(set(networks_of(OWN_SERVICES[name])) - internal for name in sending)
