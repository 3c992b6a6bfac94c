"""The losses of the co-alignment stage and of the joint stage for one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gram_es.codes.trie import Trie
from gram_es.model.network import GramNetwork
from gram_es.training.stages.co_alignment import CodeHead, keep_top_k
from gram_es.training.stages.losses import agreement_loss, code_cross_entropy

SHARED_CODES = 20  # codes of a text that co-alignment compares: about twice those of a product
TARGET_CODES = 20  # a text should generate this many best codes of the code head
SAMPLED_CODES = 4  # codes drawn from a text's target distribution in each step
_MIN_WEIGHT = 1e-12  # lets codes be drawn for a text without teacher codes, without effect

Teachers = tuple[Tensor, Tensor]


def alignment_stage(
    head: CodeHead,
    queries: Tensor,
    products: Tensor,
    gains: Tensor,
    *,
    query_teachers: Teachers,
    product_teachers: Teachers,
    anchor: float,
) -> Tensor:
    """Return the co-alignment loss of a batch over the whole codebook.

    The loss has two terms: query and relevant product should share codes (weight 1), and both
    should have their teacher codes (weight ``anchor``).

    :param queries: ``(B, d)``, vectors; ``products``: ``(N, d)``, vectors; ``gains``: ``(B, N)``,
        the relevance of each pair.
    :param query_teachers: the queries' teacher codes and their weights, both ``(B, K)``.
    :param product_teachers: the products' teacher codes and their weights, both ``(N, K)``.
    """
    query_log_probs, product_log_probs = head(queries), head(products)
    agreement = agreement_loss(
        keep_top_k(query_log_probs, SHARED_CODES),
        keep_top_k(product_log_probs, SHARED_CODES),
        gains,
    )
    sides = ((query_log_probs, query_teachers), (product_log_probs, product_teachers))
    teacher_loss = sum(
        (
            code_cross_entropy(log_probs.gather(1, codes), weights)
            for log_probs, (codes, weights) in sides
        ),
        start=torch.zeros(()),
    )
    return agreement + anchor * teacher_loss


@dataclass(frozen=True, slots=True)
class CodeTargets:
    """Texts with the codes that they should generate.

    ``texts`` are vectors, ``(B, d)``. ``codes`` and ``weights``, both ``(B, K)``, are the target
    distribution of each text. ``drawn``, ``(B, M)``, are random codes from this distribution.
    """

    texts: Tensor
    codes: Tensor
    weights: Tensor
    drawn: Tensor


@torch.no_grad()
def targets_from_head(head: CodeHead, texts: Tensor, rng: np.random.Generator) -> CodeTargets:
    """Return texts, ``(B, d)``, with the most probable codes of the code head as targets."""
    log_probs = head(texts)
    best = log_probs.topk(min(TARGET_CODES, log_probs.shape[1]), dim=1)
    return targets_from_teachers(texts, (best.indices, best.values.softmax(1)), rng)


def targets_from_teachers(
    texts: Tensor, teachers: Teachers, rng: np.random.Generator
) -> CodeTargets:
    """Return texts, ``(B, d)``, with their teacher codes as targets.

    :param teachers: the teacher codes and their weights, both ``(B, K)``; a text without teacher
        codes has weights 0.
    """
    codes, weights = teachers
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    drawn = (weights + _MIN_WEIGHT).multinomial(
        SAMPLED_CODES, replacement=True, generator=generator
    )
    return CodeTargets(texts, codes, weights, codes.gather(1, drawn))


def joint_stage(network: GramNetwork, trie: Trie, targets: Sequence[CodeTargets]) -> Tensor:
    """Return the sum of the cross-entropies of generated codes against ``targets``.

    The first token of a code is compared with the whole target distribution. Later tokens are
    compared with ``drawn``, codes that were sampled from that distribution. Comparing all tokens
    with the sampled codes would give the same mean gradient with more variance.

    :param targets: the code targets of each set of texts, such as one for queries and one for
        products.
    """
    losses = []
    for target in targets:
        first, later = network.first_and_later_log_probs(
            target.texts, target.codes, target.drawn, trie
        )
        even_weights = (target.weights.sum(1, keepdim=True) / later.shape[1]).expand_as(later)
        losses.append(
            code_cross_entropy(first, target.weights) + code_cross_entropy(later, even_weights)
        )
    return torch.stack(losses).sum()
