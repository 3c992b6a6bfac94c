"""An immutable prefix trie over token ids, laid out as arrays so that a batch walks it at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

ROOT = 0


class Trie:
    """Every code's token sequence, each ended by ``end``; all tensors are on the CPU.

    The edges of node ``n`` are ``first[n] .. first[n + 1]``. Tokens are positions in ``alphabet``,
    the sorted token ids that occur at all, so that a decoder need not score the rest of its
    vocabulary. The last node of a code loops on ``end``: a finished beam waits there at no cost.

    Attributes
    ----------
    alphabet: ``(alphabet,)`` int64, token ids of the tokenizer, ``end`` included.
    first: ``(nodes + 1,)`` int64.
    token: ``(edges,)`` int64, positions in ``alphabet``.
    child: ``(edges,)`` int64, nodes.
    code: ``(nodes,)`` int64, the only code that lies behind a node, else -1: from there on nothing
        is left to choose.
    paths: ``(codes, depth)`` int64, alphabet positions, filled up with ``end``.
    lengths: ``(codes,)`` int64, tokens of each code, its ``end`` included.
    edges_on_path: ``(codes, depth)`` int64, the edge that each token of ``paths`` takes.
    parent: ``(edges,)`` int64, the node that each edge leaves.
    prior: ``(edges,)`` float, the logarithm of the share of a node's codes that lie behind each of
        its edges: by it alone all codes are equally probable.

    """

    def __init__(self, sequences: Sequence[Sequence[int]], *, end: int) -> None:
        """Build the trie.

        :param sequences: each code's token ids, none empty, none the same, none holding ``end``.
        :raises ValueError: if a sequence is empty, repeats or holds ``end``.
        """
        _check(sequences, end)
        self.alphabet = torch.tensor(sorted({t for s in sequences for t in s} | {end}))
        position = {token: n for n, token in enumerate(self.alphabet.tolist())}
        self.end = position[end]
        children: list[dict[int, int]] = [{}]
        self.depth = max((len(s) for s in sequences), default=0) + 1
        paths = torch.full((len(sequences), self.depth), self.end)
        on_path = torch.zeros((len(sequences), self.depth), dtype=torch.int64)
        leaves: set[int] = set()
        for number, sequence in enumerate(sequences):
            node = ROOT
            steps = [position[t] for t in sequence] + [self.end]
            for at, token in enumerate(steps):
                paths[number, at] = token
                on_path[number, at] = node
                if token not in children[node]:
                    children[node][token] = len(children)
                    children.append({})
                node = children[node][token]
            on_path[number, len(steps) :] = node
            leaves.add(node)
        for leaf in leaves:
            children[leaf][self.end] = leaf
        self.paths = paths
        self.lengths = (paths != self.end).sum(1) + 1
        edges = [edge for node in children for edge in sorted(node.items())]
        self.token = torch.tensor([token for token, _ in edges], dtype=torch.int64)
        self.child = torch.tensor([child for _, child in edges], dtype=torch.int64)
        counts = torch.tensor([0] + [len(node) for node in children])
        self.first = counts.cumsum(0)
        self.parent = torch.repeat_interleave(torch.arange(len(children)), counts[1:])
        edge_of = {
            (node, token): edge
            for edge, (node, token) in enumerate(
                zip(self.parent.tolist(), self.token.tolist(), strict=True)
            )
        }
        taken = [
            [edge_of[step] for step in zip(nodes, tokens, strict=True)]
            for nodes, tokens in zip(on_path.tolist(), paths.tolist(), strict=True)
        ]
        self.edges_on_path = torch.tensor(taken, dtype=torch.int64).view(len(taken), self.depth)
        behind = self._codes_behind()
        together = torch.zeros(len(children)).index_add(0, self.parent, behind)
        self.prior = (behind / together[self.parent]).log()
        self.code = torch.full((len(children),), -1)
        alone, depths = (behind[self.edges_on_path] == 1).nonzero(as_tuple=True)
        self.code[self.child[self.edges_on_path[alone, depths]]] = alone

    def _codes_behind(self) -> Tensor:
        """Return how many codes lie behind each edge, ``(edges,)`` float; 1 where one waits."""
        loops = self.child == self.parent
        passing = self.edges_on_path[~loops[self.edges_on_path]]
        return torch.bincount(passing, minlength=len(self.token)).clamp(min=1).float()

    def edges_of(self, nodes: Tensor) -> tuple[Tensor, Tensor]:
        """Return the edges that leave ``nodes``, flat.

        :param nodes: ``(n,)`` int64.
        :return: ``(rows, edges)``, both ``(total,)``: ``rows[i]`` is the position in ``nodes`` that
            edge ``edges[i]`` leaves from, ascending.
        """
        lengths = self.first[nodes + 1] - self.first[nodes]
        rows = torch.repeat_interleave(torch.arange(len(nodes)), lengths)
        starts = lengths.cumsum(0) - lengths
        edges = torch.arange(len(rows)) - starts[rows] + self.first[nodes][rows]
        return rows, edges

    def alive_edges(self, codes: Tensor) -> Tensor:
        """Return which edges lead to at least one of ``codes``.

        :param codes: ``(n,)`` int64, numbers of codes.
        :return: ``(edges,)`` bool, for :func:`gram_es.codes.beam_search.beam_search`.
        """
        alive = torch.zeros(len(self.token), dtype=torch.bool)
        alive[self.edges_on_path[codes].flatten()] = True
        return alive


def _check(sequences: Sequence[Sequence[int]], end: int) -> None:
    if any(not s for s in sequences):
        raise ValueError("a code has no tokens")
    if any(end in s for s in sequences):
        raise ValueError("a code holds the token that ends codes")
    if len({tuple(s) for s in sequences}) < len(sequences):
        raise ValueError("two codes have the same tokens")
