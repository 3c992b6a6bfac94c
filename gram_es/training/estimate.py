"""How long a training will take, measured on a few of its own steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from gram_es.training.stage_loop import Stage, take_step
from gram_es.training.trainer import Course, KeptVectors

_STEPS = 2
_TEXTS = 256
_GENERATING = 3.0  # generating a text's codes takes about so many times its encoding


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds by stage, and what comes before, between and after the stages."""

    steps: dict[str, int]
    seconds_a_step: dict[str, float]
    overhead: float

    @property
    def total(self) -> float:
        """Return the seconds of the whole training."""
        return self.overhead + sum(n * self.seconds_a_step[s] for s, n in self.steps.items())

    def of(self, stages: Sequence[Stage]) -> Estimate:
        """Return the estimate for other numbers of steps."""
        steps = {stage.name: stage.steps for stage in stages}
        return Estimate(steps, self.seconds_a_step, self.overhead)

    def __str__(self) -> str:
        parts = [f"{s} {_spoken(n * self.seconds_a_step[s])}" for s, n in self.steps.items()]
        others = f"the rest {_spoken(self.overhead)}"
        return f"about {_spoken(self.total)} ({', '.join([*parts, others])})"


def _spoken(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def estimate(course: Course) -> Estimate:
    """Measure some steps of each stage without learning from them."""
    stages = course.stages()
    with _rehearsed(course):
        seconds = {stage.name: _seconds_a_step(stage) for stage in stages}
    corpus, plan = course.corpus, course.plan
    products = len(corpus.product_ids)
    encoding = _seconds_a_text(products, course.encode_products)
    searched = min(plan.searched_products, products)
    measured = searched
    if plan.preference_steps:
        measured += searched + min(plan.preference_queries, len(corpus.examples))
    passes = 1 if plan.encoder_learns == "never" else 2
    overhead = encoding * (passes * products + _GENERATING * measured)
    if plan.decoder_learns_alone:
        queries = 2 * len(corpus.examples) + len(corpus.label_ids)
        overhead += queries * _seconds_a_text(len(corpus.examples), course.encode_queries)
    return Estimate({stage.name: stage.steps for stage in stages}, seconds, overhead)


@contextmanager
def _rehearsed(course: Course) -> Iterator[None]:
    """Give the stages what is prepared for them, drawn by chance, so that steps can be timed."""
    kept, found = course.kept, course.found
    corpus, width, chance = course.corpus, course.head.weight.shape[1], torch.Generator()
    examples, products = len(corpus.examples), len(corpus.product_ids)
    course.found = {
        "preferences": torch.zeros(course.plan.lesson, 3, dtype=torch.int64),
        "hard": torch.randint(products, (examples, course.plan.hard), generator=chance),
    }
    if course.plan.decoder_learns_alone:
        queries, labels, shown = (
            F.normalize(torch.randn(size, width, generator=chance), dim=1)
            for size in (examples, len(corpus.label_ids), products)
        )
        course.kept = KeptVectors(queries, queries, labels, shown)
    try:
        yield
    finally:
        course.kept, course.found = kept, found


def _seconds_a_step(stage: Stage) -> float:
    """Measure some steps at a learning rate of 0, which leaves the weights as they are."""
    optimiser = stage.optimiser()
    for group in optimiser.param_groups:
        group["lr"] = 0.0
    took = []
    for step in range(_STEPS + 1):
        began = time.monotonic()
        take_step(stage, optimiser, np.random.default_rng([0, step]))
        took.append(time.monotonic() - began)
    optimiser.zero_grad()
    return float(np.mean(took[1:]))


def _seconds_a_text(texts: int, encode: Callable[[Sequence[int]], object]) -> float:
    """Measure the encoding of some of so many texts."""
    sample = range(0, texts, max(1, texts // _TEXTS))
    began = time.monotonic()
    encode(sample)
    return (time.monotonic() - began) / len(sample)
