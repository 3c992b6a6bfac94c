"""The sizes of a training run: data, batches, steps and learning rates."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gram_es.training.data.codebook_mining import MAX_CODES

# Training on 500 judged queries does not raise R@100 of the scorer; on 2,000 it does by .004, on
# 8,000 by .018.
_FEW_JUDGED = 1_000
_MIN_LEARNT_QUERIES = 2_000
_MAX_STEPS, _MAX_HARD_STEPS = 400, 700
_HARD_SHARE = 1.6  # steps with hard negatives for each step without


@dataclass(frozen=True)
class Plan:
    """Sizes of the codebook and the batches, and the steps of the two halves of the scorer stage.

    - ``max_codes``: the highest number of codes.
    - ``batch``: the number of queries in a batch.
    - ``relevant``, ``rejected``, ``hard``: how many products of each kind a batch contains for each
      query, at most. Hard products rank high, but nobody has judged them.
    - ``scorer_steps``: the steps without hard products; ``hard_steps``: the steps with them.
    - ``scorer_lr``, ``hard_lr``: the peak learning rates of these steps.
    """

    max_codes: int = MAX_CODES
    batch: int = 24
    relevant: int = 10
    rejected: int = 8
    hard: int = 4
    scorer_steps: int = 0
    hard_steps: int = 0
    scorer_lr: float = 8e-5
    hard_lr: float = 5e-5

    @property
    def learns(self) -> bool:
        """Return whether the encoder is trained at all."""
        return self.scorer_steps + self.hard_steps > 0

    @classmethod
    def of(cls, *, judged: int) -> Plan:
        """Return the plan for ``judged`` judged queries.

        With few of them the pretrained encoder is not trained: it would learn to match words only.
        """
        if judged < _FEW_JUDGED:
            return cls()
        epoch = max(judged, _MIN_LEARNT_QUERIES) / cls.batch
        return cls(
            scorer_steps=min(_MAX_STEPS, round(epoch)),
            hard_steps=min(_MAX_HARD_STEPS, round(_HARD_SHARE * epoch)),
        )

    def scaled(self, factor: float) -> Plan:
        """Return the plan with all numbers of steps multiplied by ``factor``.

        A half that has steps keeps at least one.
        """
        scorer, hard = (
            max(1, round(steps * factor)) if steps else 0
            for steps in (self.scorer_steps, self.hard_steps)
        )
        return replace(self, scorer_steps=scorer, hard_steps=hard)
