"""Estimate the duration of a training run from the times of a few steps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gram_es.errors import TrainingError
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.encoding.text_encoder import TextEncoder
from gram_es.text.product import model_text
from gram_es.training.plan import Plan
from gram_es.training.stage_loop import Stage, take_step
from gram_es.training.stages.scorer import QUERIES, ScorerStage

_MIN_STEP_SHARE = 0.05  # of the planned steps; fewer steps teach the model nothing
_STEPS = 2
_TEXTS = 256
# Computing the codes of the products, as a share of encoding them; and searching a held-out query,
# with and without rerank. Measured on 54,667 titles with 20,000 codes.
_CODING_SHARE = 0.15
_SECONDS_PER_SEARCH = 0.06


@dataclass(frozen=True, slots=True)
class TimeEstimate:
    """The expected duration of a training run.

    ``steps`` and ``seconds_per_step`` have an entry for each stage. ``overhead`` is the number of
    seconds that the run spends outside the steps.
    """

    steps: dict[str, int]
    seconds_per_step: dict[str, float]
    overhead: float

    @property
    def total(self) -> float:
        """Return how many seconds the whole training run takes."""
        return self.overhead + sum(n * self.seconds_per_step[s] for s, n in self.steps.items())

    def with_steps(self, stages: Sequence[Stage]) -> TimeEstimate:
        """Return the estimate for other numbers of steps, those of ``stages``."""
        steps = {stage.name: stage.steps for stage in stages}
        return TimeEstimate(steps, self.seconds_per_step, self.overhead)

    def __str__(self) -> str:
        parts = [
            f"{stage} {_format_duration(steps * self.seconds_per_step[stage])}"
            for stage, steps in self.steps.items()
        ]
        rest = f"the rest {_format_duration(self.overhead)}"
        return f"about {_format_duration(self.total)} ({', '.join([*parts, rest])})"


def _format_duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def estimate_training_time(
    scorer: ScorerStage, *, labels: Sequence[str], held_out: int
) -> TimeEstimate:
    """Time some steps of each half and return the estimate; leave the weights as they are.

    :param labels: the labels of the codes, which are encoded after the training.
    :param held_out: how many held-out queries the trained and the pretrained encoder are compared
        on; 0 if they are not compared.
    """
    halves = scorer.halves()
    seconds = {half.name: _seconds_per_step(half) for half in halves}
    products, encoder = scorer.sampler.products, scorer.encoder
    texts = [model_text(product) for product in products[:: max(1, len(products) // _TEXTS)]]
    encoding = len(products) * _seconds_per_text(encoder, texts, PRODUCT_PROMPT)
    some_labels = labels[:: max(1, len(labels) // _TEXTS)]
    overhead = encoding + len(labels) * _seconds_per_text(encoder, some_labels, QUERY_PROMPT)
    if held_out and halves:
        overhead *= 2  # also by the pretrained encoder
    if held_out:
        encoders = 2 if halves else 1
        overhead += encoders * (_CODING_SHARE * encoding + _SECONDS_PER_SEARCH * held_out)
    if scorer.plan.hard_steps:
        overhead += encoding + _seconds_of_hard_negatives(scorer)
    return TimeEstimate({half.name: half.steps for half in halves}, seconds, overhead)


def _seconds_of_hard_negatives(scorer: ScorerStage) -> float:
    """Return how many seconds finding the hard negatives takes after encoding the products."""
    if not (judged := scorer.judged) or not scorer.plan.hard:
        return 0.0
    rows = judged[:: max(1, len(judged) // QUERIES)][:QUERIES]
    vectors = torch.zeros(len(scorer.sampler.products), scorer.encoder.dimensions)
    started = time.monotonic()
    scorer.near_products(rows, vectors)
    return (time.monotonic() - started) / len(rows) * len(judged)


def shorten_plan(plan: Plan, expected: TimeEstimate, budget_s: float) -> Plan:
    """Return the plan with all steps reduced by the same factor to fit into ``budget_s``.

    :raises TrainingError: if less than ``_MIN_STEP_SHARE`` of the steps would be left.
    """
    share = (budget_s - expected.overhead) / max(expected.total - expected.overhead, 1e-9)
    if share < _MIN_STEP_SHARE:
        least = expected.overhead + _MIN_STEP_SHARE * (expected.total - expected.overhead)
        raise TrainingError(
            f"the budget leaves {max(budget_s, 0):.0f} s, but training on this catalogue takes at "
            f"least {least:.0f} s: raise the budget"
        )
    return plan.scaled(share)


def _seconds_per_step(stage: Stage) -> float:
    """Return the mean seconds per step, measured with learning rate 0, which changes no weights."""
    optimiser = stage.optimiser()
    for group in optimiser.param_groups:
        group["lr"] = 0.0
    durations = []
    for step in range(_STEPS + 1):
        started = time.monotonic()
        take_step(stage, optimiser, np.random.default_rng([0, step]))
        durations.append(time.monotonic() - started)
    optimiser.zero_grad()
    return float(np.mean(durations[1:]))  # the first step is slower than the others


def _seconds_per_text(encoder: TextEncoder, texts: Sequence[str], prompt: str) -> float:
    """Return the mean seconds that encoding one of ``texts`` takes."""
    started = time.monotonic()
    encoder.encode(texts, prompt)
    return (time.monotonic() - started) / max(len(texts), 1)
