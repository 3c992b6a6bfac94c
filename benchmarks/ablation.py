"""Measure what each training stage and each size contributes: train models with one change each.

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
import torch
from elasticsearch import Elasticsearch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gram_es.cluster.client import connect
from gram_es.codes.beam_search import Beams
from gram_es.evaluation.judgments import read_judgments
from gram_es.evaluation.measures import Grading
from gram_es.evaluation.report import SystemRow
from gram_es.evaluation.runner import evaluate
from gram_es.model import gram as gram_module
from gram_es.model.folder import load_model_folder
from gram_es.model.gram import Gram, LiveCodes
from gram_es.records import Judgment, Product
from gram_es.settings import current_settings
from gram_es.training.plan import Family, Plan
from gram_es.training.stages.co_alignment import CodeHead
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

    ``plan`` are the changed fields of the training plan, ``constants`` the changed constants of the
    module ``gram_es.model.gram``. With ``uses_head``, codes come from the code head, the linear
    layer that the decoder learns from.
    """

    name: str
    plan: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[str, int] = field(default_factory=dict)
    uses_head: bool = False


HEAD = ".head.safetensors"
NO_SCORER = {"scorer_steps": 0}
NO_ALIGNMENT = {"alignment_steps": 0}
NO_PREFERENCE = {"preference_steps": 0}
VARIANTS = (
    Variant("all stages"),
    Variant("joint only", NO_SCORER | NO_ALIGNMENT | NO_PREFERENCE),
    Variant("joint, co-alignment", NO_SCORER | NO_PREFERENCE),
    Variant("joint, co-alignment, preference", NO_SCORER),
    Variant("without co-alignment", NO_ALIGNMENT),
    Variant("without preference", NO_PREFERENCE),
    Variant("pretrained encoder, not trained", NO_SCORER | {"encoder_learns": "never"}),
    Variant("codes of the head, no decoder", uses_head=True),
    Variant("1,000 codes", {"max_codes": 1_000}),
    Variant("2,000 codes", {"max_codes": 2_000}),
    Variant("5 codes per product", constants={"MAX_PRODUCT_CODES": 5}),
    Variant("5 codes per query", constants={"MAX_QUERY_CODES": 5}),
    Variant("10 codes per query", constants={"MAX_QUERY_CODES": 10}),
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


class HeadGram(Gram):
    """A model whose codes come from the code head, the layer that its decoder learnt from."""

    def __init__(self, folder: Path) -> None:
        """Load the model in ``folder`` and its code head; ``train_model`` has written both."""
        super().__init__(load_model_folder(folder))
        weights = load_file(folder.with_suffix(HEAD))
        self._head = CodeHead(*weights["weight"].shape)
        self._head.load_state_dict(weights)

    @torch.inference_mode()
    def _generate(self, encoded: Tensor, *, beams: int, live: LiveCodes | None = None) -> Beams:
        log_probs = self._head(encoded)
        if live is not None:
            is_allowed = live.allowed_edges[self.trie.edges_on_path[:, -1]]
            log_probs = log_probs.masked_fill(~is_allowed, -torch.inf)
        best = log_probs.topk(min(beams, log_probs.shape[1]), dim=1)
        return Beams(best.indices.masked_fill(best.values.isneginf(), -1), best.values)


@contextmanager
def patched_constants(constants: Mapping[str, int]) -> Iterator[None]:
    """Replace constants of the module ``gram_es.model.gram`` within the context."""
    with patch.multiple(gram_module, **constants) if constants else nullcontext():
        yield


def train_model(data: Data, plan: Plan, family: Family, seed: int, folder: Path) -> Path:
    """Train a model, save the model and its code head, and return ``folder``."""
    trained = train(data.products, data.training, family=family, plan=plan, seed=seed)
    trained.save(folder)
    save_file(trained.head.state_dict(), folder.with_suffix(HEAD))
    return folder


def measure_model(client: Elasticsearch, data: Data, gram: Gram) -> dict[str, SystemRow]:
    """Evaluate a model and return the rows of the report by the name of the system."""
    report = evaluate(client, gram, data.products, data.judgments, grading=data.grading)
    return {row.system: row for row in report.rows}


def is_distinct(variant: Variant, plan: Plan, default_plan: Plan, family: Family) -> bool:
    """Return whether a variant gives a model of its own in this family.

    A variant does not if its changes leave the plan at the default, or if it would use the
    untrained encoder of ``tiny``.
    """
    if plan.encoder_learns == "never" and family == "tiny":
        return False
    return plan != default_plan or not variant.plan


def main() -> None:
    """Train and measure the variants, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("judgments", type=Path, help="judgments to measure with")
    parser.add_argument("--training", type=Path, help="judgments to train on")
    parser.add_argument("--family", choices=["tiny", "base"], default="tiny")
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
    default_plan = Plan.of(arguments.family, products=len(products), judged=judged)
    columns = [f"{system} {measure}" for system, measure in SHOWN]
    print("| variant | " + " | ".join(columns) + " | range |")
    print("|---" * (len(columns) + 2) + "|")
    models: dict[tuple[Plan, int], Path] = {}
    with connect(current_settings()) as client, tempfile.TemporaryDirectory() as work:
        for variant in VARIANTS:
            plan = replace(default_plan, **variant.plan)
            if arguments.only not in variant.name:
                continue
            if not is_distinct(variant, plan, default_plan, arguments.family):
                continue
            results = []
            for seed in range(arguments.seeds):
                if (plan, seed) not in models:
                    folder = Path(work) / str(len(models))
                    models[plan, seed] = train_model(data, plan, arguments.family, seed, folder)
                folder = models[plan, seed]
                with patched_constants(variant.constants):
                    gram = HeadGram(folder) if variant.uses_head else Gram.load(folder)
                    results.append(measure_model(client, data, gram))
            figures = np.array([[rows[s].measures[m] for s, m in SHOWN] for rows in results])
            means = " | ".join(f"{value:.3f}" for value in figures.mean(0))
            print(f"| {variant.name} | {means} | {np.ptp(figures[:, -1]):.3f} |", flush=True)


if __name__ == "__main__":
    main()
