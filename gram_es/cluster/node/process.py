"""The process of a local node: start Elasticsearch, recognise its process, stop it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from gram_es.cluster.node.files import NodeUser

# The children of this process by process id. Polling a child that has ended reaps it.
_children: dict[int, subprocess.Popen[bytes]] = {}
_PUBLISHED = re.compile(r"AbstractHttpServerTransport.*publish_address \{[^}]*?([\d.]+:\d+)\}")
_NOISE = re.compile(r"^\s*(at |\.\.\. \d+ more|$)|^warning:")
_POLL_S = 0.1
_MAX_PID_BYTES = 16


def spawn(
    distribution: Path, config: Path, log: Path, *, java_home: Path, user: NodeUser | None
) -> int:
    """Start Elasticsearch in a new session and return the process id of its launcher.

    The launcher starts the server as a child process and runs as long as the server.

    :param config: the folder with the node's configuration.
    :param log: the file for the node's output. It is overwritten, because older output would
        contain a stale port.
    :param user: the user to run as, or ``None`` for the caller.
    """
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",  # otherwise Java cannot open a path that is not ASCII
        "ES_JAVA_HOME": str(java_home),
        "ES_PATH_CONF": str(config),
        "ES_TMPDIR": str(config.parent / "tmp"),
        "CLI_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
    }
    uid, gid = (user.uid, user.gid) if user is not None else (None, None)
    with open(log, "wb", opener=_open_no_link) as output:
        process = subprocess.Popen(  # noqa: S603 - a fixed list, no shell
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


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o644)


def is_node(pid: int, config: Path) -> bool:
    """Return whether process ``pid`` runs and is the launcher of the node with this ``config``."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
        return False
    # Just after the start the command line does not contain the option yet. A child of this process
    # counts as the node without it.
    return child is not None or f"-Des.path.conf={config}" in _command_line(pid)


def _command_line(pid: int) -> str:
    """Return a process's command line, or an empty string if it has ended."""
    if Path("/proc/self").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return words.replace(b"\0", b" ").decode(errors="surrogateescape")
    listing = subprocess.run(  # noqa: S603 - a fixed list with a number
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607 - its folder differs by system
        capture_output=True,
        text=True,
        check=False,
    )
    return listing.stdout


def read_url(log: Path) -> str | None:
    """Return the node's URL from its log, or ``None`` if the log does not contain it yet."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    address = _PUBLISHED.search(text)
    return f"http://{address[1]}" if address else None


def log_tail(log: Path, *, lines: int = 4) -> str:
    """Return the last ``lines`` lines of the node's output, joined into one line.

    Blank lines, warnings and stack frames are left out.
    """
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    relevant = [line.strip() for line in text.splitlines() if not _NOISE.search(line)]
    return " | ".join(line[:300] for line in relevant[-lines:]) or "it printed nothing"


def stop_process(pid: int, config: Path, *, timeout_s: float) -> bool:
    """Stop the node and return whether it has ended.

    The node gets SIGTERM first, and SIGKILL if it has not ended after ``timeout_s``.
    """
    server = _server_pid(config)
    if is_node(pid, config):
        os.kill(pid, signal.SIGTERM)
    if _wait_until_ended(pid, server, config, timeout_s):
        return True
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    return _wait_until_ended(pid, server, config, timeout_s)


def _server_pid(config: Path) -> int | None:
    """Return the process id of the server, which is a child of the launcher.

    ``None`` means that the server has not written its process id yet.
    """
    try:
        # The server's user may have put a link or a pipe there.
        with open(pid_file(config), "rb", opener=_open_no_wait) as file:
            return int(file.read(_MAX_PID_BYTES))
    except (OSError, ValueError):
        return None


def _open_no_wait(path: str, flags: int) -> int:
    return _open_no_link(path, flags | os.O_NONBLOCK)


def pid_file(config: Path) -> Path:
    """Return the path of the file into which the server writes its process id."""
    return config.parent / "tmp" / "server.pid"


def _wait_until_ended(pid: int, server: int | None, config: Path, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while is_node(pid, config) or (server and "org.elasticsearch" in _command_line(server)):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True
