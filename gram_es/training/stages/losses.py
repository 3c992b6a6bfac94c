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
    """Return the loss of the scorer, which scores a pair by the dot product of its vectors.

    The loss is the listwise loss of each query over the products, plus half the listwise loss of
    each product over the queries.

    :param queries: ``(B, d)`` unit vectors; ``products``: ``(N, d)`` unit vectors; ``gains``: the
        relevance of each pair, ``(B, N)``.
    """
    scores = SCORE_SCALE * queries @ products.T
    return listwise(scores, gains) + 0.5 * listwise(scores.T, gains.T)


def agreement_loss(query_probs: Tensor, product_probs: Tensor, gains: Tensor) -> Tensor:
    """Return the agreement loss: relevant pairs should share codes, other pairs should not.

    The agreement of a query q and a product p is the probability that both draw the same code c:
    the sum of P(c|q) P(c|p) over c (GRAM, section 3.3).

    :param query_probs: P(c|q), ``(B, C)``; ``product_probs``: P(c|p) of the same codes, ``(N, C)``;
        ``gains``: the relevance of each pair, ``(B, N)``.
    """
    return listwise((query_probs @ product_probs.T + _FLOOR).log(), gains)


def code_cross_entropy(log_probs: Tensor, weights: Tensor) -> Tensor:
    """Return the mean cross-entropy of the probabilities of codes against a target distribution.

    :param log_probs: ``(B, K)``, log P(c | text) of K codes for each text.
    :param weights: ``(B, K)``, the target distribution over these codes; zeros for a text without
        targets.
    """
    return -(weights * log_probs).sum(1).mean()


def preference_loss(better: Tensor, worse: Tensor, *, beta: float, margin: float) -> Tensor:
    """Return the SimPO loss (Meng et al., NeurIPS 2024) of pairs of codes.

    Unlike the published loss, this loss does not normalise by length, because a search weights a
    code by its whole probability.

    :param better: ``(n,)``, log-probabilities of the preferred codes; ``worse``: ``(n,)``,
        log-probabilities of the other code of each pair.
    """
    return -F.logsigmoid(beta * (better - worse) - margin).mean()
