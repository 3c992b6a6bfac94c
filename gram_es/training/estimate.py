"""Estimate the duration of a training run from the times of a few steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gram_es.errors import TrainingError
from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.encoding.text_encoder import TextEncoder
from gram_es.records import Product
from gram_es.text.product import model_text
from gram_es.training.plan import Plan

_MIN_STEP_SHARE = 0.05  # of the planned steps; fewer steps teach the model nothing
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

    def with_steps(self, steps: dict[str, int]) -> TimeEstimate:
        """Return the estimate for other numbers of steps."""
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


@dataclass(frozen=True, slots=True)
class EncodingTime:
    """How many seconds one encoder takes for the products of the catalogue and for the labels."""

    products: float
    labels: float

    @classmethod
    def measure(
        cls, encoder: TextEncoder, products: Sequence[Product], labels: Sequence[str]
    ) -> EncodingTime:
        """Time the encoder on some of the texts."""
        texts = [model_text(product) for product in products[:: max(1, len(products) // _TEXTS)]]
        some_labels = labels[:: max(1, len(labels) // _TEXTS)]
        return cls(
            len(products) * _seconds_per_text(encoder, texts, PRODUCT_PROMPT),
            len(labels) * _seconds_per_text(encoder, some_labels, QUERY_PROMPT),
        )

    def overhead(self, *, held_out: int, encoders: int = 1) -> float:
        """Return how many seconds a run spends after the steps.

        :param held_out: how many held-out queries are searched; 0 if none is.
        :param encoders: how many encoders are compared by these searches.
        """
        encoding = self.products + self.labels
        if not held_out:
            return encoding
        searches = _CODING_SHARE * self.products + _SECONDS_PER_SEARCH * held_out
        return encoders * (encoding + searches)


@dataclass(frozen=True, slots=True)
class ReportedBudget:
    """How long a run may take, and who wants to know how long it takes.

    ``started`` is the time of the monotonic clock at which the run started. A budget of ``None``
    is no limit.
    """

    started: float
    seconds: float | None = None
    report_progress: Callable[[str], None] | None = None

    @property
    def matters(self) -> bool:
        """Return whether anything depends on the estimate, which takes seconds."""
        return self.seconds is not None or self.report_progress is not None

    def fit(self, plan: Plan, expected: TimeEstimate) -> Plan:
        """Return the plan, with fewer steps if the budget is too short.

        :raises TrainingError: if the budget is too short for a twentieth of the steps.
        """
        if self.seconds is None:
            return plan
        left = self.seconds - (time.monotonic() - self.started)
        return shorten_plan(plan, expected, left) if expected.total > left else plan

    def report(self, expected: TimeEstimate) -> None:
        """Report how long the rest of the run takes."""
        if self.report_progress is not None:
            self.report_progress(f"training takes {expected}")


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


def _seconds_per_text(encoder: TextEncoder, texts: Sequence[str], prompt: str) -> float:
    """Return the mean seconds that encoding one of ``texts`` takes."""
    started = time.monotonic()
    encoder.encode(texts, prompt)
    return (time.monotonic() - started) / max(len(texts), 1)
