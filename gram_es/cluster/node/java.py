"""Finding the Java runtime that the local node runs on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from gram_es.errors import NodeError

OLDEST_JAVA = 17
_REMEDY = f"install Java {OLDEST_JAVA} or newer (Debian: apt install openjdk-17-jre-headless)"


def find_java_home() -> Path:
    """Return the home of a Java that Elasticsearch accepts.

    ``ES_JAVA_HOME`` stands above ``JAVA_HOME``, and both above the ``java`` of the path.

    :raises NodeError: if there is none, or if it is too old.
    """
    java = _java_command()
    shown = _show_properties(java)
    version = re.search(r"java\.specification\.version = (?:1\.)?(\d+)", shown)
    home = re.search(r"java\.home = (.+)", shown)
    if version is None or home is None:
        raise NodeError(f"{java} does not answer like a Java; {_REMEDY}")
    if int(version[1]) < OLDEST_JAVA:
        raise NodeError(f"{java} is Java {version[1]}, too old for Elasticsearch; {_REMEDY}")
    return Path(home[1].strip())


def _java_command() -> Path:
    for variable in ("ES_JAVA_HOME", "JAVA_HOME"):
        if home := os.environ.get(variable):
            java = Path(home) / "bin" / "java"
            if os.access(java, os.X_OK):
                return java
            raise NodeError(f"{variable}={home} holds no bin/java; correct or unset {variable}")
    found = shutil.which("java")
    if found is None:
        raise NodeError(f"no java on the path; {_REMEDY}")
    return Path(found)


def _show_properties(java: Path) -> str:
    command = [str(java), "-XshowSettings:properties", "-version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NodeError(f"{java} does not run ({error}); {_REMEDY}") from error
    return done.stdout + done.stderr
