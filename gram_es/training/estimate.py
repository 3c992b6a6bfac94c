"""Estimate the duration of a training run from the times of a few steps of each stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from gram_es.training.stage_loop import Stage, take_step
from gram_es.training.trainer import CachedVectors, Trainer

_STEPS = 2
_TEXTS = 256
_GENERATION_FACTOR = 3.0  # generating a text's codes takes this many times as long as encoding it


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


def estimate_training_time(trainer: Trainer) -> TimeEstimate:
    """Time some steps of each stage and return the estimate; leave the weights as they are."""
    stages = trainer.stages()
    with _random_inputs(trainer):
        seconds = {stage.name: _seconds_per_step(stage) for stage in stages}
    sampler, plan = trainer.sampler, trainer.plan
    products = len(sampler.product_ids)
    encoding = _seconds_per_text(products, trainer.encode_products)
    searched = min(plan.searched_products, products)
    generated = searched
    if plan.preference_steps:
        generated += searched + min(plan.preference_queries, len(sampler.examples))
    passes = 1 if plan.encoder_learns == "never" else 2
    overhead = encoding * (passes * products + _GENERATION_FACTOR * generated)
    if plan.decoder_learns_alone:
        queries = 2 * len(sampler.examples) + len(sampler.label_ids)
        overhead += queries * _seconds_per_text(len(sampler.examples), trainer.encode_queries)
    return TimeEstimate({stage.name: stage.steps for stage in stages}, seconds, overhead)


@contextmanager
def _random_inputs(trainer: Trainer) -> Iterator[None]:
    """Give the trainer random values for the tensors that normally prepare its stages.

    Within the context, steps can be timed although no stage is prepared.
    """
    cached, prepared = trainer.cached, trainer.prepared
    sampler, width, rng = trainer.sampler, trainer.head.weight.shape[1], torch.Generator()
    examples, products = len(sampler.examples), len(sampler.product_ids)
    trainer.prepared = {
        "preferences": torch.zeros(trainer.plan.joint_batch, 3, dtype=torch.int64),
        "hard": torch.randint(products, (examples, trainer.plan.hard), generator=rng),
    }
    if trainer.plan.decoder_learns_alone:
        queries, labels, product_vectors = (
            F.normalize(torch.randn(size, width, generator=rng), dim=1)
            for size in (examples, len(sampler.label_ids), products)
        )
        trainer.cached = CachedVectors(queries, queries, labels, product_vectors)
    try:
        yield
    finally:
        trainer.cached, trainer.prepared = cached, prepared


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


def _seconds_per_text(texts: int, encode: Callable[[Sequence[int]], object]) -> float:
    """Return the mean seconds that encoding a text takes, measured on a sample of the texts.

    :param texts: how many texts there are.
    :param encode: a function that encodes the texts with the given numbers.
    """
    sample = range(0, texts, max(1, texts // _TEXTS))
    started = time.monotonic()
    encode(sample)
    return (time.monotonic() - started) / len(sample)
