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

Step = Callable[[Tensor, Tensor | None, Cache], tuple[Tensor, Cache]]


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

    No length penalty: the score of a beam is the log-probability of its code. Only beams that still
    have something to choose are decoded further; the others wait with the score that they have.

    :param step: reads the last tokens, ``(n,)`` positions in the trie's alphabet (``None`` at the
        start), of beams of the texts ``(n,)``, and returns the states ``(n, d)`` of what follows,
        with the longer cache.
    :param vectors: ``(alphabet, d)``, the trie's tokens.
    :param alive: ``(edges,)`` bool, the edges that may be walked; all of them where ``None``.
    """
    nodes = torch.full((batch, 1), ROOT)
    scores = torch.zeros(batch, 1)
    is_open = torch.ones(batch, 1, dtype=torch.bool)
    texts = torch.arange(batch)
    tokens: Tensor | None = None
    cache = Cache()
    while len(texts):
        states, cache = step(texts, tokens, cache)
        rows, edges, log_probs = edge_log_probs(states, nodes[is_open], vectors, trie)
        totals = scores[is_open][rows] + log_probs
        if alive is not None:
            totals = totals.masked_fill(~alive[edges], -torch.inf)
        steps, starts = _by_text(totals, texts[rows], batch, at_least=beams)
        waiting = scores.masked_fill(is_open, -torch.inf)
        scores, columns = torch.cat([waiting, steps], 1).topk(beams, dim=1)
        stepped = (columns >= waiting.shape[1]) & ~scores.isneginf()
        stood = nodes.gather(1, columns.clamp(max=waiting.shape[1] - 1))
        picked = (starts[:, None] + columns - waiting.shape[1])[stepped]
        nodes = stood.masked_scatter(stepped, trie.child[edges[picked]])
        is_open = stepped & (trie.code[nodes] < 0)
        goes_on = is_open[stepped]
        texts = is_open.nonzero()[:, 0]
        tokens = trie.token[edges[picked[goes_on]]]
        cache = cache.select(rows[picked[goes_on]])
    codes = trie.code[nodes].masked_fill(scores.isneginf(), -1)
    return Beams(codes, scores)


def _by_text(values: Tensor, texts: Tensor, batch: int, *, at_least: int) -> tuple[Tensor, Tensor]:
    """Return values as one row a text, filled up with ``-inf``, and where each text's begin.

    :param values: ``(n,)``; ``texts``: ``(n,)`` int64, ascending.
    :return: ``(B, m)`` with ``m`` at least ``at_least``, and ``(B,)``.
    """
    counts = torch.bincount(texts, minlength=batch)
    starts = counts.cumsum(0) - counts
    padded = torch.full((batch, max(int(counts.max()), at_least)), -torch.inf)
    padded[texts, torch.arange(len(values)) - starts[texts]] = values
    return padded, starts
