"""Co-alignment and joint training, each the loss of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gram_es.codes.trie import Trie
from gram_es.model.network import GramNetwork
from gram_es.training.stages.co_alignment import CodeHead, best_only
from gram_es.training.stages.losses import agreement_loss, spelling_loss

SHARED_CODES = 20  # of each side that co-alignment lets meet: about twice what a product carries
TARGET_CODES = 20  # of the head's distribution are what a text ought to generate
DRAWN_CODES = 4  # of them a step
_ANY = 1e-12  # of probability, so that a text without teachers can draw, to no effect

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
    """Return the co-alignment loss over the whole codebook.

    :param queries: ``(B, d)``, vectors; ``products``: ``(N, d)``; ``gains``: ``(B, N)``.
    :param query_teachers: codes of the queries and their weights, both ``(B, K)``;
        ``product_teachers`` the same of the products, ``(N, K)``.
    :param anchor: the weight of the teachers' codes beside the agreement.
    """
    said, carried = head(queries), head(products)
    agreement = agreement_loss(
        best_only(said, SHARED_CODES), best_only(carried, SHARED_CODES), gains
    )
    taught_codes = sum(
        (
            spelling_loss(log_probs.gather(1, codes), weights)
            for log_probs, (codes, weights) in ((said, query_teachers), (carried, product_teachers))
        ),
        start=torch.zeros(()),
    )
    return agreement + anchor * taught_codes


@dataclass(frozen=True, slots=True)
class Lesson:
    """Texts with the codes they ought to generate.

    ``texts`` is ``(B, d)``, their vectors; ``codes`` and ``weights`` are ``(B, K)``, each text's
    distribution; ``drawn`` is ``(B, M)``, codes drawn from it.
    """

    texts: Tensor
    codes: Tensor
    weights: Tensor
    drawn: Tensor


@torch.no_grad()
def taught_by(head: CodeHead, texts: Tensor, chance: np.random.Generator) -> Lesson:
    """Return vectors of texts, ``(B, d)``, with the head's best codes for them."""
    best = head(texts)
    best = best.topk(min(TARGET_CODES, best.shape[1]), dim=1)
    return taught(texts, (best.indices, best.values.softmax(1)), chance)


def taught(texts: Tensor, teachers: Teachers, chance: np.random.Generator) -> Lesson:
    """Return vectors of texts, ``(B, d)``, with their teachers' codes.

    :param teachers: codes and weights, both ``(B, K)``; a text without any has weights of zero.
    """
    codes, weights = teachers
    generator = torch.Generator().manual_seed(int(chance.integers(2**62)))
    drawn = (weights + _ANY).multinomial(DRAWN_CODES, replacement=True, generator=generator)
    return Lesson(texts, codes, weights, codes.gather(1, drawn))


def joint_stage(network: GramNetwork, trie: Trie, lessons: Sequence[Lesson]) -> Tensor:
    """Return the loss of P(c|q) and P(c|p) on one set of weights, each against a distribution.

    First tokens are learnt from the whole distribution, what follows them from the codes drawn:
    the same gradient in the mean as from drawn codes alone, with less chance in it.
    """
    losses = []
    for lesson in lessons:
        first, later = network.spelling_log_probs(lesson.texts, lesson.codes, lesson.drawn, trie)
        evenly = (lesson.weights.sum(1, keepdim=True) / later.shape[1]).expand_as(later)
        losses.append(spelling_loss(first, lesson.weights) + spelling_loss(later, evenly))
    return torch.stack(losses).sum()
