"""The losses, each a pure function of tensors."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F  # noqa: N812

SCORE_SCALE = 20.0
_FLOOR = 1e-6  # keeps the gradient finite where two sides share no code yet


def listwise(scores: Tensor, gains: Tensor) -> Tensor:
    """Return the cross-entropy of a softmax over candidates against graded targets.

    :param scores: ``(B, N)`` logits.
    :param gains: ``(B, N)``, not negative; a row of zeros is left out.
    """
    totals = gains.sum(1)
    judged = totals > 0
    if not bool(judged.any()):
        return scores.sum() * 0.0
    targets = gains[judged] / totals[judged, None]
    return -(targets * scores[judged].log_softmax(1)).sum(1).mean()


def scorer_loss(queries: Tensor, products: Tensor, gains: Tensor) -> Tensor:
    """Return the scorer's loss: query to products, and half of it the other way round.

    :param queries: ``(B, d)`` unit vectors; ``products``: ``(N, d)``; ``gains``: ``(B, N)``.
    """
    scores = SCORE_SCALE * queries @ products.T
    return listwise(scores, gains) + 0.5 * listwise(scores.T, gains.T)


def agreement_loss(query_probs: Tensor, product_probs: Tensor, gains: Tensor) -> Tensor:
    """Return the co-alignment loss: relevant pairs share codes, other pairs of the batch do not.

    The agreement of a pair is the chance that both sides draw the same code, sum over c of
    P(c|q) P(c|p) (GRAM, section 3.3), here over a common pool of candidate codes.

    :param query_probs: ``(B, C)``; ``product_probs``: ``(N, C)``; ``gains``: ``(B, N)``.
    """
    return listwise((query_probs @ product_probs.T + _FLOOR).log(), gains)


def spelling_loss(log_probs: Tensor, weights: Tensor) -> Tensor:
    """Return the cross-entropy of generated codes against a distribution over some codes.

    :param log_probs: ``(B, K)``, log P(c | text) of K codes a text; ``weights``: ``(B, K)``, what
        each code is worth to its text; the rows of texts without any are zeros.
    """
    return -(weights * log_probs).sum(1).mean()


def preference_loss(better: Tensor, worse: Tensor, *, beta: float, margin: float) -> Tensor:
    """Return SimPO's loss for sequences that are codes (Meng et al., NeurIPS 2024).

    Lengths are not normalised away: a code's weight in a search is its whole probability.

    :param better: ``(n,)`` log-probabilities of the preferred codes; ``worse``: of the others.
    """
    return -F.logsigmoid(beta * (better - worse) - margin).mean()
