"""``gram-es demo``: the whole path on this machine, each step the command a user would type."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
import requests
from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors, connect
from gram_es.cluster.node.node import LocalNode
from gram_es.errors import GramError
from gram_es.sample import write_shop
from gram_es.settings import Settings, current_settings

# Typos, attribute combinations, units: what a model can learn from the catalogue alone.
SAMPLE_QUERIES = (
    "cordless drill 18v",
    "burgandy blackout curtains",
    "womens red sweater",
    "half liter water bottle",
    "6 qt slow cooker",
)
_DEMO_INDEX = "products-gram-demo"
_STOP_S = 20
_LOOK_S = 0.5
_READY_S = 120
_DEADLINE_MS = 10_000  # node and worker share this machine with the search, and nothing is warm
_INTERRUPTED = 130
_GRAM_ES = (sys.executable, "-m", "gram_es")


@dataclass(frozen=True, slots=True)
class _Demo:
    """Where the demo works: ``environment`` is what every command of it is given."""

    folder: Path
    feed: Path
    environment: dict[str, str]

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    def run(self, *command: str, beside: subprocess.Popen[str] | None = None) -> None:
        """Run one command to its end, its output on ours, while ``beside`` goes on.

        :raises GramError: if it fails; what it said is on the terminal already.
        """
        with self.running(*command) as process:
            while (code := _wait(process)) is None:
                if beside is not None and beside.poll() is not None:
                    raise GramError(f"the demo stopped: its worker ended; {_last_words(self.log)}")
        if code:
            raise GramError(f"the demo stopped: gram-es {command[0]} ended with {code}")

    @contextmanager
    def running(self, *command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
        """Start one command, and stop it at the end."""
        click.secho(f"\n$ gram-es {' '.join(command)}", bold=True, err=True)
        process = subprocess.Popen(
            [*_GRAM_ES, *command], env=self.environment, text=True, **options
        )
        try:
            yield process
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[str]) -> int | None:
    try:
        return process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return None


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return f"{log} ends with: {lines[-1] if lines else 'nothing'}"


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@click.command()
@click.option("--feed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="Run a few searches, stop everything, and end.")
def demo(feed: Path | None, once: bool) -> None:
    """Show the whole path on this machine: node, model, worker, ingest, search.

    Without --feed a fictional shop is made. Everything lies in the cache folder, and nothing that
    the demo started goes on after it.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = current_settings()
    started = time.monotonic()
    try:
        with ExitStack() as stack:
            _show(settings, feed, once, started, stack)
    except KeyboardInterrupt:
        click.echo("\nstopped before the end", err=True)
        sys.exit(_INTERRUPTED)


def _show(
    settings: Settings, feed: Path | None, once: bool, started: float, stack: ExitStack
) -> None:
    url = settings.elasticsearch_url or _start_node(settings, stack)
    folder = settings.cache_dir / "demo"
    environment = {
        **os.environ,
        "ELASTICSEARCH_URL": url,
        "GRAM_ES_INDEX": _DEMO_INDEX,
        "GRAM_ES_MODEL": str(folder / "model"),
        "GRAM_ES_BROKER_URL": "filesystem://",
        "GRAM_ES_CACHE_DIR": str(folder),
        "GRAM_ES_DEADLINE_MS": str(_DEADLINE_MS),
    }
    _remove_last(settings, url, folder)
    demo = _Demo(folder, feed or _make_shop(folder), environment)
    demo.run("train", str(demo.feed), "--out", str(demo.model), "--restart")
    demo.run("index", "install", "--model", str(demo.model))
    worker = stack.enter_context(_worker(demo))
    demo.run("ingest", str(demo.feed), "--wait", beside=worker)
    queries = SAMPLE_QUERIES if feed is None else _titles(settings, url)
    address = _serve(demo, settings.port, once, stack)
    for query in queries:
        click.echo(_search(address, query))
    click.secho(f"\nThe search page: {address}", bold=True)
    click.echo(f"JSON:            {address}search?{urlencode({'q': queries[0]})}")
    python = shlex.quote(sys.executable)
    click.echo(f"For Kibana:      GRAM_ES_INDEX={_DEMO_INDEX} {python} -m gram_es kibana export")
    click.echo(f"ready after {time.monotonic() - started:.0f} s", err=True)
    if not once:
        click.echo("Ctrl-C stops everything.", err=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


def _start_node(settings: Settings, stack: ExitStack) -> str:
    """Return the local node's URL; a node that the demo had to start ends with it."""
    node = LocalNode.of(settings)
    if not node.status().running:
        stack.callback(node.stop)
    return node.start()


def _connect(settings: Settings, url: str) -> Elasticsearch:
    return connect(settings.model_copy(update={"elasticsearch_url": url}))


def _remove_last(settings: Settings, url: str, folder: Path) -> None:
    """Remove what an earlier demo left, index and queued batches: each starts from nothing."""
    shutil.rmtree(folder / "broker", ignore_errors=True)
    with (
        _connect(settings, url) as client,
        cluster_errors("remove the last demo's index"),
    ):
        found = client.indices.get(index=f"{_DEMO_INDEX}-*", expand_wildcards="all")
        for name in found.body:
            client.indices.delete(index=name)


def _make_shop(folder: Path) -> Path:
    shop = write_shop(folder / "shop")
    click.echo(
        f"a fictional shop: {shop.products:,} products in {shop.feed}; the demo trains without its "
        f"{shop.queries} judged queries, which `gram-es evaluate` can measure by",
        err=True,
    )
    return shop.feed


@contextmanager
def _worker(demo: _Demo) -> Iterator[subprocess.Popen[str]]:
    """Keep a worker running, its log in a file of the demo's folder."""
    with (
        demo.log.open("w", encoding="utf-8") as file,
        demo.running("worker", stdout=file, stderr=file) as process,
    ):
        click.echo(f"the worker's log: {demo.log}", err=True)
        yield process


def _serve(demo: _Demo, port: int, once: bool, stack: ExitStack) -> str:
    """Serve, and return the address once it answers."""
    wanted = 0 if once or not _is_free(port) else port
    process = stack.enter_context(
        demo.running("serve", "--port", str(wanted), stdout=subprocess.PIPE)
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    if not address:
        raise GramError("the demo stopped: gram-es serve ended before it answered")
    return address


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _titles(settings: Settings, url: str) -> Sequence[str]:
    """Return queries for a feed of the user's own: the titles of some products, cut short."""
    with _connect(settings, url) as client, cluster_errors("read some products"):
        client.indices.refresh(index=_DEMO_INDEX)
        hits = client.search(index=_DEMO_INDEX, size=5, source_includes=["title"])["hits"]["hits"]
    if not hits:
        raise GramError("the demo stopped: the feed brought no product into the index")
    return [" ".join(hit["_source"]["title"].split()[:3]) for hit in hits]


def _get(address: str, query: str, *, size: int) -> dict[str, Any]:
    with requests.Session() as session:
        session.trust_env = False  # a proxy has no business between this machine and itself
        try:
            answer = session.get(
                f"{address}search", params={"q": query, "size": str(size)}, timeout=_READY_S
            )
            answer.raise_for_status()
        except requests.RequestException as error:
            raise GramError(f"the demo stopped: a search failed: {error}") from None
    found: dict[str, Any] = json.loads(answer.text)
    return found


def _search(address: str, query: str) -> str:
    """Search by HTTP and return what a terminal shows of the answer."""
    found = _get(address, query, size=3)
    codes = ", ".join(f"{c['code']} {c['weight']:.2f}" for c in found["query"]["codes"][:5])
    lines = [
        "",
        click.style(query, bold=True) + f"  ({found['mode']}, {found['took_ms']['total']:.0f} ms)",
        f"  codes: {codes or 'none'}",
    ]
    for hit in found["hits"]:
        matched = ", ".join(hit["matched_codes"][:3])
        lines.append(f"  - {hit['product']['title']}" + (f"  [{matched}]" if matched else ""))
    return "\n".join(lines)
