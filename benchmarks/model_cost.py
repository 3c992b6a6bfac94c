"""What a model costs: its folder, memory, products enriched a second, milliseconds a query.

``python benchmarks/model_cost.py MODEL FEED JUDGMENTS.tsv`` needs no cluster. Each round measures
with bfloat16 products and without, in turn: machines are noisy, read the ratio.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np

from gram_es.evaluation.judgments import read_judgments
from gram_es.model import precision
from gram_es.model.gram import Gram
from gram_es.records import Product
from ingest.feeds import read_products

ROUNDS = 3
WARM_UP = 20


@contextmanager
def products_in(kind: str) -> Iterator[None]:
    """Multiply matrices in bfloat16 (if the processor can) or in single precision."""
    with patch.object(precision, "has_bfloat16", lambda: kind == "bfloat16"):
        yield


def per_second(gram: Gram, products: list[Product]) -> float:
    """Return how many products are enriched a second."""
    began = time.perf_counter()
    gram.enrich(products)
    return len(products) / (time.perf_counter() - began)


def milliseconds(gram: Gram, queries: list[str]) -> list[float]:
    """Return the time of each query's codes, one query at a time."""
    took = []
    for query in queries:
        began = time.perf_counter()
        gram.understand([query])
        took.append((time.perf_counter() - began) * 1_000)
    return took


def resident_mb() -> float:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def model_and_sample(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of the arguments that name a model and what to sample for it."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("model", type=Path)
    parser.add_argument("feed", type=Path)
    parser.add_argument("judgments", type=Path)
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--queries", type=int, default=300)
    return parser


def sampled(asked: argparse.Namespace) -> tuple[list[Product], list[str]]:
    """Return products from all over the feed, and the first judged queries."""
    every, _ = read_products(asked.feed)
    products = every[:: max(1, len(every) // asked.products)][: asked.products]
    queries = dict.fromkeys(judgment.query for judgment in read_judgments(asked.judgments))
    return products, list(queries)[: asked.queries]


def main() -> None:
    """Measure and print a table."""
    parser = model_and_sample(__doc__)
    parser.add_argument("--threads", type=int, default=0)
    asked = parser.parse_args()
    products, queries = sampled(asked)
    before = resident_mb()
    began = time.perf_counter()
    gram = Gram.load(asked.model, threads=asked.threads)
    milliseconds(gram, queries[:WARM_UP])
    size = sum(path.stat().st_size for path in asked.model.iterdir()) / 1e6
    print(f"folder {size:.0f} MB, ready after {time.perf_counter() - began:.1f} s")
    print(f"resident {resident_mb():.0f} MB, {before:.0f} MB of it before the model")
    kinds = ["bfloat16", "single"] if precision.has_bfloat16() else ["single"]
    speeds: dict[str, list[float]] = {kind: [] for kind in kinds}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in kinds:
            with products_in(kind):
                speeds[kind].append(per_second(gram, products))
                times[kind] += milliseconds(gram, queries)
    for kind in kinds:
        p50, p95, p99 = np.percentile(times[kind], [50, 95, 99])
        print(
            f"{kind:<9} {np.median(speeds[kind]):6.0f} products/s"
            f"   a query's codes p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms"
        )
    print(f"resident at the end {resident_mb():.0f} MB")


if __name__ == "__main__":
    main()
