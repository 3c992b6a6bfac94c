"""Draw batches of queries and products for the training stages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.model.config import PRODUCT_PROMPT, QUERY_PROMPT
from gram_es.model.tokenizer import TextTokenizer
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.dataset import Dataset
from gram_es.training.data.query_pairs import misspell
from gram_es.training.data.teachers import Target

TYPO_SHARE = 0.25
_HALF_JUDGED_QUERIES = 500  # with this many judged queries, half of each batch is judged

Ids = list[int]


@dataclass(frozen=True, slots=True)
class Batch:
    """B query examples and N products, given by their numbers.

    ``gains`` is the relevance of each pair, ``(B, N)``.
    """

    examples: Ids
    products: Ids
    gains: Tensor


class BatchSampler:
    """A sampler that draws batches from tokenised query examples and products."""

    def __init__(
        self,
        catalogue: Catalogue,
        dataset: Dataset,
        labels: Sequence[str],
        encoder: TextTokenizer,
    ) -> None:
        self.encoder = encoder
        self.examples = [example for example, _ in dataset.training]
        self.product_ids = encoder.prompted_ids(catalogue.texts, PRODUCT_PROMPT)
        held_out_texts = {example.text for example, _ in dataset.held_out}
        training_labels = [label for label in labels if label not in held_out_texts]
        self.label_ids = encoder.prompted_ids(training_labels, QUERY_PROMPT)
        self._query_targets = [target for _, target in dataset.training]
        self._product_targets = dataset.product_targets
        judged = [n for n, example in enumerate(self.examples) if example.judged]
        synthetic = [n for n, example in enumerate(self.examples) if not example.judged]
        self._pools = (judged, synthetic)
        self._judged_share = len(judged) / (len(judged) + _HALF_JUDGED_QUERIES)

    def query_ids(
        self,
        examples: Sequence[int],
        typo_rng: np.random.Generator | None = None,
        *,
        share: float = TYPO_SHARE,
    ) -> list[Ids]:
        """Return the token ids of the queries of ``examples``.

        :param typo_rng: the generator that draws typing errors; ``None`` leaves the queries as they
            are.
        :param share: the probability that a query gets a typing error.
        """
        texts = [self.examples[e].text for e in examples]
        if typo_rng is not None:
            texts = add_typos(texts, int(typo_rng.integers(2**32)), share=share)
        return self.encoder.prompted_ids(texts, QUERY_PROMPT)

    def query_teachers(self, examples: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the teacher codes of queries and the weights of the codes, both ``(B, K)``."""
        return _padded([self._query_targets[e] for e in examples])

    def product_target(self, product: int) -> Target:
        """Return the teacher codes of one product and the weights of the codes."""
        return self._product_targets[product]

    def product_teachers(self, products: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the teacher codes of products and the weights of the codes, both ``(N, K)``."""
        return _padded([self._product_targets[n] for n in products])

    def gains(self, examples: Sequence[int], products: Sequence[int]) -> Tensor:
        """Return the graded relevance of every pair, ``(len(examples), len(products))``."""
        product_numbers = np.array(products)
        gains = np.zeros((len(examples), len(product_numbers)), dtype=np.float32)
        for row, number in enumerate(examples):
            example = self.examples[number]
            positions = np.searchsorted(example.products, product_numbers)
            positions = positions.clip(max=len(example.products) - 1)
            is_relevant = example.products[positions] == product_numbers
            gains[row, is_relevant] = example.gains[positions[is_relevant]]
        return torch.from_numpy(gains)

    def draw_examples(self, size: int, rng: np.random.Generator) -> Ids:
        """Draw ``size`` different examples.

        The share of judged examples grows with their number in the training data.
        """
        judged, synthetic = self._pools
        wanted = int(rng.binomial(size, self._judged_share))
        wanted = min(max(wanted, size - len(synthetic)), len(judged))
        drawn: Ids = []
        for pool, count in ((judged, wanted), (synthetic, min(size - wanted, len(synthetic)))):
            positions = rng.choice(len(pool), count, replace=False) if count else ()
            drawn += [pool[position] for position in positions]
        return drawn

    def draw(
        self,
        size: int,
        *,
        relevant: int,
        rejected: int,
        hard: int,
        hard_of: Tensor | None,
        rng: np.random.Generator,
    ) -> Batch:
        """Draw ``size`` examples, and products for each of them.

        :param relevant: the highest number of relevant products to draw for each example.
        :param rejected: the highest number of rejected products to draw for each example.
        :param hard: the highest number of hard negatives to draw for each example.
        :param hard_of: the hard negatives of each example, ``(examples, n)``, padded with -1.
        """
        examples = self.draw_examples(size, rng)
        numbers: dict[int, None] = {}
        for number in examples:
            example = self.examples[number]
            share: NDArray[np.float64] = example.gains / example.gains.sum()
            count = min(relevant, len(share))
            right = rng.choice(example.products, count, replace=False, p=share)
            wrong = rng.permutation(example.rejected)[:rejected]
            numbers |= dict.fromkeys([*right.tolist(), *wrong.tolist()])
            if hard_of is not None:
                negatives = hard_of[number][hard_of[number] >= 0].numpy()
                numbers |= dict.fromkeys(rng.permutation(negatives)[:hard].tolist())
        products = list(numbers)
        return Batch(examples, products, self.gains(examples, products))


def add_typos(texts: Sequence[str], seed: int, *, share: float = TYPO_SHARE) -> list[str]:
    """Return ``texts``; each gets a typing error with probability ``share``."""
    rng = random.Random(seed)  # noqa: S311
    return [misspell(text, rng) if rng.random() < share else text for text in texts]


def _padded(targets: Sequence[Target]) -> tuple[Tensor, Tensor]:
    longest = max(1, *(len(codes) for codes, _ in targets)) if targets else 1
    codes = torch.zeros(len(targets), longest, dtype=torch.int64)
    weights = torch.zeros(len(targets), longest)
    for row, (target_codes, target_weights) in enumerate(targets):
        codes[row, : len(target_codes)] = torch.from_numpy(target_codes)
        weights[row, : len(target_codes)] = torch.from_numpy(target_weights)
    return codes, weights
