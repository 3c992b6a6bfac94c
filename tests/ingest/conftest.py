"""An installed index, a recording model, commands in processes, servers of Redis and RabbitMQ."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from redis import from_url as create_redis_client

from gram_es.index.lifecycle import install
from gram_es.model.manifest import FORMAT, read_manifest
from gram_es.overrides.reconcile import Reconciler
from gram_es.records import Enrichment, Product, ProductCode
from gram_es.settings import Settings
from gram_es.text.product import model_text
from ingest.doctor.checks import Check, run_checks
from ingest.doctor.findings import Finding, Site
from ingest.worker.pipeline import Pipeline
from ingest.worker.product_store import ProductStore

TIMEOUT_S = 120.0


@dataclass
class RecordingModel:
    """A model without weights: its codes are the words of a title, in order.

    ``asked`` records the ids of the products that it enriched.
    """

    slot: str = "m0123456789ab"
    fingerprint: str = "0123456789ab" + "0" * 52
    encoder_fingerprint: str = "e" * 64
    asked: list[str] = field(default_factory=list)
    before_answer: Callable[[], object] = field(default=lambda: None)

    def input_hash(self, product: Product) -> str:
        return hashlib.sha256(model_text(product).encode()).hexdigest()

    def enrich(
        self,
        products: Sequence[Product],
        vectors: Sequence[bytes | None] | None = None,  # noqa: ARG002
    ) -> list[Enrichment]:
        self.asked += [product.id for product in products]
        self.before_answer()
        return [
            Enrichment(
                tuple(ProductCode(word, 1.0) for word in product.title.lower().split()),
                b"\x01\x02",
                self.input_hash(product),
            )
            for product in products
        ]


@pytest.fixture
def model() -> RecordingModel:
    return RecordingModel()


@pytest.fixture
def installed(client: Elasticsearch, cluster_settings: Settings, model: RecordingModel) -> Settings:
    """Settings of an installed index with the slot of ``model``."""
    install(
        client,
        cluster_settings,
        slot=model.slot,
        fingerprint=model.fingerprint,
        family="base",
    )
    return cluster_settings


@pytest.fixture
def pipeline(client: Elasticsearch, installed: Settings, model: RecordingModel) -> Pipeline:
    product_store = ProductStore(client, installed.index, model.slot)
    reconciler = Reconciler(client, installed.index)
    return Pipeline(product_store, model, reconciler, pause=lambda _: None)


@pytest.fixture
def site(installed: Settings, model: RecordingModel, tmp_path: Path) -> Iterator[Site]:
    """An installed index, and a model folder with nothing but the manifest."""
    folder = tmp_path / "model"
    folder.mkdir()
    manifest = {"family": "base", "dimensions": 2, "files": {}, "format": FORMAT}
    (folder / "gram.json").write_text(json.dumps({**manifest, "fingerprint": model.fingerprint}))
    site = Site(installed.model_copy(update={"cache_dir": tmp_path}), folder)
    yield site
    site.close()


@pytest.fixture
def findings(site: Site) -> Callable[[Check], list[Finding]]:
    """A function that runs one check of ``site`` and returns its findings."""
    return lambda check: [line.finding for line in run_checks(site, (check,))]


@dataclass
class Commands:
    """Runs ``gram-es`` in processes of its own, over one index and one broker."""

    environment: dict[str, str]
    folder: Path
    running: list[subprocess.Popen[Any]] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "gram_es", *arguments],
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    @property
    def worker_log(self) -> str:
        return (self.folder / "worker.log").read_text()

    def start_worker(self, model: Path, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker and wait until it takes batches."""
        log = self.folder / "worker.log"
        ready = self.worker_log.count(" ready.") if log.exists() else 0
        with log.open("ab") as output:
            worker = subprocess.Popen(
                [sys.executable, "-m", "gram_es", "worker", "--model", str(model), *options],
                env={**os.environ, **self.environment},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.running.append(worker)
        wait_until(lambda: self.worker_log.count(" ready.") > ready or worker.poll() is not None)
        assert worker.poll() is None, self.worker_log
        return worker

    def wait_until(self, condition: Callable[[], bool]) -> None:
        wait_until(condition)

    def end(self) -> None:
        """Kill all processes that still run, with their children."""
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()


def wait_until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < limit, "the condition did not become true in time"
        time.sleep(0.1)


@pytest.fixture
def commands(cluster_settings: Settings, cluster_url: str, tmp_path: Path) -> Iterator[Commands]:
    """Commands over an index that is not installed yet, with a broker folder of their own."""
    commands = Commands(
        environment={
            "ELASTICSEARCH_URL": cluster_url,
            "GRAM_ES_INDEX": cluster_settings.index,
            "GRAM_ES_CACHE_DIR": str(tmp_path / "a cache"),
            "GRAM_ES_LEASE": "5",
            "GRAM_ES_THREADS": "1",
        },
        folder=tmp_path,
    )
    yield commands
    commands.end()


@pytest.fixture
def store(
    client: Elasticsearch, cluster_settings: Settings, commands: Commands, gram_dir: Path
) -> Commands:
    """Commands over an index with the slot of the tiny model."""
    manifest = read_manifest(gram_dir)
    install(
        client,
        cluster_settings,
        slot=manifest.slot,
        fingerprint=manifest.fingerprint,
        family=manifest.family,
    )
    return commands


class RedisServer:
    """A Redis server of one test, which stores its data in a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            ["redis-server", *options, "--appendonly", "yes"],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        wait_until(lambda: answers(self._port))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)

    def command(self, *words: str) -> None:
        """Send a command of Redis to the running server."""
        with create_redis_client(self.url) as client:
            client.execute_command(*words)

    def forget(self) -> None:
        shutil.rmtree(self._folder / "appendonlydir")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        skip_for_want_of("redis-server")
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def rabbitmq_url(tmp_path: Path) -> Iterator[str]:
    """The URL of a RabbitMQ server of one test."""
    # Debian's command of this name changes to the user rabbitmq and to that user's folders.
    server = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    if not server.exists():
        skip_for_want_of("rabbitmq-server")
    port, distribution, registry = (free_port() for _ in range(3))
    environment = {
        "HOME": tmp_path,
        "RABBITMQ_MNESIA_BASE": tmp_path / "rabbitmq",
        "RABBITMQ_LOG_BASE": tmp_path / "rabbitmq",
        "RABBITMQ_ENABLED_PLUGINS_FILE": tmp_path / "none",
        "RABBITMQ_CONFIG_FILE": tmp_path / "none",
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": port,
        "RABBITMQ_DIST_PORT": distribution,
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
        "ERL_EPMD_PORT": registry,
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    processes = [
        subprocess.Popen(
            command,
            env={**os.environ, **{name: str(value) for name, value in environment.items()}},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        for command in (["epmd"], [str(server)])
    ]
    wait_until(lambda: answers(port))
    yield f"amqp://guest:guest@127.0.0.1:{port}//"
    for process in reversed(processes):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def skip_for_want_of(package: str) -> None:
    missing = f"no {package}: install Debian's package of this name"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(missing)
    pytest.skip(missing)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
