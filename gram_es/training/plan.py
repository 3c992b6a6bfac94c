"""The sizes of a training run: data, batches, steps and learning rates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from gram_es.training.data.codebook_mining import MAX_CODES

Family = Literal["tiny", "base"]
EncoderLearns = Literal["always", "until joint", "never"]
_SMALL_SHOP = 2_500
# Training on 500 judged queries does not raise R@100 of the scorer; on 2,000 it does by .004, on
# 8,000 by .018.
_FEW_JUDGED = 1_000
_MIN_LEARNT_QUERIES = 2_000


@dataclass(frozen=True)
class Plan:
    """Sizes of the training data and the batches, and the optimiser steps of each stage.

    - ``queries``: the highest number of synthetic queries.
    - ``max_codes``: the highest number of codes.
    - ``batch``: the number of queries in a batch of the scorer stage and of co-alignment.
    - ``joint_batch``: the number of queries in a batch of the joint stage. It is also the number of
      pairs of codes in a batch of the preference stage.
    - ``relevant``, ``rejected``, ``hard``: how many products of each kind a batch contains for each
      query, at most. Hard products rank high, but nobody has judged them.
    - ``anchor``: the weight of the loss against the teacher codes in co-alignment. Teacher codes
      are the codes that a text should generate.
    - ``preference_queries``: for how many queries the preference stage compares the generated codes
      by what they retrieve.
    - ``searched_products``: the number of random products that these codes retrieve from.
    - ``*_lr``: peak learning rates.
    - ``encoder_learns``: the stages in which the encoder is trained: all stages (``always``), those
      before the joint stage (``until joint``), or none (``never``).

    The defaults are the sizes for the family ``tiny`` and a small shop.
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
        """Raise an error if the scorer stage has steps but the encoder never learns."""
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
        """Return the plan for a catalogue with ``products`` products and ``judged`` judged queries.

        For ``tiny``, all stages but preference get more steps in larger catalogues: the number
        of steps grows with the square root of the number of products. For ``base``, only the joint
        stage grows in this way; the scorer stage and co-alignment grow with the number of judged
        queries. With few judged queries a pretrained encoder is not trained: synthetic queries
        consist of the catalogue's own words and would teach the encoder to match words only.
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
        """Return the plan with some numbers of steps multiplied by ``factor``.

        A stage that has steps keeps at least one.

        :param only: the fields to multiply, such as ``joint_steps``.
        """
        steps = {name: getattr(self, name) for name in only}
        scaled: dict[str, Any] = {
            n: max(1, round(s * factor)) if s else 0 for n, s in steps.items()
        }
        return replace(self, **scaled)
