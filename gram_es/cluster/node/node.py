"""A local Elasticsearch node on this machine, for a first try, for tests and for CI."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from elastic_transport import TransportError
from elasticsearch import ApiError
from filelock import FileLock

from gram_es.cluster.node.distribution import (
    RELEASES,
    Release,
    elapsed_bar,
    ensure_distribution,
    make_traversable_dir,
)
from gram_es.cluster.node.files import check_traversable, node_user, write_node_files
from gram_es.cluster.node.java import find_java_home
from gram_es.cluster.node.process import (
    is_node,
    log_tail,
    read_url,
    spawn,
    stop_process,
)
from gram_es.cluster.transport import open_client
from gram_es.errors import NodeError
from gram_es.settings import Settings

BOOT_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 20.0
_POLL_S = 0.2


@dataclass(frozen=True)
class NodeStatus:
    """The state of a local node.

    ``url`` is ``None`` while the node starts and after it has stopped. ``home`` is the folder with
    its data and settings, ``log`` the file with its output.
    """

    running: bool
    url: str | None
    pid: int | None
    home: str
    log: str


class LocalNode:
    """An Elasticsearch node on this machine.

    :param home: the folder for the node's data, settings and output.
    :param cache_dir: the folder of the Elasticsearch distribution, which several nodes can share.
    :param heap: the size of the Java heap, such as ``512m``.
    :param full_jit: enable all of Java's compilers: a slower start, but faster answers.
    :param release: the version of Elasticsearch. A node cannot read the data of a newer one.
    """

    def __init__(
        self,
        home: Path,
        *,
        cache_dir: Path,
        heap: str = "512m",
        full_jit: bool = False,
        release: Release = RELEASES["8"],
    ) -> None:
        self.home = home.absolute()
        self.cache_dir = cache_dir.absolute()
        self.release = release
        self.log = self.home / "boot.log"
        self._heap = heap
        self._full_jit = full_jit
        self._config = self.home / "config"
        self._state_file = self.home / "node.json"

    @classmethod
    def of(cls, settings: Settings, *, full_jit: bool = False) -> LocalNode:
        """Return the local Elasticsearch node of the current OS user.

        Its folder is in the cache folder of ``settings``; each major version has its own.
        """
        major, cache_dir = settings.node_version, settings.cache_dir
        home = cache_dir / ("node" if major == "8" else f"node-{major}")
        return cls(home, cache_dir=cache_dir, full_jit=full_jit, release=RELEASES[major])

    def ensure_installed(self) -> Path:
        """Return the folder of the Elasticsearch distribution; download it if it is missing.

        :raises NodeError: if Java or Maven is missing, or if the download fails.
        """
        check_traversable(self.java_home / "x", node_user(), variable="ES_JAVA_HOME")
        check_traversable(self.cache_dir / "x", node_user())
        return ensure_distribution(self.cache_dir, self.release)

    @cached_property
    def java_home(self) -> Path:
        """The home folder of the Java that runs the node; found by starting it.

        :raises NodeError: if there is none, or none that is new enough.
        """
        return find_java_home(self.release.min_java)

    def start(self, *, port: int = 0) -> str:
        """Start the node if it does not run yet, wait until it answers, and return its URL.

        The node keeps running after this process has ended.

        :param port: the port of 127.0.0.1 to listen on; 0 means any free one.
        :raises NodeError: if Elasticsearch cannot be downloaded or started, or if the node already
            runs on another port.
        """
        distribution = self.ensure_installed()
        with self._locked():
            if self.status().running:
                return self._await_running_node(port)
            _check_port(port)
            pid = self._spawn(distribution, port)
            try:
                return self._await_ready(pid)
            except BaseException:
                stop_process(pid, self._config, timeout_s=_STOP_TIMEOUT_S)
                raise

    def stop(self) -> None:
        """Stop the node and wait until its process has ended.

        :raises NodeError: if the node does not run, or cannot be stopped.
        """
        pid = self.status().pid
        if pid is None:
            raise NodeError(f"no local node runs in {self.home}; nothing to stop")
        try:
            has_stopped = stop_process(pid, self._config, timeout_s=_STOP_TIMEOUT_S)
        except PermissionError as error:
            raise NodeError(
                f"the local node (process {pid}) belongs to another user; stop it as that user"
            ) from error
        if not has_stopped:
            raise NodeError(f"the local node (process {pid}) does not stop; run kill -9 {pid}")
        self._state_file.unlink(missing_ok=True)

    def status(self) -> NodeStatus:
        """Return the node's state.

        The state file contains the id of the node's process. If this process has ended, the node
        counts as stopped.
        """
        pid = self._read_pid()
        if pid is None or not is_node(pid, self._config):
            return NodeStatus(False, None, None, str(self.home), str(self.log))
        return NodeStatus(True, read_url(self.log), pid, str(self.home), str(self.log))

    def _read_pid(self) -> int | None:
        try:
            pid = json.loads(self._state_file.read_text(encoding="utf-8"))["pid"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return pid if isinstance(pid, int) else None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock the node's folder, so that a second ``start`` waits until the first has finished."""
        make_traversable_dir(self.home)
        check_traversable(self.home / "config", node_user())
        lock = FileLock(self.home.with_name(self.home.name + ".lock"))
        try:
            lock.acquire()
        except OSError as error:
            raise NodeError(
                f"cannot write to {self.home.parent} ({error.strerror}); "
                "set GRAM_ES_CACHE_DIR to a folder that you may write to"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _spawn(self, distribution: Path, port: int) -> int:
        user, java_home = node_user(), self.java_home
        try:
            write_node_files(
                self.home,
                distribution,
                java_home=java_home,
                port=port,
                heap=self._heap,
                full_jit=self._full_jit,
                user=user,
            )
            pid = spawn(distribution, self._config, self.log, java_home=java_home, user=user)
            self._state_file.write_text(json.dumps({"pid": pid}), encoding="utf-8")
        except OSError as error:
            raise NodeError(
                f"cannot write the local node's files in {self.home} ({error}); free disk space, "
                "remove the folder if it belongs to another user, or set GRAM_ES_CACHE_DIR"
            ) from error
        return pid

    def _await_running_node(self, port: int) -> str:
        pid = self.status().pid
        assert pid is not None
        url = self._await_ready(pid)
        if port and not url.endswith(f":{port}"):
            raise NodeError(
                f"the local node already runs at {url}; "
                f"run gram-es node stop before starting it on port {port}"
            )
        return url

    def _await_ready(self, pid: int) -> str:
        deadline = time.monotonic() + BOOT_TIMEOUT_S
        with elapsed_bar("starting Elasticsearch") as bar:
            while time.monotonic() < deadline:
                url = read_url(self.log)
                if url is not None and _is_healthy(url):
                    return url
                if not is_node(pid, self._config):
                    raise NodeError(
                        f"Elasticsearch stopped while it started: {log_tail(self.log)}; "
                        f"read its whole output in {self.log}"
                    )
                time.sleep(_POLL_S)
                bar.refresh()
        raise NodeError(
            f"Elasticsearch does not answer after {BOOT_TIMEOUT_S:.0f} s: "
            f"{log_tail(self.log)}; read its whole output in {self.log}"
        )


def _is_healthy(url: str) -> bool:
    with open_client(url, request_timeout=10, max_retries=0) as client:
        try:
            client.cluster.health(wait_for_status="yellow", timeout="5s")
        except (ApiError, TransportError):
            return False
    return True


def _check_port(port: int) -> None:
    if port == 0:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise NodeError(
                f"port {port} on 127.0.0.1 is not available ({os.strerror(error.errno or 0)}); "
                "choose another with --port, or leave --port out for a free one"
            ) from error
