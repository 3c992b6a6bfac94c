"""What a night's ingest costs, beside a plain bulk of the same rows by the official client.

``python benchmarks/ingest_speed.py FEED --model MODEL`` runs the real commands, producer and
workers as processes of their own, on the node that the environment names and in indices of its own:
the whole feed by one worker and by two, the same feed again, 10 % of the prices changed, then all,
by two workers too, and 1 % of the titles changed. The bulk updates documents with the same codes
and vectors, and where the feed is the same it changes none. With ``--next-model`` it migrates while
searches run. A row without a price is given one. Machines are noisy: read the ratio to the bulk in
the same line. A local node that has run for minutes only is measured as ``gram-es node start
--full-jit`` runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import requests
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan, streaming_bulk

from gram_es.cluster.client import connect
from gram_es.index.documents import FeedPosition, build_document
from gram_es.records import Product
from gram_es.settings import current_settings
from ingest.feeds import read_products
from ingest.worker.heartbeat import read_signs
from query_api.api.serializers import product_json

INDEX, PLAIN = "products-gram-bench", "plain-bench"
GRAM_ES = (sys.executable, "-m", "gram_es")
PRICES_CHANGED, TITLES_CHANGED = 10, 100  # every tenth, every hundredth
PAUSE_S = 0.1  # between searches
IDLE_SEARCHES = 200


@dataclass
class Bench:
    """The environment of every command, and the most memory that each process held, in MB."""

    environment: dict[str, str]
    peaks: dict[str, float] = field(default_factory=dict)

    def run(self, *command: str) -> Any:
        """Run a command to its end and return what it prints as JSON."""
        with subprocess.Popen(
            [*GRAM_ES, *command, "--json"], env=self.environment, stdout=subprocess.PIPE, text=True
        ) as process:
            watch = threading.Thread(target=self._watch, args=(command[0], process))
            watch.start()
            told, _ = process.communicate()
            watch.join()
        if process.returncode:
            raise SystemExit(f"gram-es {' '.join(command)} ended with {process.returncode}: {told}")
        return json.loads(told)

    @contextmanager
    def beside(self, *command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Keep a command running."""
        process = subprocess.Popen(
            [*GRAM_ES, *command],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            self._note(command[0], process)
            process.terminate()
            process.wait()

    def _watch(self, name: str, process: subprocess.Popen[str]) -> None:
        while process.poll() is None:
            self._note(name, process)
            time.sleep(PAUSE_S)

    def _note(self, name: str, process: subprocess.Popen[str]) -> None:
        try:
            told = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        except OSError:  # it has ended
            return
        held = told.partition("VmHWM:")[2].split()
        if held:
            self.peaks[name] = max(self.peaks.get(name, 0.0), int(held[0]) * 1_024 / 1e6)


def priced(products: Sequence[Product]) -> list[Product]:
    """Return the products, each with a price."""
    return [
        replace(p, price=p.price or n % 900 + 0.9, currency=p.currency or "EUR")
        for n, p in enumerate(products)
    ]


def cheaper(products: Sequence[Product]) -> list[Product]:
    """Return the feed with every tenth price changed."""
    return [
        p if n % PRICES_CHANGED else replace(p, price=round((p.price or 0.0) * 0.9, 2))
        for n, p in enumerate(products)
    ]


def reworded(products: Sequence[Product]) -> list[Product]:
    """Return the feed with every hundredth title changed."""
    return [
        p if n % TITLES_CHANGED else replace(p, title=f"{p.title} refurbished")
        for n, p in enumerate(products)
    ]


def write(products: Sequence[Product], path: Path) -> Path:
    """Write a feed of NDJSON."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(product_json(p), ensure_ascii=False)}\n" for p in products)
    return path


def plain_index(client: Elasticsearch, products: Sequence[Product]) -> float:
    """Index ready documents without codes under the same mapping; return rows a second."""
    at = FeedPosition("plain", 0, 0, "2020-01-01")
    documents = [
        build_document(p, enrichment=None, slot="-", fingerprint="-", feed=at) for p in products
    ]
    actions = [
        {"_index": PLAIN, "_id": p.id, "_source": document}
        for p, document in zip(products, documents, strict=True)
    ]
    return bulk_speed(client, actions)


def copy_codes(client: Elasticsearch) -> None:
    """Give the plain documents the codes and vectors that the products have by now."""
    codes = scan(client, index=INDEX, source_includes=["gram"])
    actions = (
        {"_op_type": "update", "_index": PLAIN, "_id": hit["_id"], "doc": hit["_source"]}
        for hit in codes
    )
    for _ in streaming_bulk(client, actions):
        pass
    client.indices.refresh(index=PLAIN)


def plain_update(client: Elasticsearch, products: Sequence[Product]) -> float:
    """Send every row's price as a partial update; return rows a second."""
    actions = [
        {"_op_type": "update", "_index": PLAIN, "_id": p.id, "doc": {"price": p.price}}
        for p in products
    ]
    return bulk_speed(client, actions)


def bulk_speed(client: Elasticsearch, actions: Sequence[dict[str, Any]]) -> float:
    """Send the actions as the client's helper does by default; return how many a second."""
    began = time.monotonic()
    for _ in streaming_bulk(client, actions):
        pass
    client.indices.refresh(index=PLAIN)
    return len(actions) / (time.monotonic() - began)


def clear(client: Elasticsearch) -> None:
    """Remove the indices of this benchmark."""
    for name in (f"{INDEX}-*", f"{PLAIN}*"):
        for found in client.indices.get(index=name, expand_wildcards="all").body:
            client.indices.delete(index=found)


def show(name: str, told: Mapping[str, Any], bulk: float | None = None) -> None:
    """Print a line of the table."""
    speed = float(told["products_per_s"])
    beside = "" if bulk is None else f"{bulk:>10,.0f} {bulk / speed:>8.2f}"
    fates = ("new", "changed", "reused", "unchanged", "failed")
    counts = ", ".join(f"{told[fate]:,} {fate}" for fate in fates if told.get(fate))
    print(f"{name:<28} {told['seconds']:>8.1f} {speed:>10,.0f} {beside:<20} {counts}", flush=True)


@contextmanager
def workers(bench: Bench, client: Elasticsearch, model: str, count: int) -> Iterator[None]:
    """Keep so many workers running, which share the processors, from when all are ready."""
    threads = str(max(1, (os.cpu_count() or 1) // count))
    with ExitStack() as stack:
        for _ in range(count):
            worker = bench.beside("worker", "--model", model, GRAM_ES_THREADS=threads)
            stack.enter_context(worker)
        while sum(sign.is_alive for sign in read_signs(client, INDEX)) < count:
            time.sleep(PAUSE_S)
        yield


@dataclass
class Searches:
    """Searches one after the other: milliseconds, modes, models, and what went wrong."""

    address: str
    queries: Sequence[str]
    took: list[float] = field(default_factory=list)
    modes: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def ask(self, number: int) -> None:
        """Send one search and note how it went."""
        query = self.queries[number % len(self.queries)]
        began = time.perf_counter()
        try:
            answer = requests.get(f"{self.address}search", params={"q": query}, timeout=30)
            answer.raise_for_status()
        except requests.RequestException as error:
            self.errors.append(str(error))
            return
        self.took.append((time.perf_counter() - began) * 1_000)
        found = answer.json()
        self.modes[found["mode"]] += 1
        self.models[str(found["model"])[:12]] += 1

    def ask_until(self, done: threading.Event) -> None:
        """Search on, a little apart, until ``done``."""
        number = 0
        while not done.is_set():
            self.ask(number)
            number += 1
            time.sleep(PAUSE_S)

    def __str__(self) -> str:
        p50, p95 = np.percentile(self.took, [50, 95])
        return (
            f"{len(self.took)} searches, {len(self.errors)} errors, p50 {p50:.1f} ms, "
            f"p95 {p95:.1f} ms, modes {dict(self.modes)}, models {dict(self.models)}"
        )


def migrate(bench: Bench, model: str, next_model: str, queries: Sequence[str]) -> None:
    """Migrate to the next model while searches run, and say what they felt."""
    both = ("--model", model, "--model", next_model)
    with bench.beside("serve", *both, "--port", "0") as service:
        assert service.stdout is not None
        address = service.stdout.readline().split()[-1]
        idle, during = Searches(address, queries), Searches(address, queries)
        for number in range(IDLE_SEARCHES):
            idle.ask(number)
            time.sleep(PAUSE_S)
        done = threading.Event()
        searching = threading.Thread(target=during.ask_until, args=(done,))
        searching.start()
        began = time.monotonic()
        told = bench.run(
            "index", "migrate", "--model", next_model, "--live-model", model, "--force"
        )
        seconds = time.monotonic() - began
        time.sleep(10)  # the service follows the switch
        done.set()
        searching.join()
    print(f"\nmigration: {seconds:.0f} s; {json.dumps(told)[:400]}")
    print(f"  before: {idle}\n  during: {during}")
    for error in during.errors[:5]:
        print(f"  {error}")


def main() -> None:
    """Run the nights and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--next-model")
    asked = parser.parse_args()
    tonight = priced(read_products(asked.feed)[0])
    settings = current_settings()
    with connect(settings) as client, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.ndjson"
        bench = Bench({**os.environ, "GRAM_ES_INDEX": INDEX, "GRAM_ES_BROKER_URL": "filesystem://"})

        def ingest(products: Sequence[Product], count: int) -> Any:
            write(products, path)
            with workers(bench, client, asked.model, count):
                return bench.run("ingest", "run", str(path), "--wait")

        print(f"{len(tonight):,} products, {os.cpu_count()} processors")
        print(f"{'night':<28} {'seconds':>8} {'rows/s':>10} {'bulk rows/s':>10} {'times':>8}")
        for count in (1, 2):
            clear(client)
            bench.run("index", "install", "--model", asked.model)
            told = ingest(tonight, count)
            show(f"whole feed, {count} worker(s)", told)
        mappings = client.indices.get_mapping(index=INDEX).body.popitem()[1]["mappings"]
        kept = client.indices.get_settings(index=INDEX).body.popitem()[1]["settings"]["index"]
        client.indices.create(
            index=PLAIN,
            mappings=mappings,
            settings={k: kept[k] for k in ("analysis", "similarity") if k in kept},
        )
        bulk = plain_index(client, tonight)
        print(f"{'  plain bulk, no codes':<28} {len(tonight) / bulk:>8.1f} {bulk:>10,.0f}")
        copy_codes(client)
        show("the same feed again", ingest(tonight, 1), plain_update(client, tonight))
        tonight = cheaper(tonight)
        show("10 % of prices changed", ingest(tonight, 1), plain_update(client, tonight))
        tonight = [replace(p, price=round((p.price or 0.0) * 1.1, 2)) for p in tonight]
        show("all prices changed", ingest(tonight, 1), plain_update(client, tonight))
        tonight = [replace(p, price=round((p.price or 0.0) * 1.1, 2)) for p in tonight]
        show("all prices, 2 workers", ingest(tonight, 2), plain_update(client, tonight))
        show("1 % of titles changed", ingest(reworded(tonight), 1))
        if asked.next_model:
            queries = [p.title for p in tonight[:: max(1, len(tonight) // 500)]]
            migrate(bench, asked.model, asked.next_model, queries)
        peaks = ", ".join(f"{name} {peak:,.0f} MB" for name, peak in sorted(bench.peaks.items()))
        print(f"most memory held: {peaks}")
        clear(client)


if __name__ == "__main__":
    main()
