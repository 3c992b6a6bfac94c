"""Compare the speed of an ingest with that of plain bulk requests for the same rows.

``python benchmarks/ingest_speed.py FEED --model MODEL`` runs the real commands, with producer and
workers as separate processes. It uses the cluster that the environment variables name, and creates
its own indices. With one worker and then with two, it ingests the whole feed and then these feeds
one after the other:

- the same feed;
- the feed with 10 % of the prices changed;
- the feed with all prices changed;
- the feed with 1 % of the titles changed.

The plain bulk requests are sent by the official client. They update documents that have the same
codes and vectors; for the unchanged feed they change no document. Both indices are refreshed once a
second, as an index is that shoppers search. With ``--next-model`` the benchmark also migrates the
index to that model while searches run. Rows without a price get one.

Timings vary between runs; compare the ratios to the bulk requests in the same line. The ratio of
processor times, of all processes and of the cluster, hardly depends on what else the machine does;
it needs Linux. A local node needs minutes to reach its full speed; start it with
``gram-es node start --full-jit``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import requests
from commands import CommandRunner
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan, streaming_bulk
from processor_time import NODE_MEASURES_S, cluster_cpu_s, process_cpu_s

from gram_es.cluster.client import connect
from gram_es.index.documents import FeedPosition, build_document
from gram_es.records import Product
from gram_es.settings import current_settings
from ingest.feeds import read_products
from ingest.worker.heartbeat import read_worker_statuses
from query_api.api.serializers import product_json

INDEX, PLAIN = "products-gram-bench", "plain-bench"
PRICES_CHANGED, TITLES_CHANGED = 10, 100  # every tenth, every hundredth
OUTCOMES = ("created", "updated", "reused_codes", "unchanged", "failed")
PAUSE_S = 0.1  # between searches
SWITCH_S = 10  # after a migration, until the service uses the new index
SEARCHES_BEFORE = 200


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


@dataclass(frozen=True)
class Cost:
    """What some rows took: seconds, and processor seconds of all processes and of the cluster."""

    seconds: float
    cpu_s: float

    def times(self, other: Cost) -> str:
        """Return how many times ``other`` this is, by time and by processor time."""
        return f"{self.seconds / other.seconds:>8.2f} {self.cpu_s / other.cpu_s:>8.2f}"


@contextmanager
def processor_time(client: Elasticsearch, pids: Sequence[int] = ()) -> Iterator[list[float]]:
    """Yield a list that has, after the block, the processor seconds that the block used.

    They are those of this process, of the commands that ended in the block, of the processes
    ``pids``, and of the cluster, which must have been idle for a second before the block.
    """

    def used_s() -> float:
        commands = resource.getrusage(resource.RUSAGE_CHILDREN)
        own_s = time.process_time() + commands.ru_utime + commands.ru_stime
        return own_s + sum(map(process_cpu_s, pids)) + cluster_cpu_s(client)

    spent: list[float] = []
    began_s = used_s()
    yield spent
    time.sleep(NODE_MEASURES_S)
    spent.append(used_s() - began_s)


def plain_index(client: Elasticsearch, products: Sequence[Product]) -> Cost:
    """Index the products' documents without codes in the plain index."""
    position = FeedPosition("plain", 0, 0, "2020-01-01")
    documents = [
        build_document(p, enrichment=None, slot="-", fingerprint="-", feed=position)
        for p in products
    ]
    actions = [
        {"_index": PLAIN, "_id": p.id, "_source": document}
        for p, document in zip(products, documents, strict=True)
    ]
    return bulk_cost(client, actions)


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
    time.sleep(NODE_MEASURES_S)


def plain_update(client: Elasticsearch, products: Sequence[Product]) -> Cost:
    """Send the price of each product as a partial update."""
    actions = [
        {"_op_type": "update", "_index": PLAIN, "_id": p.id, "doc": {"price": p.price}}
        for p in products
    ]
    return bulk_cost(client, actions)


def bulk_cost(client: Elasticsearch, actions: Sequence[dict[str, Any]]) -> Cost:
    """Send the actions with the client's helper and its defaults."""
    client.search(index=PLAIN, size=0)  # an index that nobody searches is not refreshed
    with processor_time(client) as cpu_s:
        started = time.monotonic()
        for _ in streaming_bulk(client, actions):
            pass
        client.indices.refresh(index=PLAIN)
        seconds = time.monotonic() - started
    return Cost(seconds, *cpu_s)


def delete_indices(client: Elasticsearch) -> None:
    """Delete the indices that this benchmark has created."""
    for pattern in (f"{INDEX}-*", f"{PLAIN}*"):
        for index in client.indices.get(index=pattern, expand_wildcards="all").body:
            client.indices.delete(index=index)


def print_ingest(name: str, report: Mapping[str, Any], cost: Cost, bulk: Cost | None) -> None:
    """Print a line of the table about an ingest; ``bulk`` is the cost of plain bulk."""
    rows = sum(int(report[outcome]) for outcome in OUTCOMES)
    comparison = "" if bulk is None else f"{rows / bulk.seconds:>11,.0f} {cost.times(bulk)}"
    counts = ", ".join(f"{report[outcome]:,} {outcome}" for outcome in OUTCOMES if report[outcome])
    speed = rows / cost.seconds
    print(f"{name:<30} {cost.seconds:>8.1f} {speed:>8,.0f} {comparison:<29} {counts}", flush=True)


@contextmanager
def workers(
    runner: CommandRunner, client: Elasticsearch, model: str, count: int
) -> Iterator[list[int]]:
    """Run ``count`` workers that share the processors; yield their process ids once all work."""
    threads = str(max(1, (os.cpu_count() or 1) // count))
    with ExitStack() as stack:
        running = [
            stack.enter_context(runner.running("worker", "--model", model, GRAM_ES_THREADS=threads))
            for _ in range(count)
        ]
        while sum(status.is_alive for status in read_worker_statuses(client, INDEX)) < count:
            time.sleep(PAUSE_S)
        yield [worker.pid for worker in running]


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


CHANGES: Mapping[str, Callable[[Sequence[Product]], list[Product]]] = {
    "no change": list,
    "10 % of prices": with_price_cuts,
    "all prices": with_new_prices,
    "1 % of titles": with_new_titles,
}


def measure_feeds(
    runner: CommandRunner,
    client: Elasticsearch,
    products: Sequence[Product],
    *,
    model: str,
    count: int,
    changes: Sequence[str],
) -> None:
    """Ingest the whole feed and the changed ones with ``count`` workers, and print the costs."""
    runner.run("index", "install", "--model", model)
    with tempfile.TemporaryDirectory() as folder, workers(runner, client, model, count) as pids:
        path = Path(folder) / "feed.ndjson"

        def ingest(products: Sequence[Product]) -> tuple[Any, Cost]:
            write_feed(products, path)
            with processor_time(client, pids) as cpu_s:
                report = runner.run("ingest", "run", str(path), "--wait")
            return report, Cost(float(report["seconds"]), *cpu_s)

        print_ingest(f"whole feed, workers: {count}", *ingest(products), None)
        create_plain_index(client)
        bulk = plain_index(client, products)
        speed = len(products) / bulk.seconds
        print(f"{'  plain bulk, no codes':<30} {bulk.seconds:>8.1f} {speed:>8,.0f}")
        copy_codes(client)
        changed = products
        for name in changes:
            changed = CHANGES[name](changed)
            print_ingest(name, *ingest(changed), plain_update(client, changed))


def create_plain_index(client: Elasticsearch) -> None:
    """Create the plain index with the fields and the analysis of the other index."""
    mappings = client.indices.get_mapping(index=INDEX).body.popitem()[1]["mappings"]
    stored = client.indices.get_settings(index=INDEX).body.popitem()[1]["settings"]["index"]
    client.indices.create(
        index=PLAIN,
        mappings=mappings,
        settings={k: stored[k] for k in ("analysis", "similarity") if k in stored},
    )


def main() -> None:
    """Run the ingests and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--next-model")
    parser.add_argument("--rows", type=int, help="how many rows of the feed; by default all")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--changes", choices=CHANGES, nargs="+", default=list(CHANGES))
    arguments = parser.parse_args()
    products = with_prices(read_products(arguments.feed)[0][: arguments.rows])
    broker = {"GRAM_ES_INDEX": INDEX, "GRAM_ES_BROKER_URL": "filesystem://"}
    runner = CommandRunner({**os.environ, **broker})
    with connect(current_settings()) as client:
        print(f"{len(products):,} products, {os.cpu_count()} processors")
        print(
            f"{'feed':<30} {'seconds':>8} {'rows/s':>8} {'bulk rows/s':>11} {'ratio':>8} {'cpu':>8}"
        )
        for count in arguments.workers:
            delete_indices(client)
            measure_feeds(
                runner,
                client,
                products,
                model=arguments.model,
                count=count,
                changes=arguments.changes,
            )
        if arguments.next_model:
            queries = [p.title for p in products[:: max(1, len(products) // 500)]]
            migrate(runner, arguments.model, arguments.next_model, queries)
        peaks = ", ".join(f"{name} {peak:,.0f} MB" for name, peak in sorted(runner.peaks.items()))
        print(f"peak memory: {peaks}")
        delete_indices(client)


if __name__ == "__main__":
    main()
