"""The supervised stage: each side learns to write its codes, L = L_q + λ L_t."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from gram_es.codes.codebook import Codebook
from gram_es.language_model.code_tree.token_tree import TokenTree
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.sides import PRODUCTS, QUERIES
from gram_es.training.language_model.examples import CodeExample, CodeExamples

PRODUCT_SHARE: Final = 1.0  # λ
BATCH_TOKENS: Final = 512  # in one pass; attention grows with the square


def supervised_loss(
    log_probs: Tensor, weights: Tensor, is_query: Tensor, *, product_share: float = PRODUCT_SHARE
) -> Tensor:
    """Return the mean cross-entropy of the queries' codes, and ``product_share`` of the products'.

    :param log_probs: ``(n,)``, log P of each code after its text.
    :param weights: ``(n,)``, the share of each code in its text's target.
    :param is_query: ``(n,)`` bool, whether the text is a query.
    """
    losses = -log_probs * weights
    loss = losses.sum() * 0.0
    for own, share in ((is_query, 1.0), (~is_query, product_share)):
        if total := float(weights[own].sum()):
            loss = loss + share * losses[own].sum() / total
    return loss


@dataclass(frozen=True, slots=True)
class PackedExamples:
    """Examples in one tree of tokens; ``starts`` are the lengths of the prompts, ``(codes,)``."""

    tree: TokenTree
    starts: tuple[int, ...]
    weights: Tensor
    is_query: Tensor

    @classmethod
    def of(
        cls, model: LanguageModel, codebook: Codebook, examples: list[CodeExample]
    ) -> PackedExamples:
        """Pack examples; what their prompts begin with is computed once."""
        sequences, starts, weights, is_query = [], [], [], []
        for example in examples:
            prompt = model.prompt_tokens(
                example.side.question(example.text), after=example.side.beginning
            )
            for code, weight in zip(example.target.codes, example.target.weights, strict=True):
                sequences.append((*prompt, *model.text_tokens(codebook.codes[code].label)))
                starts.append(len(prompt))
                weights.append(weight)
                is_query.append(example.side is QUERIES)
        return cls(
            TokenTree.of(sequences), tuple(starts), torch.tensor(weights), torch.tensor(is_query)
        )


@dataclass(frozen=True, slots=True)
class SupervisedStage:
    """The texts to learn from, and the language model that learns."""

    model: LanguageModel
    examples: CodeExamples

    def loss(self, rng: np.random.Generator) -> Tensor:
        """Draw queries and products in turn, as many as one pass holds, and return their loss."""
        batch = PackedExamples.of(self.model, self.examples.codebook, self._draw(rng))
        log_probs = self.model.path_log_probs(batch.tree, batch.starts)
        device = log_probs.device
        return supervised_loss(log_probs, batch.weights.to(device), batch.is_query.to(device))

    def _draw(self, rng: np.random.Generator) -> list[CodeExample]:
        drawn: list[CodeExample] = []
        tokens = sum(
            len(self.model.prompt_tokens("", after=side.beginning)) for side in (QUERIES, PRODUCTS)
        )
        while True:
            draw = self.examples.draw_query if len(drawn) % 3 < 2 else self.examples.draw_product
            example = draw(rng)
            tokens += self._size(example)
            if tokens > BATCH_TOKENS and len(drawn) >= 3:
                return drawn
            drawn.append(example)

    def _size(self, example: CodeExample) -> int:
        """Return how many tokens an example takes at most."""
        labels = [self.examples.codebook.codes[code].label for code in example.target.codes]
        question = self.model.prompt_tokens(example.side.question(example.text), after="")
        return len(question) + sum(len(self.model.text_tokens(label)) for label in labels)
