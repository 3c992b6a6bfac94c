"""Vectors that are made once, when the encoder has learnt all it will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gram_es.training.corpus import TYPO_SHARE


@dataclass(frozen=True, slots=True)
class KeptVectors:
    """Vectors by an encoder that learns no more, ``(n, d)`` each, in the corpus's order."""

    queries: Tensor
    mistyped: Tensor
    labels: Tensor
    products: Tensor

    def draw(
        self,
        examples: Sequence[int],
        labels: Sequence[int],
        products: Sequence[int],
        chance: np.random.Generator,
    ) -> tuple[Tensor, Tensor]:
        """Return the vectors of queries with labels, a share of them mistyped, and of products."""
        slipped = torch.from_numpy(chance.random(len(examples)) < TYPO_SHARE)[:, None]
        queries = torch.where(slipped, self.mistyped[examples], self.queries[examples])
        return torch.cat([queries, self.labels[labels]]), self.products[products]
