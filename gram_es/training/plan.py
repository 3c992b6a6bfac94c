"""The sizes of a training run: data, batches, steps and learning rates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from gram_es.training.data.codebook_mining import MAX_CODES

Family = Literal["tiny", "base"]
EncoderLearns = Literal["always", "until joint", "never"]
_SMALL_SHOP = 2_500
_FEW_JUDGED = 1_000  # R@100 of the scorer: 500 judged queries +0, 2,000 +.004, 8,000 +.018
_MIN_LEARNT_QUERIES = 2_000


@dataclass(frozen=True)
class Plan:
    """Sizes of the training data and the batches, and the optimiser steps of each stage.

    - ``batch``: queries in a batch of the scorer and of co-alignment; ``joint_batch``: queries in a
      batch of the joint stage, and pairs of codes in one of the preference stage.
    - ``relevant``, ``rejected``, ``hard``: products in a batch for each query; hard ones rank high
      but are not known to be relevant.
    - ``anchor``: the weight of the teachers' codes in co-alignment.
    - ``searched_products``: how many products of the catalogue the effect of generated codes is
      measured on.
    - ``*_lr``: peak learning rates.
    - ``encoder_learns``: in all stages, in those before the joint stage, or in none.

    The defaults are those of ``tiny`` for a small shop.
    """

    queries: int = 20_000
    max_codes: int = 4_000
    batch: int = 64
    relevant: int = 1
    rejected: int = 1
    hard: int = 0
    joint_batch: int = 48
    anchor: float = 0.05
    scorer_steps: int = 110
    alignment_steps: int = 60
    joint_steps: int = 150
    preference_steps: int = 20
    preference_queries: int = 600
    searched_products: int = 3_000
    encoder_lr: float = 3e-3
    alignment_lr: float = 2e-3
    head_lr: float = 2e-3
    decoder_lr: float = 3e-3
    preference_lr: float = 3e-4
    encoder_learns: EncoderLearns = "always"

    def __post_init__(self) -> None:
        """Check that the scorer stage has no steps if the encoder never learns."""
        if self.encoder_learns == "never" and self.scorer_steps:
            raise ValueError(
                f"the encoder never learns, but the scorer has {self.scorer_steps} steps: set "
                "scorer_steps to 0"
            )

    @property
    def decoder_learns_alone(self) -> bool:
        """Return whether the encoder has its final weights when the decoder starts to learn."""
        return self.encoder_learns != "always"

    @classmethod
    def of(cls, family: Family, *, products: int, judged: int) -> Plan:
        """Return the plan for a catalogue of ``products`` and ``judged`` queries.

        The steps of ``tiny`` grow with the square root of the catalogue's size. For ``base`` only
        those of the joint stage do; its other steps grow with the judged queries. With few judged
        queries a pretrained encoder is not trained: synthetic queries consist of the catalogue's
        own words and would teach it to match words only.
        """
        growth = max(1.0, (products / _SMALL_SHOP) ** 0.5)
        codes = min(MAX_CODES, round(cls.max_codes * growth))
        if family == "tiny":
            plan = cls(max_codes=codes)
            return plan.scaled(growth, only=("scorer_steps", "alignment_steps", "joint_steps"))
        base = cls(
            max_codes=codes,
            batch=24,
            relevant=10,
            rejected=8,
            hard=4,
            joint_batch=160,
            anchor=0.5,
            scorer_steps=0,
            alignment_steps=400,
            joint_steps=min(800, round(200 * growth)),
            preference_steps=60,
            preference_queries=1_500,
            searched_products=8_000,
            encoder_lr=8e-5,
            alignment_lr=5e-5,
            head_lr=2e-3,
            decoder_lr=3e-3,
            preference_lr=1e-4,
            encoder_learns="never",
        )
        if judged < _FEW_JUDGED:
            return base
        learnt = max(judged, _MIN_LEARNT_QUERIES)
        return replace(
            base,
            anchor=cls.anchor,
            head_lr=5e-4,
            scorer_steps=min(400, round(learnt / 24)),
            alignment_steps=min(700, round(1.6 * learnt / 24)),
            encoder_learns="until joint",
        )

    def scaled(self, factor: float, *, only: tuple[str, ...]) -> Plan:
        """Return the plan with the steps of the stages ``only`` multiplied by ``factor``.

        A stage with steps keeps at least one; a stage without steps gets none.
        """
        steps = {name: getattr(self, name) for name in only}
        scaled: dict[str, Any] = {
            n: max(1, round(s * factor)) if s else 0 for n, s in steps.items()
        }
        return replace(self, **scaled)
