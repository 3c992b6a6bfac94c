"""What each stage and each size is worth: models trained with one thing changed, measured alike.

``python benchmarks/ablation.py FEED JUDGMENTS.tsv --seeds 2`` trains a model a variant and seed and
sends the real search path on the node that the environment names. It prints a table in Markdown:
means over the seeds, and the spread of nDCG@10 between them.
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
from gram_es.evaluation.report import Row
from gram_es.evaluation.runner import evaluate
from gram_es.model import folder as model_folder
from gram_es.model import gram as gram_module
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
    """One thing changed: fields of the plan, constants of the model, or who names the codes."""

    name: str
    plan: Mapping[str, Any] = field(default_factory=dict)
    runtime: Mapping[str, int] = field(default_factory=dict)
    head: bool = False


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
    Variant("the encoder as pretrained", NO_SCORER | {"encoder_learns": "never"}),
    Variant("the head's codes, no decoder", head=True),
    Variant("1,000 codes", {"max_codes": 1_000}),
    Variant("2,000 codes", {"max_codes": 2_000}),
    Variant("5 codes a product", runtime={"PRODUCT_CODES": 5}),
    Variant("5 codes a query", runtime={"QUERY_CODES": 5}),
    Variant("10 codes a query", runtime={"QUERY_CODES": 10}),
)


@dataclass(frozen=True)
class Data:
    """What to train on and what to measure by."""

    products: Sequence[Product]
    training: Sequence[Judgment]
    judgments: Sequence[Judgment]
    grading: Grading


class HeadGram(Gram):
    """A model whose codes come from the linear head that taught its decoder: the yardstick."""

    def __init__(self, folder: Path) -> None:
        super().__init__(model_folder.load(folder))
        weights = load_file(folder.with_suffix(HEAD))
        self._head = CodeHead(*weights["weight"].shape)
        self._head.load_state_dict(weights)

    @torch.inference_mode()
    def _generate(self, encoded: Tensor, *, beams: int, live: LiveCodes | None = None) -> Beams:
        log_probs = self._head(encoded)
        if live is not None:
            alive = live.edges[self.trie.edges_on_path[:, -1]]
            log_probs = log_probs.masked_fill(~alive, -torch.inf)
        best = log_probs.topk(min(beams, log_probs.shape[1]), dim=1)
        return Beams(best.indices.masked_fill(best.values.isneginf(), -1), best.values)


@contextmanager
def changed(constants: Mapping[str, int]) -> Iterator[None]:
    """Give the runtime other constants."""
    with patch.multiple(gram_module, **constants) if constants else nullcontext():
        yield


def trained(data: Data, plan: Plan, family: Family, seed: int, folder: Path) -> Path:
    """Train and save a model; return its folder."""
    made = train(data.products, data.training, family=family, plan=plan, seed=seed)
    made.save(folder)
    save_file(made.head.state_dict(), folder.with_suffix(HEAD))
    return folder


def measured(client: Elasticsearch, data: Data, gram: Gram) -> dict[str, Row]:
    """Return the rows of an evaluation by system."""
    report = evaluate(client, gram, data.products, data.judgments, grading=data.grading)
    return {row.system: row for row in report.rows}


def tells(variant: Variant, plan: Plan, whole: Plan, family: Family) -> bool:
    """Tell whether a variant changes anything in this family."""
    if plan.encoder_learns == "never" and family == "tiny":
        return False
    return plan != whole or not variant.plan


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("judgments", type=Path, help="to measure by")
    parser.add_argument("--training", type=Path, help="judgments to train on")
    parser.add_argument("--family", choices=["tiny", "base"], default="tiny")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="", help="variants whose name holds this")
    parser.add_argument("--relevant", type=float, default=2.0)
    parser.add_argument("--offset", type=float, default=0.0)
    asked = parser.parse_args()
    products, _ = read_products(asked.feed)
    training = read_judgments(asked.training) if asked.training else []
    grading = Grading(relevant=asked.relevant, offset=asked.offset)
    data = Data(products, training, read_judgments(asked.judgments), grading)
    known = {product.id for product in products}
    judged = len({judgment.query for judgment in training if judgment.product_id in known})
    whole = Plan.of(asked.family, products=len(products), judged=judged)
    columns = [f"{system} {measure}" for system, measure in SHOWN]
    print("| variant | " + " | ".join(columns) + " | spread |")
    print("|---" * (len(columns) + 2) + "|")
    models: dict[tuple[Plan, int], Path] = {}
    with connect(current_settings()) as client, tempfile.TemporaryDirectory() as work:
        for variant in VARIANTS:
            plan = replace(whole, **variant.plan)
            if asked.only not in variant.name or not tells(variant, plan, whole, asked.family):
                continue
            found = []
            for seed in range(asked.seeds):
                if (plan, seed) not in models:
                    folder = Path(work) / str(len(models))
                    models[plan, seed] = trained(data, plan, asked.family, seed, folder)
                folder = models[plan, seed]
                with changed(variant.runtime):
                    gram = HeadGram(folder) if variant.head else Gram.load(folder)
                    found.append(measured(client, data, gram))
            figures = np.array([[rows[s].measures[m] for s, m in SHOWN] for rows in found])
            shown = " | ".join(f"{value:.3f}" for value in figures.mean(0))
            print(f"| {variant.name} | {shown} | {np.ptp(figures[:, -1]):.3f} |", flush=True)


if __name__ == "__main__":
    main()
