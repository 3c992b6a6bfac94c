"""The losses of the training stages, as pure functions of tensors."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F  # noqa: N812

SCORE_SCALE = 20.0
_FLOOR = 1e-6  # keeps the gradient finite where query and product share no code yet


def listwise(scores: Tensor, gains: Tensor) -> Tensor:
    """Return the cross-entropy of a softmax over candidates against graded targets.

    :param scores: ``(B, N)`` logits.
    :param gains: ``(B, N)``, not negative; rows of zeros are ignored.
    """
    totals = gains.sum(1)
    judged = totals > 0
    if not bool(judged.any()):
        return scores.sum() * 0.0
    targets = gains[judged] / totals[judged, None]
    return -(targets * scores[judged].log_softmax(1)).sum(1).mean()


def scorer_loss(queries: Tensor, products: Tensor, gains: Tensor) -> Tensor:
    """Return the scorer's loss: from queries to products plus half of that in reverse.

    :param queries: ``(B, d)`` unit vectors; ``products``: ``(N, d)``; ``gains``: ``(B, N)``.
    """
    scores = SCORE_SCALE * queries @ products.T
    return listwise(scores, gains) + 0.5 * listwise(scores.T, gains.T)


def agreement_loss(query_probs: Tensor, product_probs: Tensor, gains: Tensor) -> Tensor:
    """Return the agreement loss: relevant pairs should share codes, other pairs should not.

    The agreement of a pair is the probability that both sides draw the same code, the sum over c of
    P(c|q) P(c|p) (GRAM, section 3.3), here over a common set of candidate codes.

    :param query_probs: ``(B, C)``; ``product_probs``: ``(N, C)``; ``gains``: ``(B, N)``.
    """
    return listwise((query_probs @ product_probs.T + _FLOOR).log(), gains)


def code_cross_entropy(log_probs: Tensor, weights: Tensor) -> Tensor:
    """Return the mean cross-entropy of codes against a distribution over K of them.

    :param log_probs: ``(B, K)``, log P(c | text).
    :param weights: ``(B, K)``, the distribution of each text; zeros for a text without targets.
    """
    return -(weights * log_probs).sum(1).mean()


def preference_loss(better: Tensor, worse: Tensor, *, beta: float, margin: float) -> Tensor:
    """Return the SimPO loss (Meng et al., NeurIPS 2024) of pairs of codes.

    It does not normalise by length, because a code's weight in a search is its whole probability.

    :param better: ``(n,)`` log-probabilities of the preferred codes; ``worse``: of the others.
    """
    return -F.logsigmoid(beta * (better - worse) - margin).mean()
