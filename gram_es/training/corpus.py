"""Everything that the stages draw batches from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.tokenizer import TextEncoder
from gram_es.training.catalogue import Catalogue
from gram_es.training.pairs import QueryExample
from gram_es.training.teachers import Target


@dataclass(frozen=True, slots=True)
class Batch:
    """``B`` queries with one relevant product each.

    ``queries`` and ``products`` are ``(ids, mask)``; ``gains`` is ``(B, B)``; the codes are
    ``(B, K)`` draws from the teachers; ``examples`` and ``numbers`` say who they are.
    """

    queries: tuple[Tensor, Tensor]
    products: tuple[Tensor, Tensor]
    gains: Tensor
    query_codes: Tensor
    product_codes: Tensor
    examples: list[int]
    numbers: list[int]


class Corpus:
    """Tokenised products and query examples with their teachers."""

    def __init__(
        self,
        catalogue: Catalogue,
        examples: Sequence[QueryExample],
        query_targets: Sequence[Target],
        product_targets: Sequence[Target],
        encoder: TextEncoder,
    ) -> None:
        self.encoder = encoder
        self.examples = examples
        self.query_targets = query_targets
        self.product_targets = product_targets
        self.product_ids = encoder.prompted(catalogue.texts, PRODUCT_PROMPT)
        self.query_ids = encoder.prompted([e.typed for e in examples], QUERY_PROMPT)
        self._relevant = [
            dict(zip(e.products.tolist(), e.gains.tolist(), strict=True)) for e in examples
        ]

    def gains(self, examples: Sequence[int], products: Sequence[int]) -> Tensor:
        """Return the graded relevance of every pair, ``(len(examples), len(products))``."""
        rows = [[self._relevant[e].get(p, 0.0) for p in products] for e in examples]
        return torch.tensor(rows)

    def relevant_among(self, example: int, positions: Mapping[int, int]) -> dict[int, float]:
        """Return the gains of an example's products that have a position, by position."""
        relevant = self._relevant[example]
        return {positions[p]: gain for p, gain in relevant.items() if p in positions}

    def draw(self, size: int, *, codes: int, chance: np.random.Generator) -> Batch:
        """Draw a batch of ``size`` different examples, one relevant product by gain for each."""
        size = min(size, len(self.examples))
        examples = chance.choice(len(self.examples), size=size, replace=False).tolist()
        numbers = [self._draw_product(e, chance) for e in examples]
        return Batch(
            queries=self.encoder.pad([self.query_ids[e] for e in examples]),
            products=self.encoder.pad([self.product_ids[n] for n in numbers]),
            gains=self.gains(examples, numbers),
            query_codes=_draw_codes([self.query_targets[e] for e in examples], codes, chance),
            product_codes=_draw_codes([self.product_targets[n] for n in numbers], codes, chance),
            examples=examples,
            numbers=numbers,
        )

    def _draw_product(self, example: int, chance: np.random.Generator) -> int:
        found = self.examples[example]
        share: NDArray[np.float64] = found.gains / found.gains.sum()
        return int(chance.choice(found.products, p=share))


def _draw_codes(targets: Sequence[Target], codes: int, chance: np.random.Generator) -> Tensor:
    drawn = [chance.choice(c, size=codes, p=w) for c, w in targets]
    return torch.from_numpy(np.stack(drawn))
