"""Measure what training and each size contributes: train models with one change each.

``python benchmarks/ablation.py FEED JUDGMENTS.tsv --seeds 2`` trains a model for each variant and
seed. It measures each model with real searches, on the cluster that the environment variables name,
and prints a Markdown table: the mean of each measure over the seeds, and the difference between the
highest and the lowest nDCG@10.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from elasticsearch import Elasticsearch

from gram_es.cluster.client import connect
from gram_es.evaluation.judgments import read_judgments
from gram_es.evaluation.measures import Grading
from gram_es.evaluation.report import SystemRow
from gram_es.evaluation.runner import evaluate
from gram_es.model import product_codes, query_codes
from gram_es.model.gram import Gram
from gram_es.records import Judgment, Product
from gram_es.settings import current_settings
from gram_es.training.plan import Plan
from gram_es.training.train import train
from ingest.feeds import read_products

SHOWN = (
    ("codes", "R@100"),
    ("codes", "R@500"),
    ("codes+text", "R@500"),
    ("codes+text", "nDCG@10"),
    ("codes+text+rerank", "R@10"),
    ("codes+text+rerank", "R@100"),
    ("codes+text+rerank", "nDCG@10"),
)


@dataclass(frozen=True)
class Variant:
    """One change to the default model.

    ``plan`` are the changed fields of the training plan. ``product_constants`` and
    ``query_constants`` are the changed constants of the modules ``gram_es.model.product_codes`` and
    ``gram_es.model.query_codes``.
    """

    name: str
    plan: Mapping[str, Any] = field(default_factory=dict)
    product_constants: Mapping[str, int] = field(default_factory=dict)
    query_constants: Mapping[str, int] = field(default_factory=dict)


VARIANTS = (
    Variant("as trained"),
    Variant("pretrained encoder, not trained", {"scorer_steps": 0, "hard_steps": 0}),
    Variant("without hard negatives", {"hard_steps": 0}),
    Variant("1,000 codes", {"max_codes": 1_000}),
    Variant("2,000 codes", {"max_codes": 2_000}),
    Variant("16,000 codes", {"max_codes": 16_000}),
    Variant("no inferred codes", product_constants={"MAX_INFERRED_CODES": 0}),
    Variant("5 codes per query", query_constants={"MAX_QUERY_CODES": 5}),
    Variant("10 codes per query", query_constants={"MAX_QUERY_CODES": 10}),
)


@dataclass(frozen=True)
class Data:
    """The data of all variants: products, judgments to train on, and judgments to measure with.

    ``grading`` says which grades of the judgments count as relevant.
    """

    products: Sequence[Product]
    training: Sequence[Judgment]
    judgments: Sequence[Judgment]
    grading: Grading


@contextmanager
def patched_constants(variant: Variant) -> Iterator[None]:
    """Replace the constants that a variant changes within the context."""
    products, queries = variant.product_constants, variant.query_constants
    with _patched(product_codes, products), _patched(query_codes, queries):
        yield


def _patched(module: object, constants: Mapping[str, int]) -> Any:
    return patch.multiple(module, **constants) if constants else nullcontext()


def train_model(data: Data, plan: Plan, seed: int, folder: Path) -> Path:
    """Train a model, save it, and return ``folder``."""
    train(data.products, data.training, plan=plan, seed=seed).save(folder)
    return folder


def measure_model(client: Elasticsearch, data: Data, gram: Gram) -> dict[str, SystemRow]:
    """Evaluate a model and return the rows of the report by the name of the system."""
    report = evaluate(client, gram, data.products, data.judgments, grading=data.grading)
    return {row.system: row for row in report.rows}


def main() -> None:
    """Train and measure the variants, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("judgments", type=Path, help="judgments to measure with")
    parser.add_argument("--training", type=Path, help="judgments to train on")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="", help="variants whose name contains this")
    parser.add_argument("--relevant", type=float, default=2.0)
    parser.add_argument("--offset", type=float, default=0.0)
    arguments = parser.parse_args()
    products, _ = read_products(arguments.feed)
    training = read_judgments(arguments.training) if arguments.training else []
    grading = Grading(relevant=arguments.relevant, offset=arguments.offset)
    data = Data(products, training, read_judgments(arguments.judgments), grading)
    product_ids = {product.id for product in products}
    judged = len({judgment.query for judgment in training if judgment.product_id in product_ids})
    default_plan = Plan.of(judged=judged)
    columns = [f"{system} {measure}" for system, measure in SHOWN]
    print("| variant | " + " | ".join(columns) + " | range |")
    print("|---" * (len(columns) + 2) + "|")
    models: dict[tuple[Plan, int], Path] = {}
    with connect(current_settings()) as client, tempfile.TemporaryDirectory() as work:
        for variant in VARIANTS:
            plan = replace(default_plan, **variant.plan)
            if arguments.only not in variant.name:
                continue
            if variant.plan and plan == default_plan:
                continue
            results = []
            for seed in range(arguments.seeds):
                if (plan, seed) not in models:
                    folder = Path(work) / str(len(models))
                    models[plan, seed] = train_model(data, plan, seed, folder)
                folder = models[plan, seed]
                with patched_constants(variant):
                    results.append(measure_model(client, data, Gram.load(folder)))
            figures = np.array([[rows[s].measures[m] for s, m in SHOWN] for rows in results])
            means = " | ".join(f"{value:.3f}" for value in figures.mean(0))
            print(f"| {variant.name} | {means} | {np.ptp(figures[:, -1]):.3f} |", flush=True)


if __name__ == "__main__":
    main()
