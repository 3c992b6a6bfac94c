"""How long the steps of the scorer stage take, and the search for hard negatives before them."""

from __future__ import annotations

import time

import numpy as np
import torch

from gram_es.training.stage_loop import Stage, take_step
from gram_es.training.stages.scorer import QUERIES, ScorerStage

_STEPS = 2


def hard_negatives_seconds(scorer: ScorerStage) -> float:
    """Return how many seconds finding the hard negatives takes after encoding the products."""
    if not (judged := scorer.judged) or not scorer.plan.hard:
        return 0.0
    rows = judged[:: max(1, len(judged) // QUERIES)][:QUERIES]
    vectors = torch.zeros(len(scorer.sampler.products), scorer.encoder.dimensions)
    started = time.monotonic()
    scorer.near_products(rows, vectors)
    return (time.monotonic() - started) / len(rows) * len(judged)


def step_seconds(stage: Stage) -> float:
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
