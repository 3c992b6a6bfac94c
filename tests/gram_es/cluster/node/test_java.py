from pathlib import Path

import pytest

from gram_es.cluster.node.process import find_java_home
from gram_es.errors import NodeError


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the only entry of PATH; the variables for Java are not set."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable in ("ES_JAVA_HOME", "JAVA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def write_java(folder: Path, *, version: str) -> None:
    java = folder / "java"
    properties = f"    java.home = /opt/some java\n    java.specification.version = {version}\n"
    java.write_text(f"#!/bin/sh\nprintf '{properties}' >&2\n")
    java.chmod(0o755)


def test_no_java_names_the_remedy(path_folder: Path) -> None:
    with pytest.raises(NodeError, match=r"no java on the path; install Java 17 or newer"):
        find_java_home()


@pytest.mark.parametrize(("version", "release"), [("11", "11"), ("1.8", "8")])
def test_a_java_that_is_too_old_is_an_error(path_folder: Path, version: str, release: str) -> None:
    write_java(path_folder, version=version)

    with pytest.raises(NodeError, match=f"java is Java {release}, too old"):
        find_java_home()


def test_the_home_is_read_from_javas_properties(path_folder: Path) -> None:
    write_java(path_folder, version="21")

    assert find_java_home() == Path("/opt/some java")


def test_a_variable_that_points_to_no_java_is_an_error(
    path_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")

    with pytest.raises(NodeError, match="JAVA_HOME=/nowhere has no bin/java"):
        find_java_home()


def test_another_program_called_java_is_an_error(path_folder: Path) -> None:
    (path_folder / "java").write_text("#!/bin/sh\nexit 0\n")
    (path_folder / "java").chmod(0o755)

    with pytest.raises(NodeError, match="does not print the properties of a Java"):
        find_java_home()
