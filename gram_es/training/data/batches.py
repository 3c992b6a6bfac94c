"""Everything that the stages draw batches from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.tokenizer import TextEncoder
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.dataset import Material
from gram_es.training.data.query_pairs import misspell
from gram_es.training.data.teachers import Target

TYPO_SHARE = 0.25
_JUDGED_HALF = 500  # with so many judged queries every second draw is one of them

Ids = list[int]


@dataclass(frozen=True, slots=True)
class Batch:
    """``B`` examples and ``N`` products, with the graded relevance of every pair, ``(B, N)``."""

    examples: Ids
    products: Ids
    gains: Tensor


class Corpus:
    """Tokenised products and query examples."""

    def __init__(
        self,
        catalogue: Catalogue,
        material: Material,
        labels: Sequence[str],
        encoder: TextEncoder,
    ) -> None:
        self.encoder = encoder
        self.examples = [example for example, _ in material.taught]
        self.product_ids = encoder.prompted(catalogue.texts, PRODUCT_PROMPT)
        hidden = {example.text for example, _ in material.held_out}
        known = [label for label in labels if label not in hidden]
        self.label_ids = encoder.prompted(known, QUERY_PROMPT)
        self._query_targets = [target for _, target in material.taught]
        self._product_targets = material.product_targets
        judged = [n for n, example in enumerate(self.examples) if example.judged]
        synthetic = [n for n, example in enumerate(self.examples) if not example.judged]
        self._pools = (judged, synthetic)
        self._judged_share = len(judged) / (len(judged) + _JUDGED_HALF)

    def query_ids(
        self,
        examples: Sequence[int],
        slips: np.random.Generator | None = None,
        *,
        share: float = TYPO_SHARE,
    ) -> list[Ids]:
        """Return the token ids of queries; with ``slips`` a share of them are mistyped."""
        texts = [self.examples[e].text for e in examples]
        if slips is not None:
            texts = mistyped(texts, int(slips.integers(2**32)), share=share)
        return self.encoder.prompted(texts, QUERY_PROMPT)

    def query_teachers(self, examples: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the teachers' codes of queries with their weights, both ``(B, K)``."""
        return _padded([self._query_targets[e] for e in examples])

    def product_target(self, product: int) -> Target:
        """Return the teachers' codes of one product."""
        return self._product_targets[product]

    def product_teachers(self, products: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the teachers' codes of products with their weights, both ``(N, K)``."""
        return _padded([self._product_targets[n] for n in products])

    def gains(self, examples: Sequence[int], products: Sequence[int]) -> Tensor:
        """Return the graded relevance of every pair, ``(len(examples), len(products))``."""
        asked = np.array(products)
        gains = np.zeros((len(examples), len(asked)), dtype=np.float32)
        for row, example in enumerate(examples):
            known = self.examples[example]
            at = np.searchsorted(known.products, asked).clip(max=len(known.products) - 1)
            found = known.products[at] == asked
            gains[row, found] = known.gains[at[found]]
        return torch.from_numpy(gains)

    def draw_examples(self, size: int, chance: np.random.Generator) -> Ids:
        """Draw different examples; judged queries come first to the degree that there are many."""
        judged, synthetic = self._pools
        wanted = int(chance.binomial(size, self._judged_share))
        wanted = min(max(wanted, size - len(synthetic)), len(judged))
        drawn: Ids = []
        for pool, count in ((judged, wanted), (synthetic, min(size - wanted, len(synthetic)))):
            places = chance.choice(len(pool), count, replace=False) if count else ()
            drawn += [pool[place] for place in places]
        return drawn

    def draw(
        self,
        size: int,
        *,
        relevant: int,
        rejected: int,
        hard: int,
        hard_of: Tensor | None,
        chance: np.random.Generator,
    ) -> Batch:
        """Draw ``size`` examples, each with at most so many products of each kind.

        :param hard_of: the hard negatives of each example, ``(examples, n)``, filled up with -1.
        """
        examples = self.draw_examples(size, chance)
        numbers: dict[int, None] = {}
        for number in examples:
            example = self.examples[number]
            share: NDArray[np.float64] = example.gains / example.gains.sum()
            count = min(relevant, len(share))
            right = chance.choice(example.products, count, replace=False, p=share)
            wrong = chance.permutation(example.rejected)[:rejected]
            numbers |= dict.fromkeys([*right.tolist(), *wrong.tolist()])
            if hard_of is not None:
                known = hard_of[number][hard_of[number] >= 0].numpy()
                numbers |= dict.fromkeys(chance.permutation(known)[:hard].tolist())
        products = list(numbers)
        return Batch(examples, products, self.gains(examples, products))


def mistyped(texts: Sequence[str], seed: int, *, share: float = TYPO_SHARE) -> list[str]:
    """Return ``texts``, a share of them with a slip of the fingers."""
    slips = random.Random(seed)  # noqa: S311
    return [misspell(text, slips) if slips.random() < share else text for text in texts]


def _padded(targets: Sequence[Target]) -> tuple[Tensor, Tensor]:
    longest = max(1, *(len(codes) for codes, _ in targets)) if targets else 1
    codes = torch.zeros(len(targets), longest, dtype=torch.int64)
    weights = torch.zeros(len(targets), longest)
    for row, (found, shares) in enumerate(targets):
        codes[row, : len(found)] = torch.from_numpy(found)
        weights[row, : len(found)] = torch.from_numpy(shares)
    return codes, weights
