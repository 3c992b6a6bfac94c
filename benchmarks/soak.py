"""Kills ``gram-es ingest`` and its workers at random moments, and tells whether anything is lost.

``python benchmarks/soak.py FEED --model DIR`` ingests a feed into an index of its own. Twenty times
in a row, spread at random over the feed, the command or a worker is killed with SIGKILL and started
anew. At the end it compares what the index and the ledger hold with the feed, prints the figures,
and exits with 1 if they differ. The cluster and the broker are those that the environment names, as
for every command.
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
from ingest.runs.report import Report
from ingest.runs.run_store import Runs

POLL_S = 0.2
MOST_DELAY_S = 2.0
END_S = 4 * 3600.0


@dataclass
class Crew:
    """The processes of a run, by name; each is started anew by the words that it began with."""

    environment: dict[str, str]
    log: IO[bytes]
    commands: dict[str, list[str]]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a process, or start it anew."""
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


def documents(client: Elasticsearch, index: str) -> int:
    """Return how many documents the index holds now."""
    client.indices.refresh(index=index)
    return int(client.count(index=index)["count"])


def disturb(
    crew: Crew, client: Elasticsearch, index: str, moments: list[int], chance: random.Random
) -> None:
    """Kill a random process and start it anew, each time that so many documents are there."""
    for number, moment in enumerate(moments, 1):
        while (there := documents(client, index)) < moment:
            time.sleep(POLL_S)
        time.sleep(chance.uniform(0, MOST_DELAY_S))
        name = chance.choice(list(crew.commands))
        crew.kill(name)
        print(f"kill {number:>2}: {name}, at {there:,} documents", flush=True)
        crew.start(name)


def read_feed(path: Path) -> tuple[int, dict[str, str]]:
    """Return how many rows a feed has, and the hash of each product's last row by its id."""
    rows = list(open_feed(path))
    products = [row.product for row in rows if isinstance(row, Row)]
    return len(rows), {product.id: row_hash(product) for product in products}


def read_index(client: Elasticsearch, index: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield id and source of each document."""
    for page in scan(client, write_alias(index), EVERYTHING, page_size=1_000):
        yield from ((hit["_id"], hit["_source"]) for hit in page)


def wrong_documents(
    expected: Mapping[str, str], held: Mapping[str, Mapping[str, Any]], slot: str
) -> Iterator[str]:
    """Yield a line for each way in which documents differ from the feed."""
    for name, ids in (
        ("are missing", [i for i in expected if i not in held]),
        ("are not in the feed", [i for i in held if i not in expected]),
        ("hold another row", [i for i in held if held[i].get("row_hash") != expected.get(i)]),
        (
            "lack the model's codes",
            [i for i in held if "input" not in held[i]["gram"].get(slot, {})],
        ),
    ):
        if ids:
            yield f"{len(ids)} documents {name}: {', '.join(ids[:5])}"


def wrong_counts(rows: int, report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line if the ledger does not account for each row of the feed."""
    if (report["state"], report["rows"], report["failed"]) != ("done", rows, 0):
        yield f"the feed has {rows:,} rows, but the ledger tells {json.dumps(report)}"


def soak(settings: Settings, environment: dict[str, str], asked: argparse.Namespace) -> list[str]:
    """Ingest the feed under fire and return what is wrong at the end."""
    manifest = read_manifest(asked.model)
    slot, index, chance = manifest.slot, settings.index, random.Random(asked.seed)  # noqa: S311
    rows, expected = read_feed(asked.feed)
    moments = sorted(chance.randrange(len(expected) * 19 // 20) for _ in range(asked.kills))
    worker = ["worker", "--model", str(asked.model)]
    commands = {f"worker {number}": worker for number in range(1, asked.workers + 1)}
    commands["ingest"] = ["ingest", str(asked.feed), "--wait", "--json"]
    with connect(settings) as client, asked.log.open("ab") as log:
        fingerprint, family = manifest.fingerprint, manifest.family
        install(client, settings, slot=slot, fingerprint=fingerprint, family=family)
        crew = Crew(environment, log, commands)
        for name in commands:
            crew.start(name)
        try:
            disturb(crew, client, index, moments, chance)
            code = crew.running["ingest"].wait(timeout=END_S)
        finally:
            for name in commands:
                crew.kill(name)
        runs = Runs(client, index)
        (report, *others) = (Report.of(runs, run).to_json() for run in runs.last(100))
        held = dict(read_index(client, index))
        print(json.dumps(report))
        print(f"exit code {code}, {len(held):,} documents, {len(others)} other runs")
        if not asked.keep:
            client.indices.delete(index=",".join(client.indices.get(index=index).body))
    return [*wrong_documents(expected, held, slot), *wrong_counts(rows, report)]


def main() -> int:
    """Run it, print what is wrong, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lease", default="5", help="seconds, GRAM_ES_LEASE of the processes")
    parser.add_argument("--keep", action="store_true", help="leave the index where it is")
    parser.add_argument("--log", type=Path, default=Path("soak.log"), help="of the processes")
    asked = parser.parse_args()
    settings = current_settings().model_copy(update={"index": f"soak-{int(time.time())}"})
    url = settings.elasticsearch_url or str(LocalNode.of(settings).status().url)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gram-es-soak-") as cache:
        environment = {
            **os.environ,
            "ELASTICSEARCH_URL": url,
            "GRAM_ES_CACHE_DIR": cache,  # a folder broker of its own
            "GRAM_ES_INDEX": settings.index,
            "GRAM_ES_LEASE": asked.lease,
        }
        wrong = soak(settings, environment, asked)
    print(f"{asked.kills} kills, {time.monotonic() - began:,.0f} s")
    for line in wrong or ["every document is right, and the ledger adds up"]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
