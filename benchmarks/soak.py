"""Kill ``gram-es ingest`` and its workers at random times, and check that nothing is lost.

``python benchmarks/soak.py FEED --model DIR`` ingests a feed into a new index. At twenty random
moments of the ingest it kills the command or a worker with SIGKILL and starts it again. At the end
it compares the feed with the index and with the ledger (the index of runs and their batches). It
prints the figures, and exits with 1 if there are differences. It uses the cluster that the
environment variables name, and a temporary folder as broker.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import connect
from gram_es.cluster.node.node import LocalNode
from gram_es.index.documents import row_hash
from gram_es.index.lifecycle import install
from gram_es.index.names import write_alias
from gram_es.index.scan import EVERYTHING, scan
from gram_es.model.manifest import read_manifest
from gram_es.settings import Settings, current_settings
from ingest.feeds import Row, open_feed
from ingest.runs.report import RunReport
from ingest.runs.run_store import RunStore

POLL_S = 0.2
MAX_DELAY_S = 2.0
TIMEOUT_S = 4 * 3600.0


@dataclass
class ProcessGroup:
    """The processes of an ingest by name; each can be killed and started again."""

    environment: dict[str, str]
    log: IO[bytes]
    commands: dict[str, list[str]]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a process, for the first time or again."""
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "gram_es", *self.commands[name]],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def kill(self, name: str) -> None:
        """Kill a process with SIGKILL."""
        self.running[name].kill()
        self.running[name].wait()


def count_documents(client: Elasticsearch, index: str) -> int:
    """Return how many documents the index contains now."""
    client.indices.refresh(index=index)
    return int(client.count(index=index)["count"])


def kill_at_random(
    processes: ProcessGroup,
    client: Elasticsearch,
    index: str,
    *,
    kill_points: list[int],
    rng: random.Random,
) -> None:
    """Kill and restart a random process each time the index reaches one of ``kill_points``.

    :param kill_points: the numbers of documents at which to kill, ascending.
    """
    for number, kill_point in enumerate(kill_points, 1):
        while (indexed := count_documents(client, index)) < kill_point:
            time.sleep(POLL_S)
        time.sleep(rng.uniform(0, MAX_DELAY_S))
        name = rng.choice(list(processes.commands))
        processes.kill(name)
        print(f"kill {number:>2}: {name}, at {indexed:,} documents", flush=True)
        processes.start(name)


def read_feed(path: Path) -> tuple[int, dict[str, str]]:
    """Return the number of rows of a feed, and for each product id the hash of its last row."""
    rows = list(open_feed(path))
    products = [row.product for row in rows if isinstance(row, Row)]
    return len(rows), {product.id: row_hash(product) for product in products}


def read_index(client: Elasticsearch, index: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the id and the ``_source`` of each document of the index."""
    for page in scan(client, write_alias(index), EVERYTHING, page_size=1_000):
        yield from ((hit["_id"], hit["_source"]) for hit in page)


def wrong_documents(
    expected: Mapping[str, str], stored: Mapping[str, Mapping[str, Any]], slot: str
) -> Iterator[str]:
    """Yield a message for each kind of difference between the index and the feed.

    :param expected: the row hash of each product of the feed, by id.
    :param stored: the documents of the index, by id.
    :param slot: the field below ``gram`` that contains the model's codes.
    """
    for name, ids in (
        ("are missing", [i for i in expected if i not in stored]),
        ("are not in the feed", [i for i in stored if i not in expected]),
        (
            "differ from the last row of the feed",
            [i for i in stored if stored[i].get("row_hash") != expected.get(i)],
        ),
        (
            "lack the codes of the model",
            [i for i in stored if "input" not in stored[i]["gram"].get(slot, {})],
        ),
    ):
        if ids:
            yield f"{len(ids)} documents {name}: {', '.join(ids[:5])}"


def wrong_counts(rows: int, report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message if the report of the run does not account for each row of the feed."""
    if (report["state"], report["rows"], report["failed"]) != ("done", rows, 0):
        yield f"the feed has {rows:,} rows, but the ledger reports {json.dumps(report)}"


def soak(
    settings: Settings, environment: dict[str, str], arguments: argparse.Namespace
) -> list[str]:
    """Ingest the feed while processes are killed; return the differences as messages."""
    manifest = read_manifest(arguments.model)
    slot, index, rng = manifest.slot, settings.index, random.Random(arguments.seed)  # noqa: S311 - repeatable
    rows, expected = read_feed(arguments.feed)
    last_point = len(expected) * 19 // 20
    kill_points = sorted(rng.randrange(last_point) for _ in range(arguments.kills))
    worker = ["worker", "--model", str(arguments.model)]
    commands = {f"worker {number}": worker for number in range(1, arguments.workers + 1)}
    commands["ingest"] = ["ingest", str(arguments.feed), "--wait", "--json"]
    with connect(settings) as client, arguments.log.open("ab") as log:
        fingerprint, family = manifest.fingerprint, manifest.family
        install(client, settings, slot=slot, fingerprint=fingerprint, family=family)
        processes = ProcessGroup(environment, log, commands)
        for name in commands:
            processes.start(name)
        try:
            kill_at_random(processes, client, index, kill_points=kill_points, rng=rng)
            exit_code = processes.running["ingest"].wait(timeout=TIMEOUT_S)
        finally:
            for name in commands:
                processes.kill(name)
        runs = RunStore(client, index)
        (report, *others) = (RunReport.of(runs, run).to_json() for run in runs.last(100))
        stored = dict(read_index(client, index))
        print(json.dumps(report))
        print(f"exit code {exit_code}, {len(stored):,} documents, {len(others)} other runs")
        if not arguments.keep:
            client.indices.delete(index=",".join(client.indices.get(index=index).body))
    return [*wrong_documents(expected, stored, slot), *wrong_counts(rows, report)]


def main() -> int:
    """Run the soak test, print the differences, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lease", default="5", help="GRAM_ES_LEASE of the processes, s")
    parser.add_argument("--keep", action="store_true", help="do not delete the index at the end")
    parser.add_argument(
        "--log", type=Path, default=Path("soak.log"), help="file for the output of the processes"
    )
    arguments = parser.parse_args()
    settings = current_settings().model_copy(update={"index": f"soak-{int(time.time())}"})
    url = settings.elasticsearch_url or str(LocalNode.of(settings).status().url)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gram-es-soak-") as cache:
        environment = {
            **os.environ,
            "ELASTICSEARCH_URL": url,
            "GRAM_ES_CACHE_DIR": cache,  # contains the broker
            "GRAM_ES_INDEX": settings.index,
            "GRAM_ES_LEASE": arguments.lease,
        }
        differences = soak(settings, environment, arguments)
    print(f"{arguments.kills} kills, {time.monotonic() - started:,.0f} s")
    for line in differences or ["every document is correct, and the ledger counts each row"]:
        print(line)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
