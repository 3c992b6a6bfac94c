"""Compare the speed of an ingest with that of plain bulk requests for the same rows.

``python benchmarks/ingest_speed.py FEED --model MODEL`` runs the real commands, with producer and
workers as separate processes. It uses the cluster that the environment variables name, and creates
its own indices. First it ingests the whole feed, once with one worker and once with two. Then it
ingests these feeds one after the other:

- the same feed;
- the feed with 10 % of the prices changed;
- the feed with all prices changed, once with one worker and once with two;
- the feed with 1 % of the titles changed.

The plain bulk requests are sent by the official client. They update documents that have the same
codes and vectors; for the unchanged feed they change no document. With ``--next-model`` the
benchmark also migrates the index to that model while searches run. Rows without a price get one.

Timings vary between runs; compare the ratios to the bulk requests in the same line. A local node
needs minutes to reach its full speed; start it with ``gram-es node start --full-jit``.
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
from ingest.worker.heartbeat import read_worker_statuses
from query_api.api.serializers import product_json

INDEX, PLAIN = "products-gram-bench", "plain-bench"
GRAM_ES = (sys.executable, "-m", "gram_es")
PRICES_CHANGED, TITLES_CHANGED = 10, 100  # every tenth, every hundredth
PAUSE_S = 0.1  # between searches
SWITCH_S = 10  # after a migration, until the service uses the new index
SEARCHES_BEFORE = 200


@dataclass
class CommandRunner:
    """A runner of ``gram-es`` commands that records their peak memory, in MB, by command."""

    environment: dict[str, str]
    peaks: dict[str, float] = field(default_factory=dict)

    def run(self, *command: str) -> Any:
        """Run a command until it ends, and return the JSON that it prints."""
        with subprocess.Popen(
            [*GRAM_ES, *command, "--json"], env=self.environment, stdout=subprocess.PIPE, text=True
        ) as process:
            watch = threading.Thread(target=self._watch, args=(command[0], process))
            watch.start()
            output, _ = process.communicate()
            watch.join()
        if process.returncode:
            raise SystemExit(
                f"gram-es {' '.join(command)} ended with exit code {process.returncode}: {output}"
            )
        return json.loads(output)

    @contextmanager
    def running(self, *command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Run a command in the background within the context."""
        process = subprocess.Popen(
            [*GRAM_ES, *command],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            self._record_peak(command[0], process)
            process.terminate()
            process.wait()

    def _watch(self, name: str, process: subprocess.Popen[str]) -> None:
        while process.poll() is None:
            self._record_peak(name, process)
            time.sleep(PAUSE_S)

    def _record_peak(self, name: str, process: subprocess.Popen[str]) -> None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        except OSError:  # the process has ended
            return
        peak = status.partition("VmHWM:")[2].split()
        if peak:
            self.peaks[name] = max(self.peaks.get(name, 0.0), int(peak[0]) * 1_024 / 1e6)


def with_prices(products: Sequence[Product]) -> list[Product]:
    """Return the products; give a price to those that have none."""
    return [
        replace(p, price=p.price or n % 900 + 0.9, currency=p.currency or "EUR")
        for n, p in enumerate(products)
    ]


def with_price_cuts(products: Sequence[Product]) -> list[Product]:
    """Return the products with every tenth price lowered."""
    return [
        p if n % PRICES_CHANGED else replace(p, price=round((p.price or 0.0) * 0.9, 2))
        for n, p in enumerate(products)
    ]


def with_new_prices(products: Sequence[Product]) -> list[Product]:
    """Return the products with all prices raised."""
    return [replace(p, price=round((p.price or 0.0) * 1.1, 2)) for p in products]


def with_new_titles(products: Sequence[Product]) -> list[Product]:
    """Return the products with every hundredth title changed."""
    return [
        p if n % TITLES_CHANGED else replace(p, title=f"{p.title} refurbished")
        for n, p in enumerate(products)
    ]


def write_feed(products: Sequence[Product], path: Path) -> None:
    """Write a feed as NDJSON."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(product_json(p), ensure_ascii=False)}\n" for p in products)


def plain_index(client: Elasticsearch, products: Sequence[Product]) -> float:
    """Index the products' documents without codes in the plain index; return rows per second."""
    position = FeedPosition("plain", 0, 0, "2020-01-01")
    documents = [
        build_document(p, enrichment=None, slot="-", fingerprint="-", feed=position)
        for p in products
    ]
    actions = [
        {"_index": PLAIN, "_id": p.id, "_source": document}
        for p, document in zip(products, documents, strict=True)
    ]
    return bulk_speed(client, actions)


def copy_codes(client: Elasticsearch) -> None:
    """Copy the products' codes and vectors to the documents of the plain index."""
    codes = scan(client, index=INDEX, source_includes=["gram"])
    actions = (
        {"_op_type": "update", "_index": PLAIN, "_id": hit["_id"], "doc": hit["_source"]}
        for hit in codes
    )
    for _ in streaming_bulk(client, actions):
        pass
    client.indices.refresh(index=PLAIN)


def plain_update(client: Elasticsearch, products: Sequence[Product]) -> float:
    """Send the price of each product as a partial update; return rows per second."""
    actions = [
        {"_op_type": "update", "_index": PLAIN, "_id": p.id, "doc": {"price": p.price}}
        for p in products
    ]
    return bulk_speed(client, actions)


def bulk_speed(client: Elasticsearch, actions: Sequence[dict[str, Any]]) -> float:
    """Send the actions with the client's helper and its defaults; return actions per second."""
    started = time.monotonic()
    for _ in streaming_bulk(client, actions):
        pass
    client.indices.refresh(index=PLAIN)
    return len(actions) / (time.monotonic() - started)


def delete_indices(client: Elasticsearch) -> None:
    """Delete the indices that this benchmark has created."""
    for pattern in (f"{INDEX}-*", f"{PLAIN}*"):
        for index in client.indices.get(index=pattern, expand_wildcards="all").body:
            client.indices.delete(index=index)


def print_ingest(name: str, report: Mapping[str, Any], bulk: float | None = None) -> None:
    """Print a line of the table about an ingest; ``bulk`` is the rows per second of plain bulk."""
    speed = float(report["products_per_s"])
    comparison = "" if bulk is None else f"{bulk:>10,.0f} {bulk / speed:>8.2f}"
    outcomes = ("created", "updated", "reused_codes", "unchanged", "failed")
    counts = ", ".join(
        f"{report[outcome]:,} {outcome}" for outcome in outcomes if report.get(outcome)
    )
    seconds = float(report["seconds"])
    print(f"{name:<28} {seconds:>8.1f} {speed:>10,.0f} {comparison:<20} {counts}", flush=True)


@contextmanager
def workers(runner: CommandRunner, client: Elasticsearch, model: str, count: int) -> Iterator[None]:
    """Run ``count`` workers that share the processors; wait until all of them are ready."""
    threads = str(max(1, (os.cpu_count() or 1) // count))
    with ExitStack() as stack:
        for _ in range(count):
            worker = runner.running("worker", "--model", model, GRAM_ES_THREADS=threads)
            stack.enter_context(worker)
        while sum(status.is_alive for status in read_worker_statuses(client, INDEX)) < count:
            time.sleep(PAUSE_S)
        yield


@dataclass
class Searches:
    """A series of searches, with the latencies, modes and models of the answers, and the errors."""

    address: str
    queries: Sequence[str]
    latencies_ms: list[float] = field(default_factory=list)
    modes: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def search(self, number: int) -> None:
        """Send a search and record its answer."""
        query = self.queries[number % len(self.queries)]
        started = time.perf_counter()
        try:
            response = requests.get(f"{self.address}search", params={"q": query}, timeout=30)
            response.raise_for_status()
        except requests.RequestException as error:
            self.errors.append(str(error))
            return
        self.latencies_ms.append((time.perf_counter() - started) * 1_000)
        answer = response.json()
        self.modes[answer["mode"]] += 1
        self.models[str(answer["model"])[:12]] += 1

    def search_until(self, stop: threading.Event) -> None:
        """Send searches, ``PAUSE_S`` apart, until ``stop`` is set."""
        number = 0
        while not stop.is_set():
            self.search(number)
            number += 1
            time.sleep(PAUSE_S)

    def __str__(self) -> str:
        p50, p95 = np.percentile(self.latencies_ms, [50, 95])
        return (
            f"{len(self.latencies_ms)} searches, {len(self.errors)} errors, p50 {p50:.1f} ms, "
            f"p95 {p95:.1f} ms, modes {dict(self.modes)}, models {dict(self.models)}"
        )


def migrate(runner: CommandRunner, model: str, next_model: str, queries: Sequence[str]) -> None:
    """Migrate to the next model while searches run, and print their latencies."""
    both = ("--model", model, "--model", next_model)
    with runner.running("serve", *both, "--port", "0") as service:
        assert service.stdout is not None
        address = service.stdout.readline().split()[-1]
        before, during = Searches(address, queries), Searches(address, queries)
        for number in range(SEARCHES_BEFORE):
            before.search(number)
            time.sleep(PAUSE_S)
        stop = threading.Event()
        searching = threading.Thread(target=during.search_until, args=(stop,))
        searching.start()
        started = time.monotonic()
        report = runner.run(
            "index", "migrate", "--model", next_model, "--live-model", model, "--force"
        )
        seconds = time.monotonic() - started
        time.sleep(SWITCH_S)
        stop.set()
        searching.join()
    print(f"\nmigration: {seconds:.0f} s; {json.dumps(report)[:400]}")
    print(f"  before: {before}\n  during: {during}")
    for error in during.errors[:5]:
        print(f"  {error}")


def main() -> None:
    """Run the ingests and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--next-model")
    arguments = parser.parse_args()
    products = with_prices(read_products(arguments.feed)[0])
    settings = current_settings()
    with connect(settings) as client, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.ndjson"
        runner = CommandRunner(
            {**os.environ, "GRAM_ES_INDEX": INDEX, "GRAM_ES_BROKER_URL": "filesystem://"}
        )

        def ingest(products: Sequence[Product], count: int) -> Any:
            write_feed(products, path)
            with workers(runner, client, arguments.model, count):
                return runner.run("ingest", "run", str(path), "--wait")

        print(f"{len(products):,} products, {os.cpu_count()} processors")
        print(f"{'feed':<28} {'seconds':>8} {'rows/s':>10} {'bulk rows/s':>10} {'ratio':>8}")
        for count in (1, 2):
            delete_indices(client)
            runner.run("index", "install", "--model", arguments.model)
            print_ingest(f"whole feed, {count} worker(s)", ingest(products, count))
        mappings = client.indices.get_mapping(index=INDEX).body.popitem()[1]["mappings"]
        stored = client.indices.get_settings(index=INDEX).body.popitem()[1]["settings"]["index"]
        client.indices.create(
            index=PLAIN,
            mappings=mappings,
            settings={k: stored[k] for k in ("analysis", "similarity") if k in stored},
        )
        bulk = plain_index(client, products)
        print(f"{'  plain bulk, no codes':<28} {len(products) / bulk:>8.1f} {bulk:>10,.0f}")
        copy_codes(client)
        print_ingest("the same feed again", ingest(products, 1), plain_update(client, products))
        products = with_price_cuts(products)
        print_ingest("10 % of prices changed", ingest(products, 1), plain_update(client, products))
        products = with_new_prices(products)
        print_ingest("all prices changed", ingest(products, 1), plain_update(client, products))
        products = with_new_prices(products)
        print_ingest("all prices, 2 workers", ingest(products, 2), plain_update(client, products))
        print_ingest("1 % of titles changed", ingest(with_new_titles(products), 1))
        if arguments.next_model:
            queries = [p.title for p in products[:: max(1, len(products) // 500)]]
            migrate(runner, arguments.model, arguments.next_model, queries)
        peaks = ", ".join(f"{name} {peak:,.0f} MB" for name, peak in sorted(runner.peaks.items()))
        print(f"peak memory: {peaks}")
        delete_indices(client)


if __name__ == "__main__":
    main()
