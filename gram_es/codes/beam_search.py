"""Batched beam search that cannot leave the trie (Cao et al., GENRE, ICLR 2021).

Probabilities are normalised over the *whole* codebook; codes that the live index does not hold are
struck out afterwards. A code's probability is therefore the same whatever the index holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.codes.trie import ROOT, Trie

_GATHERING = 24  # what a gathered product costs over one in a product of matrices

Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cache:
    """Keys and values of the codes so far, one ``(n, H, t, d/H)`` a layer; empty at first."""

    keys: tuple[Tensor, ...] = ()
    values: tuple[Tensor, ...] = ()

    @property
    def length(self) -> int:
        """Return ``t``, how many tokens have been read."""
        return self.keys[0].shape[2] if self.keys else 0

    def select(self, parents: Tensor) -> Cache:
        """Return the cache of the beams ``parents``, ``(n',)`` int64."""
        return Cache(tuple(k[parents] for k in self.keys), tuple(v[parents] for v in self.values))


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
    paths = _Paths(trie, vectors, alive)
    nodes = np.full((batch, 1), ROOT)
    scores = np.zeros((batch, 1), dtype=np.float32)
    is_open = np.ones((batch, 1), dtype=np.bool_)
    texts = np.arange(batch)
    tokens: Tensor | None = None
    cache = Cache()
    while len(texts):
        states, cache = step(torch.from_numpy(texts), tokens, cache)
        rows, edges, log_probs = paths.leaving(nodes[is_open], states)
        steps, starts = _by_text(scores[is_open][rows] + log_probs, texts[rows], batch, beams)
        waiting = np.where(is_open, np.float32(-np.inf), scores)
        scores, columns = _best(np.concatenate([waiting, steps], 1), beams)
        stepped = (columns >= waiting.shape[1]) & (scores > -np.inf)
        picked = (starts[:, None] + columns - waiting.shape[1])[stepped]
        nodes = np.take_along_axis(nodes, np.minimum(columns, waiting.shape[1] - 1), 1)
        nodes[stepped] = paths.child[edges[picked]]
        is_open = stepped & (paths.code[nodes] < 0)
        followed = picked[is_open[stepped]]
        texts = is_open.nonzero()[0]
        tokens = torch.from_numpy(paths.token[edges[followed]])
        cache = cache.select(torch.from_numpy(rows[followed]))
    codes = np.where(scores > -np.inf, paths.code[nodes], -1)
    return Beams(torch.from_numpy(codes), torch.from_numpy(scores))


class _Paths:
    """A trie as a search walks it: in numpy, whose many small steps cost a third of torch's."""

    def __init__(self, trie: Trie, vectors: Tensor, alive: Tensor | None) -> None:
        self._first, self._prior = trie.first.numpy(), trie.prior.numpy()
        self.token, self.child, self.code = (
            part.numpy() for part in (trie.token, trie.child, trie.code)
        )
        self._vectors = vectors.detach()
        self._alive = None if alive is None else alive.numpy()

    def leaving(self, nodes: Numbers, states: Tensor) -> tuple[Numbers, Numbers, Scores]:
        """Return what :func:`edge_log_probs` does; an edge that is not alive has ``-inf``."""
        lengths = self._first[nodes + 1] - self._first[nodes]
        starts = lengths.cumsum() - lengths
        rows = np.repeat(np.arange(len(nodes)), lengths)
        edges = np.arange(len(rows)) + (self._first[nodes] - starts)[rows]
        logits = self._logits(rows, self.token[edges], states.detach()) + self._prior[edges]
        logits -= np.maximum.reduceat(logits, starts)[rows]
        log_probs = logits - np.log(np.add.reduceat(np.exp(logits), starts))[rows]
        if self._alive is not None:
            log_probs[~self._alive[edges]] = -np.inf
        return rows, edges, log_probs

    def _logits(self, rows: Numbers, tokens: Numbers, states: Tensor) -> Scores:
        if len(rows) * _GATHERING < len(states) * len(self._vectors):
            logits: Scores = (states.numpy()[rows] * self._vectors.numpy()[tokens]).sum(1)
        else:
            logits = (states @ self._vectors.T).numpy()[rows, tokens]
        return logits


def _by_text(values: Scores, texts: Numbers, batch: int, at_least: int) -> tuple[Scores, Numbers]:
    """Return values as one row a text, filled up with ``-inf``, and where each text's begin.

    :param values: ``(n,)``; ``texts``: ``(n,)``, ascending.
    :return: ``(B, m)`` with ``m`` at least ``at_least``, and ``(B,)``.
    """
    counts = np.bincount(texts, minlength=batch)
    starts = counts.cumsum() - counts
    padded = np.full((batch, max(counts.max(), at_least)), -np.inf, dtype=np.float32)
    padded[texts, np.arange(len(values)) - starts[texts]] = values
    return padded, starts


def _best(scores: Scores, count: int) -> tuple[Scores, Numbers]:
    """Return the best ``count`` of each row, best first, and their columns."""
    columns = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(scores, columns, 1)
    order = np.argsort(-found, axis=1, kind="stable")
    return np.take_along_axis(found, order, 1), np.take_along_axis(columns, order, 1)
