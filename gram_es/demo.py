"""``gram-es demo``: the whole path on this machine, each step the command a user would type."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import requests

from gram_es.errors import GramError
from gram_es.index.client import cluster_errors, connect
from gram_es.index.node import LocalNode
from gram_es.sample import write_shop
from gram_es.settings import Settings, read_settings

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
_READY_S = 120
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

    def run(self, *command: str) -> None:
        """Run one command to its end, its output on ours.

        :raises GramError: if it fails; what it said is on the terminal already.
        """
        click.secho(f"\n$ gram-es {' '.join(command)}", bold=True, err=True)
        done = subprocess.run([*_GRAM_ES, *command], env=self.environment, check=False)
        if done.returncode:
            raise GramError(f"the demo stopped: gram-es {command[0]} ended with {done.returncode}")

    @contextmanager
    def running(self, *command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
        """Start one command, and stop it at the end."""
        click.secho(f"\n$ gram-es {' '.join(command)} &", bold=True, err=True)
        process = subprocess.Popen(
            [*_GRAM_ES, *command], env=self.environment, text=True, **options
        )
        try:
            yield process
        finally:
            _stop(process)


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
    settings = read_settings()
    started = time.monotonic()
    try:
        with ExitStack() as stack:
            _show(settings, feed, once, started, stack)
    except KeyboardInterrupt:
        click.echo("\nstopped", err=True)


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
    }
    _remove_last(settings, url)
    demo = _Demo(folder, feed or _make_shop(folder), environment)
    demo.run("train", str(demo.feed), "--out", str(demo.model))
    demo.run("index", "install", "--model", str(demo.model))
    stack.enter_context(_worker(demo))
    demo.run("ingest", str(demo.feed), "--wait")
    address = _serve(demo, settings.port, once, stack)
    for query in SAMPLE_QUERIES if feed is None else _titles(address):
        click.echo(_search(address, query))
    click.secho(f"\nThe search page: {address}", bold=True)
    click.echo(f"JSON:            {address}search?q=cordless+drill")
    click.echo("For Kibana:      gram-es kibana export --out gram-es.ndjson")
    click.echo(f"ready after {time.monotonic() - started:.0f} s", err=True)
    if not once:
        click.echo("Ctrl-C stops everything.", err=True)
        signal.pause()


def _start_node(settings: Settings, stack: ExitStack) -> str:
    """Return the local node's URL; a node that the demo had to start ends with it."""
    node = LocalNode.of(settings)
    if not node.status().running:
        stack.callback(node.stop)
    return node.start()


def _remove_last(settings: Settings, url: str) -> None:
    """Remove what an earlier demo left in the cluster: each demo starts from nothing."""
    with (
        connect(settings.model_copy(update={"elasticsearch_url": url})) as client,
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
def _worker(demo: _Demo) -> Iterator[None]:
    """Keep a worker running, its log in a file of the demo's folder."""
    log = demo.folder / "worker.log"
    with (
        log.open("w", encoding="utf-8") as file,
        demo.running("worker", "--model", str(demo.model), stdout=file, stderr=file),
    ):
        click.echo(f"the worker's log: {log}", err=True)
        yield


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
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _titles(address: str) -> Sequence[str]:
    """Return queries for a feed of the user's own: the titles of some products, cut short."""
    found = _get(address, "a", size=5)["hits"]
    return [" ".join(hit["product"]["title"].split()[:3]) for hit in found]


def _get(address: str, query: str, *, size: int) -> dict[str, Any]:
    answer = requests.get(
        f"{address}search", params={"q": query, "size": str(size)}, timeout=_READY_S
    )
    answer.raise_for_status()
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
