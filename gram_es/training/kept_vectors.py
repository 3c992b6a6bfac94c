"""Vectors that are made once, when the encoder has learnt all it will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gram_es.training.data.batches import TYPO_SHARE


@dataclass(frozen=True, slots=True)
class KeptVectors:
    """Vectors by an encoder that learns no more, ``(n, d)`` each, in the corpus's order."""

    queries: Tensor
    mistyped: Tensor
    labels: Tensor
    products: Tensor

    def draw_queries(self, examples: Sequence[int], chance: np.random.Generator) -> Tensor:
        """Return the vectors of queries, a share of them mistyped."""
        slipped = torch.from_numpy(chance.random(len(examples)) < TYPO_SHARE)[:, None]
        return torch.where(slipped, self.mistyped[examples], self.queries[examples])
