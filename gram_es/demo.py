"""The command ``gram-es demo``: run every step on this machine, each by its own command."""

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

# No product of the shop contains the word couch or trousers. The other queries have combined
# attributes, a typo and units.
SAMPLE_QUERIES = (
    "couch",
    "womens trousers",
    "cordless drill 18v",
    "burgandy blackout curtains",
    "half liter water bottle",
)
LANGUAGE_MODEL_QUERY = "nappies"
"""The shop says "diapers", and the pretrained encoder does not know the word."""
_DEMO_INDEX = "products-gram-demo"
_STOP_TIMEOUT_S = 20
_POLL_S = 0.5
_SEARCH_TIMEOUT_S = 120
_DEADLINE_MS = 10_000  # node and worker share the machine with the search, and caches are cold
_INTERRUPTED_EXIT_CODE = 130
_GRAM_ES = (sys.executable, "-m", "gram_es")


@dataclass(frozen=True, slots=True)
class _Demo:
    """What the commands of the demo share: the folder of its files, the feed, the environment."""

    folder: Path
    feed: Path
    environment: dict[str, str]

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    def run(self, *command: str, watched: subprocess.Popen[str] | None = None) -> None:
        """Run one command to its end; its output goes to the terminal.

        :param watched: a process that must keep running until the command has ended.
        :raises GramError: if the command fails or ``watched`` ends first.
        """
        with self.running(*command) as process:
            while (code := _wait(process)) is None:
                if watched is not None and watched.poll() is not None:
                    raise GramError(
                        f"the demo stopped: its worker ended; {_last_log_line(self.log)}"
                    )
        if code:
            raise GramError(f"the demo stopped: gram-es {command[0]} ended with exit code {code}")

    @contextmanager
    def running(self, *command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
        """Start one command, yield its process, and stop it at the end of the block."""
        click.secho(f"\n$ gram-es {' '.join(command)}", bold=True, err=True)
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            [*_GRAM_ES, *command], env=self.environment, text=True, **options
        )
        try:
            yield process
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[str]) -> int | None:
    try:
        return process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return None


def _last_log_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return f"the last line of {log} is: {lines[-1]}" if lines else f"{log} is empty"


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@click.command()
@click.option(
    "--feed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A product feed to use instead of a fictional shop.",
)
@click.option(
    "--language-model",
    help="A hub id, a folder or a GGUF file of a language model, to train with; see train --help.",
)
@click.option("--once", is_flag=True, help="Run a few searches, stop everything, and exit.")
def demo(feed: Path | None, language_model: str | None, once: bool) -> None:
    """Run everything on this machine: node, training, worker, ingest, search.

    Without --feed the demo generates a fictional shop. All files are in the cache folder. At the
    end the demo stops all processes that it started.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = current_settings()
    started = time.monotonic()
    try:
        with ExitStack() as stack:
            _run_steps(settings, feed, language_model, once, started, stack)
    except KeyboardInterrupt:
        click.echo("\nthe demo was interrupted", err=True)
        sys.exit(_INTERRUPTED_EXIT_CODE)


def _run_steps(
    settings: Settings,
    feed: Path | None,
    language_model: str | None,
    once: bool,
    started: float,
    stack: ExitStack,
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
    _remove_previous(settings, url, folder)
    demo = _Demo(folder, feed or _make_shop(folder), environment)
    options = ("--language-model", language_model) if language_model else ()
    demo.run("train", str(demo.feed), "--out", str(demo.model), "--restart", "--force", *options)
    demo.run("index", "install", "--model", str(demo.model))
    worker = stack.enter_context(_worker(demo))
    demo.run("ingest", str(demo.feed), "--wait", watched=worker)
    samples = (*SAMPLE_QUERIES, LANGUAGE_MODEL_QUERY) if language_model else SAMPLE_QUERIES
    queries = samples if feed is None else _titles(settings, url)
    address = _serve(demo, settings.port, once, stack)
    for query in queries:
        click.echo(_search(address, query))
    click.secho(f"\nThe search page: {address}", bold=True)
    click.echo(f"JSON:            {address}search?{urlencode({'q': queries[0]})}")
    python = shlex.quote(sys.executable)
    click.echo(f"For Kibana:      GRAM_ES_INDEX={_DEMO_INDEX} {python} -m gram_es kibana export")
    click.echo(f"ready after {time.monotonic() - started:.0f} s", err=True)
    if not once:
        click.echo("Press Ctrl-C to stop everything.", err=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


def _start_node(settings: Settings, stack: ExitStack) -> str:
    """Start the local node and return its URL.

    If this call started the node, closing ``stack`` stops it.
    """
    node = LocalNode.of(settings)
    if not node.status().running:
        stack.callback(node.stop)
    return node.start()


def _connect(settings: Settings, url: str) -> Elasticsearch:
    return connect(settings.model_copy(update={"elasticsearch_url": url}))


def _remove_previous(settings: Settings, url: str, folder: Path) -> None:
    """Remove the index and the queued batches of an earlier demo."""
    shutil.rmtree(folder / "broker", ignore_errors=True)
    with (
        _connect(settings, url) as client,
        cluster_errors("remove the index of the previous demo"),
    ):
        indices = client.indices.get(index=f"{_DEMO_INDEX}-*", expand_wildcards="all")
        for name in indices.body:
            client.indices.delete(index=name)


def _make_shop(folder: Path) -> Path:
    shop = write_shop(folder / "shop")
    click.echo(
        f"a fictional shop: {shop.products:,} products in {shop.feed}; the demo trains without its "
        f"{shop.queries} judged queries, so that `gram-es evaluate` can use them",
        err=True,
    )
    return shop.feed


@contextmanager
def _worker(demo: _Demo) -> Iterator[subprocess.Popen[str]]:
    """Run an ingest worker during the block; its log is a file in the demo's folder."""
    with (
        demo.log.open("w", encoding="utf-8") as file,
        demo.running("worker", stdout=file, stderr=file) as process,
    ):
        click.echo(f"the worker's log: {demo.log}", err=True)
        yield process


def _serve(demo: _Demo, port: int, once: bool, stack: ExitStack) -> str:
    """Start the HTTP service, wait until it answers, and return its address."""
    chosen_port = 0 if once or not _is_free(port) else port
    process = stack.enter_context(
        demo.running("serve", "--port", str(chosen_port), stdout=subprocess.PIPE)
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
    """Return queries for the user's own feed: the first three words of up to five titles."""
    with _connect(settings, url) as client, cluster_errors("read some products"):
        client.indices.refresh(index=_DEMO_INDEX)
        hits = client.search(index=_DEMO_INDEX, size=5, source_includes=["title"])["hits"]["hits"]
    if not hits:
        raise GramError("the demo stopped: no product of the feed is in the index; check the feed")
    return [" ".join(hit["_source"]["title"].split()[:3]) for hit in hits]


def _get(address: str, query: str, *, size: int) -> dict[str, Any]:
    with requests.Session() as session:
        session.trust_env = False  # a request to this machine must not go through a proxy
        try:
            response = session.get(
                f"{address}search",
                params={"q": query, "size": str(size)},
                timeout=_SEARCH_TIMEOUT_S,
            )
            response.raise_for_status()
        except requests.RequestException as error:
            raise GramError(f"the demo stopped: a search failed: {error}") from None
    result: dict[str, Any] = json.loads(response.text)
    return result


def _search(address: str, query: str) -> str:
    """Search over HTTP and return the result as lines for the terminal."""
    result = _get(address, query, size=3)
    codes = ", ".join(f"{c['code']} {c['weight']:.2f}" for c in result["query"]["codes"][:5])
    lines = [
        "",
        click.style(query, bold=True)
        + f"  ({result['mode']}, {result['took_ms']['total']:.0f} ms)",
        f"  codes: {codes or 'none'}",
    ]
    for hit in result["hits"]:
        matched = ", ".join(hit["matched_codes"][:3])
        lines.append(f"  - {hit['product']['title']}" + (f"  [{matched}]" if matched else ""))
    return "\n".join(lines)
