"""The processes of the soak: a node, a broker, workers and a service, and the faults in them."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from gram_es.cluster.client import connect
from gram_es.cluster.node.node import LocalNode
from gram_es.cluster.node.process import pid_file
from gram_es.errors import ClusterUnavailableError, NodeError
from gram_es.index.lifecycle import writable_index
from gram_es.index.names import LEDGER
from gram_es.model.manifest import read_manifest
from gram_es.settings import Settings

GRAM_ES = (sys.executable, "-m", "gram_es")
DISK_FULL = "index.blocks.read_only_allow_delete"
_POLL_S = 0.2
_STARTS = 5
_LONGEST_FAULT_S = 6.0


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass
class Supervised:
    """A process that is started again whenever it ends, as a supervisor does."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: IO[bytes]
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None

    def ensure_running(self) -> None:
        """Start the process if it does not run."""
        if self.process is None or self.process.poll() is not None:
            self.starts += 1
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=self.log,
                stderr=self.log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill the process and its children with SIGKILL."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Site:
    """A node, a broker and the processes of gram-es over them, in the folder ``folder``."""

    settings: Settings
    folder: Path
    models: Sequence[Path]
    workers: int
    uses_redis: bool
    rng: random.Random
    commands: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.node = LocalNode(self.folder / "node", cache_dir=self.settings.cache_dir)
        self.node_port, self.service_port, self.redis_port = free_port(), free_port(), free_port()
        self.broker = self.folder / "cache" / "broker"
        self.redis: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self.client: Elasticsearch = connect(
            self.settings.model_copy(update={"elasticsearch_url": self.node_url})
        )
        broker = {"GRAM_ES_BROKER_URL": f"redis://127.0.0.1:{self.redis_port}/0"}
        self.environment = {
            **os.environ,
            "ELASTICSEARCH_URL": self.node_url,
            "GRAM_ES_INDEX": self.settings.index,
            "GRAM_ES_CACHE_DIR": str(self.folder / "cache"),
            "GRAM_ES_LEASE": "10",
            "GRAM_ES_BATCH_SIZE": "40",
            "GRAM_ES_DEADLINE_MS": "5000",
            "GRAM_ES_THREADS": "1",
            **(broker if self.uses_redis else {}),
        }
        self.log = (self.folder / "processes.log").open("ab")
        models = [word for model in self.models for word in ("--model", str(model))]
        serve = ("serve", *models, "--workers", "1", "--port", str(self.service_port))
        self.supervised = {
            f"worker {number}": self._supervise("worker", *models)
            for number in range(1, self.workers + 1)
        }
        self.supervised["service"] = self._supervise(*serve)

    @property
    def node_url(self) -> str:
        """The URL of the node, also while it is down."""
        return f"http://127.0.0.1:{self.node_port}"

    def _supervise(self, *arguments: str) -> Supervised:
        return Supervised([*GRAM_ES, *arguments], self.environment, self.log)

    def start(self) -> None:
        """Start the node and the broker, and create the index."""
        self.start_node()
        if self.uses_redis:
            self.start_redis()
        if not self.install(self.models[0]):
            sys.exit(f"the index cannot be installed: see {self.log.name}")

    def install(self, model: Path) -> bool:
        """Create the indices that are missing; return whether that succeeded."""
        command = [*GRAM_ES, "index", "install", "--model", str(model)]
        done = subprocess.run(
            command, env=self.environment, check=False, stdout=self.log, stderr=self.log
        )
        return done.returncode == 0

    def reinstall(self) -> None:
        """Create the indices that are missing, once the node answers, for the live model."""
        while not self._stopped.wait(_POLL_S):
            with suppress(ApiError, TransportError, ClusterUnavailableError):
                live = writable_index(self.client, self.settings.index).live_slot
                models = [model for model in self.models if read_manifest(model).slot == live]
                if self.install(models[0]):
                    return

    def start_node(self) -> None:
        """Start the node; try it several times, because it starts slowly on a busy machine."""
        for attempt in range(_STARTS):
            try:
                self.node.start(port=self.node_port)
            except NodeError:
                if attempt == _STARTS - 1:
                    raise
            else:
                return

    def start_redis(self) -> None:
        """Start a Redis server whose data are in a file."""
        options = ("--port", str(self.redis_port), "--bind", "127.0.0.1", "--appendonly", "yes")
        command = ("redis-server", *options)
        self.redis = subprocess.Popen(command, cwd=self.folder, stdout=self.log)

    def supervise(self) -> None:
        """Start again each process that ends, until :meth:`stop`."""
        while not self._stopped.wait(_POLL_S):
            for process in self.supervised.values():
                process.ensure_running()

    def run(self, name: str, *arguments: str, timeout_s: float) -> tuple[int, str, str]:
        """Run a command of gram-es that a fault may kill; return exit code, output and errors.

        :param name: the name under which a fault finds the process.
        :raises subprocess.TimeoutExpired: if the command does not end in time.
        """
        if self._stopped.is_set():
            raise SystemExit  # ends the thread
        process = subprocess.Popen(
            [*GRAM_ES, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.commands[name] = process
        try:
            output, errors = process.communicate(timeout=timeout_s)
        finally:
            process.kill()
            del self.commands[name]
        return process.returncode, output, errors

    def kill_command(self, name: str) -> bool:
        """Kill the command that runs under a name beginning with ``name``, if there is one."""
        running = [process for key, process in self.commands.items() if key.startswith(name)]
        for process in running:
            process.kill()
        return bool(running)

    def stop(self) -> None:
        """End all processes."""
        self._stopped.set()
        time.sleep(2 * _POLL_S)  # the supervisor may just be starting one
        for process in [*self.commands.values(), self.redis]:
            if process is not None:
                process.kill()
        for supervised in self.supervised.values():
            supervised.kill()
        with suppress(NodeError):
            self.node.stop()
        self.log.close()


def kill_worker(site: Site) -> bool:
    """Kill a worker."""
    workers = [name for name in site.supervised if name.startswith("worker")]
    site.supervised[site.rng.choice(workers)].kill()
    return True


def kill_service(site: Site) -> bool:
    """Kill the service that answers searches."""
    site.supervised["service"].kill()
    return True


def kill_ingest(site: Site) -> bool:
    """Kill an ingest, if one runs."""
    return site.kill_command("ingest")


def kill_migration(site: Site) -> bool:
    """Kill a migration, a rollback or a pruning, if one runs."""
    return site.kill_command("index")


def kill_node(site: Site) -> bool:
    """Kill Elasticsearch and start it again."""
    with suppress(OSError, ValueError):
        os.kill(int(pid_file(site.folder / "node" / "config").read_text()), signal.SIGKILL)
    while site.node.status().running:  # the launcher ends after its server
        time.sleep(_POLL_S)
    time.sleep(site.rng.uniform(0, _LONGEST_FAULT_S))
    site.start_node()
    return True


def restart_node(site: Site) -> bool:
    """Stop Elasticsearch in an orderly way and start it again."""
    site.node.stop()
    site.start_node()
    return True


def fill_disk(site: Site) -> bool:
    """Block all indices for a few seconds, as Elasticsearch does on a full disk."""
    try:
        _set_disk_full(site.client, True)
        time.sleep(site.rng.uniform(1, _LONGEST_FAULT_S))
    finally:
        while not _set_disk_full(site.client, None):
            time.sleep(_POLL_S)
    return True


def _set_disk_full(client: Elasticsearch, value: bool | None) -> bool:
    try:
        client.indices.put_settings(index="_all", settings={DISK_FULL: value})
    except (ApiError, TransportError):
        return False
    return True


def lose_messages(site: Site) -> bool:
    """Delete every message of the queue."""
    if site.uses_redis:
        return _redis_command(site, "FLUSHALL")
    for message in (site.broker / "queue").glob("*.msg"):
        message.unlink(missing_ok=True)
    return True


def damage_messages(site: Site) -> bool:
    """Truncate the messages of the queue, and add a file that is none."""
    if site.uses_redis:
        return _redis_command(site, "LPUSH", f"enrich.{site.settings.index}", "no message")
    queue = site.broker / "queue"
    for message in queue.glob("*.msg"):
        with suppress(FileNotFoundError):
            os.truncate(message, message.stat().st_size // 2)
    with suppress(FileNotFoundError):
        name = f"0_{site.rng.random()}.enrich.{site.settings.index}.msg"
        (queue / name).write_bytes(b"\0no message")
    return True


def kill_broker(site: Site) -> bool:
    """Kill Redis and start it again; or remove the broker's folder."""
    if site.redis is not None:
        site.redis.kill()
        site.redis.wait()
        time.sleep(site.rng.uniform(0, _LONGEST_FAULT_S))
        site.start_redis()
        return True
    shutil.rmtree(site.broker, ignore_errors=True)
    return True


def _redis_command(site: Site, *words: str) -> bool:
    command = ("redis-cli", "-p", str(site.redis_port), *words)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def delete_ledger(site: Site) -> bool:
    """Delete the ledger, and after a while install the index again, as the messages say."""
    try:
        site.client.indices.delete(index=LEDGER)
    except (ApiError, TransportError):
        return False
    time.sleep(site.rng.uniform(0, _LONGEST_FAULT_S))
    site.reinstall()
    return True


FAULTS: Mapping[str, Callable[[Site], bool]] = {
    "worker killed": kill_worker,
    "service killed": kill_service,
    "ingest killed": kill_ingest,
    "migration killed": kill_migration,
    "node killed": kill_node,
    "node restarted": restart_node,
    "disk full": fill_disk,
    "messages lost": lose_messages,
    "messages damaged": damage_messages,
    "broker killed": kill_broker,
    "ledger deleted": delete_ledger,
}
"""The faults by name. Each returns whether it happened: a process to kill may not run."""
