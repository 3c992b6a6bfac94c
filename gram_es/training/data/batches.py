"""Draw batches of queries and products for the scorer stage."""

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
from gram_es.records import Product
from gram_es.text.product import model_text
from gram_es.training.data.query_pairs import QueryExample, misspell

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
    """A sampler that draws batches of query examples and products, and tokenises them.

    ``examples`` are the queries and ``products`` the catalogue.
    """

    def __init__(
        self,
        examples: Sequence[QueryExample],
        products: Sequence[Product],
        tokenizer: TextTokenizer,
    ) -> None:
        self.examples = examples
        self.products = products
        self._tokenizer = tokenizer
        judged = [n for n, example in enumerate(self.examples) if example.judged]
        labels = [n for n, example in enumerate(self.examples) if not example.judged]
        self._pools = (judged, labels)
        self._judged_share = len(judged) / (len(judged) + _HALF_JUDGED_QUERIES)

    def query_ids(
        self, examples: Sequence[int], typo_rng: np.random.Generator | None = None
    ) -> list[Ids]:
        """Return the token ids of the queries of ``examples``.

        :param typo_rng: the generator that draws typing errors; ``None`` leaves the queries as they
            are.
        """
        texts = [self.examples[e].text for e in examples]
        if typo_rng is not None:
            texts = add_typos(texts, int(typo_rng.integers(2**32)))
        return self._tokenizer.prompted_ids(texts, QUERY_PROMPT)

    def product_ids(self, products: Sequence[int]) -> list[Ids]:
        """Return the token ids of the products with the given numbers."""
        texts = [model_text(self.products[number]) for number in products]
        return self._tokenizer.prompted_ids(texts, PRODUCT_PROMPT)

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
        judged, labels = self._pools
        wanted = int(rng.binomial(size, self._judged_share))
        wanted = min(max(wanted, size - len(labels)), len(judged))
        drawn: Ids = []
        for pool, count in ((judged, wanted), (labels, min(size - wanted, len(labels)))):
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


def add_typos(texts: Sequence[str], seed: int) -> list[str]:
    """Return ``texts``; each gets a typing error with probability ``TYPO_SHARE``."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable order
    return [misspell(text, rng) if rng.random() < TYPO_SHARE else text for text in texts]
