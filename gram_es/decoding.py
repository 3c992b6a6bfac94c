"""Batched beam search that cannot leave the trie (Cao et al., GENRE, ICLR 2021).

Probabilities are normalised over the *whole* codebook; codes that the live index does not hold are
struck out afterwards. A code's probability is therefore the same whatever the index holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gram_es.model.decoder import Cache
from gram_es.trie import ROOT, Trie

_GATHERING = 24  # what a gathered product costs over one in a product of matrices

Step = Callable[[Tensor | None, Cache], tuple[Tensor, Cache]]


@dataclass(frozen=True, slots=True)
class Beams:
    """The best codes of a batch of texts.

    ``codes`` is ``(B, K)`` int64, best first, -1 where a text has fewer codes than K.
    ``log_probs`` is ``(B, K)``, ``-inf`` beside a -1.
    """

    codes: Tensor
    log_probs: Tensor


def edge_log_probs(
    states: Tensor, nodes: Tensor, vectors: Tensor, trie: Trie
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the log-probability of each edge that leaves ``nodes``.

    A token's logit is its product with the state, beside the trie's prior.

    :param states: ``(n, d)``, the decoder's states at ``nodes``.
    :param nodes: ``(n,)`` int64.
    :param vectors: ``(alphabet, d)``, the trie's tokens.
    :return: ``(rows, edges, log_probs)``, each ``(total,)``, as :meth:`Trie.edges_of` orders them.
    """
    rows, edges = trie.edges_of(nodes)
    if len(edges) * _GATHERING < len(nodes) * len(vectors):
        logits = (states[rows] * vectors[trie.token[edges]]).sum(1)
    else:
        logits = (states @ vectors.T)[rows, trie.token[edges]]
    logits = logits + trie.prior[edges]
    peak = torch.full((len(nodes),), -torch.inf).scatter_reduce(0, rows, logits.detach(), "amax")
    spread = torch.zeros(len(nodes)).index_add(0, rows, (logits - peak[rows]).exp())
    return rows, edges, logits - peak[rows] - spread.log()[rows]


def beam_search(
    step: Step,
    vectors: Tensor,
    trie: Trie,
    *,
    batch: int,
    beams: int,
    alive: Tensor | None = None,
) -> Beams:
    """Return the ``beams`` most probable codes of each of ``batch`` texts.

    No length penalty: the score of a beam is the log-probability of its code.

    :param step: reads the last tokens, ``(B, K)`` positions in the trie's alphabet (``None`` at the
        start), and returns the states ``(B, K, d)`` of what follows, with the longer cache.
    :param vectors: ``(alphabet, d)``, the trie's tokens.
    :param alive: ``(edges,)`` bool, the edges that may be walked; all of them where ``None``.
    """
    nodes = torch.full((batch, 1), ROOT)
    scores = torch.zeros(batch, 1)
    tokens: Tensor | None = None
    cache = Cache()
    for _ in range(trie.depth):
        states, cache = step(tokens, cache)
        width = nodes.shape[1]
        rows, edges, log_probs = edge_log_probs(
            states.reshape(batch * width, -1), nodes.flatten(), vectors, trie
        )
        totals = scores.flatten()[rows] + log_probs
        if alive is not None:
            totals = totals.masked_fill(~alive[edges], -torch.inf)
        scores, picked = _best_per_text(totals, rows // width, batch, beams)
        tokens, nodes = trie.token[edges[picked]], trie.child[edges[picked]]
        cache = cache.select(rows[picked] % width)
        if bool(((trie.code[nodes] >= 0) | scores.isneginf()).all()):
            break
    codes = trie.code[nodes].masked_fill(scores.isneginf(), -1)
    return Beams(codes, scores)


def _best_per_text(totals: Tensor, texts: Tensor, batch: int, beams: int) -> tuple[Tensor, Tensor]:
    """Return the best candidates of each text, from a flat list that is grouped by text.

    :param totals: ``(n,)``; ``texts``: ``(n,)`` int64, ascending, each text at least once.
    :return: scores ``(B, K)`` in descending order and positions in ``totals``, ``(B, K)``;
        missing candidates have the score ``-inf`` and the position of the text's first one.
    """
    counts = torch.bincount(texts, minlength=batch)
    starts = counts.cumsum(0) - counts
    width = max(int(counts.max()), beams)
    padded = torch.full((batch, width), -torch.inf)
    column = torch.arange(len(totals)) - starts[texts]
    padded[texts, column] = totals
    scores, columns = padded.topk(beams, dim=1)
    inside = columns < counts[:, None]
    return scores, starts[:, None] + columns.masked_fill(~inside, 0)
