"""Latency of ``GET /search`` beside a plain ``match`` on the same node, query by query in turn.

``python benchmarks/search_latency.py http://127.0.0.1:8080/ JUDGMENTS.tsv`` asks every distinct
query of a judgments file once, uncached, one at a time. The node and the index are those that the
environment names, as for every command. Machines are noisy: read the ratio.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import requests

from gram_es.evaluation.judgments import read_judgments
from gram_es.index.client import connect
from gram_es.settings import settings

WARM_UP = 20


def time_ms(call: Callable[[], object]) -> float:
    """Return the milliseconds of one call."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1_000


def queries_of(judgments: Path) -> list[str]:
    """Return every query of a judgments file once."""
    return list(dict.fromkeys(judgment.query for judgment in read_judgments(judgments)))


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("judgments", type=Path)
    parser.add_argument("--size", type=int, default=10)
    asked = parser.parse_args()
    queries = queries_of(asked.judgments)
    current = settings()
    took: dict[str, list[float]] = {"GET /search": [], "match": []}
    stages: dict[str, list[float]] = {}
    modes: dict[str, int] = {}
    with connect(current) as client, requests.Session() as session:
        session.trust_env = False

        def search(query: str) -> None:
            answer = session.get(
                f"{asked.address}search", params={"q": query, "size": asked.size}, timeout=30
            )
            answer.raise_for_status()
            found = answer.json()
            modes[found["mode"]] = modes.get(found["mode"], 0) + 1
            for stage, spent in found["took_ms"].items():
                stages.setdefault(stage, []).append(spent)

        def match(query: str) -> None:
            client.search(
                index=current.index,
                query={"match": {"text": query}},
                size=asked.size,
                source_excludes=["gram"],
                aggs={"brand": {"terms": {"field": "brand"}}},
            )

        for number, query in enumerate(queries):
            for name, call in (("GET /search", search), ("match", match)):
                spent = time_ms(lambda call=call, query=query: call(query))
                if number >= WARM_UP:
                    took[name].append(spent)
    print(f"{len(took['match'])} queries, one at a time; modes {modes}")
    for name, values in {
        **took,
        **{f"  {stage}": spent for stage, spent in stages.items()},
    }.items():
        p50, p95, p99 = np.percentile(values, [50, 95, 99])
        print(f"{name:<18} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   p99 {p99:7.1f} ms")
    ratio = np.median(np.array(took["GET /search"]) / np.array(took["match"]))
    print(f"GET /search takes {ratio:.1f} times a plain match with one facet (median of pairs)")


if __name__ == "__main__":
    main()
