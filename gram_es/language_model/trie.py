"""An immutable prefix trie over token ids, stored as tensors for batched decoding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

ROOT = 0


class Trie:
    """A prefix trie of the token sequences of all codes, each followed by the token ``end``.

    All tensors are on the CPU. The edges that leave node ``n`` have the numbers from
    ``first_edge[n]`` up to, but not including, ``first_edge[n + 1]``. Tokens are positions in
    ``alphabet``, the sorted ids of the tokens that occur in codes, so that a decoder scores only
    these tokens and not its whole vocabulary. From the last node of a code an edge with the token
    ``end`` leads back to the same node: continuing a finished path has no effect.

    Attributes
    ----------
    alphabet: ``(alphabet,)`` int64, token ids of the tokenizer, ``end`` included.
    first_edge: ``(nodes + 1,)`` int64.
    edge_token: ``(edges,)`` int64, positions in ``alphabet``.
    edge_child: ``(edges,)`` int64, the node that each edge leads to.
    edge_parent: ``(edges,)`` int64, the node that each edge leaves.
    edge_log_prior: ``(edges,)`` float, the logarithm of a share: of all codes below the edge's
        parent, the share of those below the edge. With this prior a decoder whose logits are
        all equal gives all codes the same probability.
    only_code: ``(nodes,)`` int64, the number of the only code below a node, or -1 if there are
        several codes below the node.
    paths: ``(codes, depth)`` int64, the tokens of each code, padded with ``end``.
    lengths: ``(codes,)`` int64, the number of tokens of each code, its ``end`` included.
    edges_on_path: ``(codes, depth)`` int64, the edge of each token of ``paths``.

    """

    def __init__(self, sequences: Sequence[Sequence[int]], *, end: int) -> None:
        """Build the trie.

        :param sequences: the token ids of each code.
        :raises ValueError: if a sequence is empty, occurs twice or contains ``end``.
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
            for depth, token in enumerate(steps):
                paths[number, depth] = token
                on_path[number, depth] = node
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
        self.edge_token = torch.tensor([token for token, _ in edges], dtype=torch.int64)
        self.edge_child = torch.tensor([child for _, child in edges], dtype=torch.int64)
        counts = torch.tensor([0] + [len(node) for node in children])
        self.first_edge = counts.cumsum(0)
        self.edge_parent = torch.repeat_interleave(torch.arange(len(children)), counts[1:])
        edge_of = {
            (node, token): edge
            for edge, (node, token) in enumerate(
                zip(self.edge_parent.tolist(), self.edge_token.tolist(), strict=True)
            )
        }
        edges_taken = [
            [edge_of[step] for step in zip(nodes, tokens, strict=True)]
            for nodes, tokens in zip(on_path.tolist(), paths.tolist(), strict=True)
        ]
        self.edges_on_path = torch.tensor(edges_taken, dtype=torch.int64).view(
            len(sequences), self.depth
        )
        codes_below = self._codes_below_edges()
        codes_below_node = torch.zeros(len(children)).index_add(0, self.edge_parent, codes_below)
        self.edge_log_prior = (codes_below / codes_below_node[self.edge_parent]).log()
        self.only_code = torch.full((len(children),), -1)
        sole_codes, depths = (codes_below[self.edges_on_path] == 1).nonzero(as_tuple=True)
        self.only_code[self.edge_child[self.edges_on_path[sole_codes, depths]]] = sole_codes

    def _codes_below_edges(self) -> Tensor:
        """Return how many codes each edge leads to, ``(edges,)`` float.

        For an edge from a node to itself the number is 1.
        """
        loops = self.edge_child == self.edge_parent
        passing = self.edges_on_path[~loops[self.edges_on_path]]
        return torch.bincount(passing, minlength=len(self.edge_token)).clamp(min=1).float()

    def outgoing_edges(self, nodes: Tensor) -> tuple[Tensor, Tensor]:
        """Return the edges that leave ``nodes``, as one flat tensor.

        :param nodes: ``(n,)`` int64.
        :return: ``(rows, edges)``, both ``(total,)``: edge ``edges[i]`` leaves node
            ``nodes[rows[i]]``; ``rows`` is ascending.
        """
        lengths = self.first_edge[nodes + 1] - self.first_edge[nodes]
        rows = torch.repeat_interleave(torch.arange(len(nodes)), lengths)
        starts = lengths.cumsum(0) - lengths
        edges = torch.arange(len(rows)) - starts[rows] + self.first_edge[nodes][rows]
        return rows, edges

    def allowed_edges(self, codes: Tensor) -> Tensor:
        """Return, for each edge, whether it leads to at least one of ``codes``.

        :param codes: ``(n,)`` int64, numbers of codes.
        :return: ``(edges,)`` bool, for :func:`gram_es.language_model.beam_search.beam_search`.
        """
        allowed = torch.zeros(len(self.edge_token), dtype=torch.bool)
        allowed[self.edges_on_path[codes].flatten()] = True
        return allowed


def _check(sequences: Sequence[Sequence[int]], end: int) -> None:
    if any(not s for s in sequences):
        raise ValueError("a code has no tokens")
    if any(end in s for s in sequences):
        raise ValueError("a code contains the token that ends codes")
    if len({tuple(s) for s in sequences}) < len(sequences):
        raise ValueError("two codes have the same tokens")
