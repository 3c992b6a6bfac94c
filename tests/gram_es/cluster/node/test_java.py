from pathlib import Path

import pytest

from gram_es.cluster.node import java
from gram_es.cluster.node.java import find_java_home, lacks_module
from gram_es.errors import NodeError


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the only entry of PATH; the variables for Java are not set."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(java, "_PACKAGE", "no_such_package")
    for variable in ("ES_JAVA_HOME", "JAVA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def write_java(folder: Path, *, version: str, home: str = "/opt/some java") -> None:
    program = folder / "java"
    properties = f"    java.home = {home}\n    java.specification.version = {version}\n"
    program.write_text(f"#!/bin/sh\nprintf '{properties}' >&2\n")
    program.chmod(0o755)


def test_no_java_names_the_remedy(path_folder: Path) -> None:
    with pytest.raises(NodeError, match=r"no java on the path; install Java 17 or newer"):
        find_java_home(17)


@pytest.mark.parametrize(("version", "release"), [("11", "11"), ("1.8", "8")])
def test_a_java_that_is_too_old_is_an_error(path_folder: Path, version: str, release: str) -> None:
    write_java(path_folder, version=version)

    with pytest.raises(NodeError, match=f"some java is Java {release}, too old"):
        find_java_home(17)


def test_the_home_is_read_from_javas_properties(path_folder: Path) -> None:
    write_java(path_folder, version="21")

    assert find_java_home(17) == Path("/opt/some java")


def test_a_variable_that_points_to_no_java_is_an_error(
    path_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")

    with pytest.raises(NodeError, match="JAVA_HOME=/nowhere has no bin/java"):
        find_java_home(17)


def test_another_program_called_java_is_an_error(path_folder: Path) -> None:
    (path_folder / "java").write_text("#!/bin/sh\nexit 0\n")
    (path_folder / "java").chmod(0o755)

    with pytest.raises(NodeError, match="does not print the properties of a Java"):
        find_java_home(17)


@pytest.mark.parametrize("on_path", [None, "17"])
def test_a_packaged_java_is_used_if_that_on_the_path_is_missing_or_too_old(
    path_folder: Path, monkeypatch: pytest.MonkeyPatch, on_path: str | None
) -> None:
    programs = path_folder / "invented_java" / "java-runtime" / "bin"
    programs.mkdir(parents=True)
    (programs.parents[1] / "__init__.py").write_text("")
    write_java(programs, version="25")
    monkeypatch.syspath_prepend(str(path_folder))
    monkeypatch.setattr(java, "_PACKAGE", "invented_java")
    if on_path:
        write_java(path_folder, version=on_path, home="/opt/old java")

    assert find_java_home(21) == Path("/opt/some java")


def test_a_module_that_a_java_does_not_list_is_lacking(tmp_path: Path) -> None:
    assert not lacks_module(tmp_path, "java.base")  # nothing is known of it

    (tmp_path / "release").write_text('JAVA_VERSION="25"\nMODULES="java.base jdk.zipfs"\n')

    assert lacks_module(tmp_path, "java.bas")
    assert not lacks_module(tmp_path, "jdk.zipfs")
