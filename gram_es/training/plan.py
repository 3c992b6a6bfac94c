"""How much of each stage a training takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from gram_es.training.data.codebook_mining import MAX_CODES

Family = Literal["tiny", "base"]
EncoderLearns = Literal["always", "until joint", "never"]
_SMALL_SHOP = 2_500
_FEW_JUDGED = 1_000  # 500 taught the scorer nothing, 2,000 gave +.004 R@100, 8,000 +.018
_LEAST_LEARNT = 2_000


@dataclass(frozen=True)
class Plan:
    """Sizes of the training data, of the batches, and optimiser steps a stage.

    Learning rates are peaks. ``relevant``, ``rejected`` and ``hard`` are products a query; ``hard``
    ones rank high and are not relevant. ``anchor`` is the weight of the teachers' codes in
    co-alignment. ``searched_products`` are the part of the catalogue that generated codes are
    measured in. The encoder may learn in all stages, or until the joint one, or stay as it was
    pretrained. The defaults are those of ``tiny`` for a small shop.
    """

    queries: int = 20_000
    max_codes: int = 4_000
    batch: int = 64
    relevant: int = 1
    rejected: int = 1
    hard: int = 0
    lesson: int = 48
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
        """Check that nothing is to learn and to stay at once."""
        if self.encoder_learns == "never" and self.scorer_steps:
            raise ValueError("an encoder that never learns has no stage of the scorer")

    @property
    def decoder_learns_alone(self) -> bool:
        """Tell whether the encoder has its final weights when the decoder begins to learn."""
        return self.encoder_learns != "always"

    @classmethod
    def of(cls, family: Family, *, products: int, judged: int) -> Plan:
        """Return the plan for a catalogue and its number of judged queries.

        Steps grow as the root of the catalogue's size, for ``base`` those of the joint stage, the
        others with the judged queries. With few of these a pretrained encoder stays as it is:
        queries made of the catalogue's own words teach it to match words.
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
            lesson=160,
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
        learnt = max(judged, _LEAST_LEARNT)
        return replace(
            base,
            anchor=cls.anchor,
            head_lr=5e-4,
            scorer_steps=min(400, round(learnt / 24)),
            alignment_steps=min(700, round(1.6 * learnt / 24)),
            encoder_learns="until joint",
        )

    def scaled(self, factor: float, *, only: tuple[str, ...]) -> Plan:
        """Return the plan with the steps of the named stages multiplied.

        A stage with steps keeps at least one, a stage without stays without.
        """
        steps = {name: getattr(self, name) for name in only}
        scaled: dict[str, Any] = {
            n: max(1, round(s * factor)) if s else 0 for n, s in steps.items()
        }
        return replace(self, **scaled)
