"""The process of a local node: told apart from others, watched while it boots, ended."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from gram_es.cluster.node.files import NodeUser
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


# The processes that this one started: kept so that they are reaped once they have ended.
_children: dict[int, subprocess.Popen[bytes]] = {}
_PUBLISHED = re.compile(r"AbstractHttpServerTransport.*publish_address \{[^}]*?([\d.]+:\d+)\}")
_NOISE = re.compile(r"^\s*(at |\.\.\. \d+ more|$)|^warning:")
_POLL_S = 0.1


def spawn(
    distribution: Path, config: Path, log: Path, *, java_home: Path, user: NodeUser | None
) -> int:
    """Start Elasticsearch in a session of its own and return the launcher's process id.

    :param log: takes the output of this start alone; an older one would name a stale port.
    :param user: the user and group ids to run as, or ``None`` for the caller's own.
    """
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",  # else Java cannot open a path that is not ASCII
        "ES_JAVA_HOME": str(java_home),
        "ES_PATH_CONF": str(config),
        "ES_TMPDIR": str(config.parent / "tmp"),
        "CLI_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
    }
    uid, gid = (user.uid, user.gid) if user is not None else (None, None)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(distribution / "bin" / "elasticsearch"), "-p", str(pid_file(config))],
            cwd=config.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=uid,
            group=gid,
            extra_groups=None if user is None else [],
        )
    _children[process.pid] = process
    return process.pid


def is_node(pid: int, config: Path) -> bool:
    """Tell whether process ``pid`` lives and is the launcher of the node with this ``config``."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
        return False
    # Between fork and exec, and for the script's part of a second, the option is not there yet.
    return child is not None or f"-Des.path.conf={config}" in _command_line(pid)


def _command_line(pid: int) -> str:
    """Return the words of a process's command line, or nothing once it has ended."""
    if Path("/proc/self").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return words.replace(b"\0", b" ").decode(errors="surrogateescape")
    shown = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout


def read_url(log: Path) -> str | None:
    """Return the address that the node says it listens on, once it does."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = _PUBLISHED.search(text)
    return f"http://{found[1]}" if found else None


def last_words(log: Path, *, lines: int = 4) -> str:
    """Return the end of the node's output, without stack frames, as one line."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    telling = [line.strip() for line in text.splitlines() if not _NOISE.search(line)]
    return " | ".join(line[:300] for line in telling[-lines:]) or "it printed nothing"


def end(pid: int, config: Path, *, patience_s: float) -> bool:
    """Ask the node to stop, insist after ``patience_s``, and tell whether it is gone."""
    server = _server_pid(config)
    if is_node(pid, config):
        os.kill(pid, signal.SIGTERM)
    if _wait_gone(pid, server, config, patience_s):
        return True
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    return _wait_gone(pid, server, config, patience_s)


def _server_pid(config: Path) -> int | None:
    """Return the process id of the server, a child of the launcher, once it has written it."""
    try:
        return int(pid_file(config).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def pid_file(config: Path) -> Path:
    """Return the file into which the server writes its own process id."""
    return config.parent / "tmp" / "server.pid"


def _wait_gone(pid: int, server: int | None, config: Path, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while is_node(pid, config) or (server and "org.elasticsearch" in _command_line(server)):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True
