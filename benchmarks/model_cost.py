"""Measure a model: folder size, memory, products enriched per second, milliseconds per query.

``python benchmarks/model_cost.py MODEL FEED JUDGMENTS.tsv`` needs no cluster. Each round measures
twice: with matrix products in bfloat16 and in single precision. Timings vary between runs; compare
the ratios. ``--language-model SOURCE`` also measures the answers of both experts, in processor
time.
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
from gram_es.language_model.load import load_language_model
from gram_es.language_model.query_codes import TwoExperts
from gram_es.model.encoding import precision
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.text.normalise import normalise
from ingest.feeds import read_products

ROUNDS = 3
WARM_UP = 20


@contextmanager
def matmul_precision(kind: str) -> Iterator[None]:
    """Multiply matrices in bfloat16, if the processor supports it, or in single precision.

    This applies within the context. ``kind`` is ``bfloat16`` or ``single``.
    """
    with patch.object(precision, "has_bfloat16", lambda: kind == "bfloat16"):
        yield


def per_second(gram: Gram, products: list[Product]) -> float:
    """Return how many products the model enriches per second."""
    started = time.perf_counter()
    gram.enrich(products)
    return len(products) / (time.perf_counter() - started)


def milliseconds(gram: Gram, queries: list[str]) -> list[float]:
    """Return how many milliseconds the model takes for each query, one query at a time."""
    durations = []
    for query in queries:
        started = time.perf_counter()
        gram.understand([gram.speller.spell(normalise(query))])
        durations.append((time.perf_counter() - started) * 1_000)
    return durations


def report_experts(gram: Gram, source: str, queries: list[str], *, count: int) -> None:
    """Print what a language model's tokens cost, and the answers that it gives with ``gram``.

    :param count: how many queries it answers, of those in which it has a say.
    """
    spellings = [gram.speller.spell(normalise(query)) for query in queries]
    spellings = list(filter(gram.heeds_language_model, spellings))[:count]
    if not spellings:
        raise SystemExit("the judgments have no query with a word that the catalogue lacks")
    started = time.process_time()
    language_model = load_language_model(source, fast=True)
    loaded = time.process_time()
    tokens = sum(
        prompt.length for prompt in language_model.prompts([each.corrected for each in spellings])
    )
    print(
        f"{language_model.name} is loaded after {loaded - started:.1f} s; "
        f"{tokens / (time.process_time() - loaded):.0f} tokens/s"
    )
    experts = TwoExperts.of(gram, language_model)
    for turn in ("first", "again"):
        started = time.process_time()
        experts.understand(spellings)
        seconds = (time.process_time() - started) / len(spellings)
        print(f"{1 / seconds:.2f} queries/s by both experts, {seconds:.2f} s each: {turn}")


def peak_mb() -> float:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def sample_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser for these arguments: a model, a feed, judgments and sample sizes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("model", type=Path)
    parser.add_argument("feed", type=Path)
    parser.add_argument("judgments", type=Path)
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--queries", type=int, default=300)
    return parser


def load_sample(arguments: argparse.Namespace) -> tuple[list[Product], list[str]]:
    """Return evenly spaced products of the feed, and the first judged queries."""
    all_products, _ = read_products(arguments.feed)
    step = max(1, len(all_products) // arguments.products)
    products = all_products[::step][: arguments.products]
    queries = dict.fromkeys(judgment.query for judgment in read_judgments(arguments.judgments))
    return products, list(queries)[: arguments.queries]


def main() -> None:
    """Measure the model and print the figures."""
    parser = sample_parser(__doc__)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--language-model", help="a hub id, a folder or a GGUF file")
    parser.add_argument("--asked", type=int, default=20, help="queries for both experts")
    arguments = parser.parse_args()
    products, queries = load_sample(arguments)
    before_mb = peak_mb()
    started = time.perf_counter()
    gram = Gram.load(arguments.model, threads=arguments.threads)
    milliseconds(gram, queries[:WARM_UP])
    size = sum(path.stat().st_size for path in arguments.model.iterdir()) / 1e6
    print(f"folder {size:.0f} MB, ready after {time.perf_counter() - started:.1f} s")
    print(f"peak memory {peak_mb():.0f} MB, {before_mb:.0f} MB of it before loading the model")
    kinds = ["bfloat16", "single"] if precision.has_bfloat16() else ["single"]
    speeds: dict[str, list[float]] = {kind: [] for kind in kinds}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(arguments.rounds):
        for kind in kinds:
            with matmul_precision(kind):
                speeds[kind].append(per_second(gram, products))
                times[kind] += milliseconds(gram, queries)
    for kind in kinds:
        p50, p95, p99 = np.percentile(times[kind], [50, 95, 99])
        print(
            f"{kind:<9} {np.median(speeds[kind]):6.0f} products/s"
            f"   a query's codes p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms"
        )
    if arguments.language_model:
        report_experts(gram, arguments.language_model, queries, count=arguments.asked)
    print(f"peak memory at the end {peak_mb():.0f} MB")


if __name__ == "__main__":
    main()
