"""The command ``gram-es demo``: run every step on this machine, each by its own command."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlencode

import click
from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors, connect
from gram_es.cluster.node.node import LocalNode
from gram_es.demo.processes import Commands, Worker
from gram_es.demo.searches import is_coded_by_both, search, search_twice, to_text
from gram_es.errors import GramError
from gram_es.language_model.source import check_source
from gram_es.model.require_torch import require_torch
from gram_es.sample import write_shop
from gram_es.settings import Settings, current_settings
from gram_es.text.normalise import normalise

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
_TITLES = 100
_DEADLINE_MS = 10_000  # node and worker share the machine with the search, and caches are cold
_QUERIES_PER_MINUTE = 60
_INTERRUPTED_EXIT_CODE = 130


@click.command()
@click.option(
    "--feed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A product feed to use instead of a fictional shop.",
)
@click.option(
    "--language-model",
    help="A hub id, a folder or a GGUF file of a language model. A worker lets it understand new "
    "queries together with the model, for the next search for them.",
)
@click.option("--once", is_flag=True, help="Run a few searches, stop everything, and exit.")
def demo(feed: Path | None, language_model: str | None, once: bool) -> None:
    """Run everything on this machine: node, training, worker, ingest, search.

    Without --feed the demo generates a fictional shop. All files are in the cache folder. At the
    end the demo stops all processes that it started.
    """
    if language_model is not None:
        check_source(language_model)
        require_torch("a language model", extra="llm")
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
        "GRAM_ES_QUERIES_PER_MINUTE": str(_QUERIES_PER_MINUTE if language_model else 0),
    }
    _remove_previous(settings, url, folder)
    demo = Commands(folder, feed or _make_shop(folder), environment)
    demo.run("train", str(demo.feed), "--out", str(demo.model), "--restart", "--force")
    demo.run("index", "install", "--model", str(demo.model))
    worker = stack.enter_context(demo.worker(log="worker.log"))
    demo.run("ingest", str(demo.feed), "--wait", watched=worker)
    answering = _start_query_worker(demo, language_model, stack)
    samples = (*SAMPLE_QUERIES, LANGUAGE_MODEL_QUERY) if language_model else SAMPLE_QUERIES
    queries = samples if feed is None else _titles(settings, url)
    address = _serve(demo, settings.port, once, stack)
    heeding = _heeding(demo.model, queries) if answering else []
    for text in _answers(address, queries, heeding, answering):
        click.echo(text)
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


def _start_query_worker(
    demo: Commands, language_model: str | None, stack: ExitStack
) -> Worker | None:
    """Start the worker that answers queries with the language model, if there is one."""
    if language_model is None:
        return None
    options = ("--queries", "--language-model", language_model)
    return stack.enter_context(demo.worker(*options, log="query-worker.log"))


def _heeding(folder: Path, queries: Sequence[str]) -> list[str]:
    """Return the queries in which a language model has a say."""
    from gram_es.model.gram import Gram  # its packages take a second to import

    gram = Gram.load(folder, defer_encoder=True)
    return [
        query
        for query in queries
        if gram.heeds_language_model(gram.speller.spell(normalise(query)))
    ]


def _answers(
    address: str, queries: Sequence[str], heeding: Sequence[str], worker: Worker | None
) -> Iterable[str]:
    """Yield what the service answers to each query, as text.

    :param heeding: the queries in which a language model has a say.
    :param worker: the worker with a language model, whose codes are waited for.
    """
    if worker is None:
        yield from (to_text(query, search(address, query)) for query in queries)
        return
    if heeding:
        click.echo("waiting for the codes that the language model chooses", err=True)
    else:
        click.echo("the language model has no say: the catalogue has all words of these queries")
    answers = search_twice(address, heeding, worker)
    for query in dict.fromkeys(queries):
        if query not in heeding:
            yield to_text(query, search(address, query))
            continue
        _, first, latest = next(answers)
        is_new = is_coded_by_both(latest) and not is_coded_by_both(first)
        if is_new and query == LANGUAGE_MODEL_QUERY:
            yield to_text(query, first, ", asked for the first time")
            yield to_text(query, latest, ", asked again")
        else:
            yield to_text(query, latest)


def _serve(demo: Commands, port: int, once: bool, stack: ExitStack) -> str:
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
    """Return queries for the user's own feed: the first three words of titles, up to five."""
    with _connect(settings, url) as client, cluster_errors("read some products"):
        client.indices.refresh(index=_DEMO_INDEX)
        found = client.search(index=_DEMO_INDEX, size=_TITLES, source_includes=["title"])
    hits = found["hits"]["hits"]
    if not hits:
        raise GramError("the demo stopped: no product of the feed is in the index; check the feed")
    beginnings = (" ".join(hit["_source"]["title"].split()[:3]) for hit in hits)
    return list(dict.fromkeys(beginnings))[: len(SAMPLE_QUERIES)]
