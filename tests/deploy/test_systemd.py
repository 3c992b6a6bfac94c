"""The units run commands that exist, unprivileged, each with credentials of its own."""

import re
import shlex
from pathlib import Path

import click
import pytest

import gram_es
from gram_es.cli import main
from gram_es.settings import Settings

FOLDER = Path(gram_es.__file__).parents[1] / "deploy/systemd"
UNITS = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.service"))}


def values(unit: str, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNITS[unit], re.MULTILINE)


def test_there_is_a_unit_for_each_process_that_keeps_running():
    assert set(UNITS) == {"gram-es-serve", "gram-es-worker", "gram-es-query-worker"}


@pytest.mark.parametrize("unit", UNITS)
def test_the_command_and_its_options_exist(unit):
    [line] = values(unit, "ExecStart")
    program, name, *arguments = shlex.split(line)
    command = main.get_command(click.Context(main), name)

    assert program == "/opt/gram-es/bin/gram-es"
    assert command is not None
    options = {word for word in arguments if word.startswith("--")}
    assert options <= {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("unit", UNITS)
def test_a_process_is_unprivileged_and_is_started_again(unit):
    assert values(unit, "User") == ["gram-es"]
    assert values(unit, "NoNewPrivileges") == ["yes"]
    assert values(unit, "CapabilityBoundingSet") == [""]
    assert values(unit, "ProtectSystem") == ["strict"]
    assert values(unit, "Restart") == ["always"]
    assert values(unit, "StateDirectory") == ["gram-es"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_has_no_secret_and_only_variables_that_there_are(unit):
    pairs = [pair for line in values(unit, "Environment") for pair in line.split()]
    names = {pair.partition("=")[0] for pair in pairs}
    known = {field.alias for field in Settings.model_fields.values()}

    assert {name for name in names if name.startswith("GRAM_ES_")} <= known
    assert not re.search(r"KEY=|TOKEN=|PASSWORD=|://", UNITS[unit])


def test_each_process_has_the_credentials_of_its_own_role():
    files = {unit: values(unit, "EnvironmentFile")[-1] for unit in UNITS}

    assert len(set(files.values())) == len(UNITS)
    assert not [file for file in files.values() if file.startswith("-")]  # it must exist
