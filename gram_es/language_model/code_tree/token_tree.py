"""Texts as a tree of tokens: what texts begin with in common is one path.

Likelihoods of many texts are computed along such a tree in one pass, and a beam search follows its
paths, so that a language model writes nothing but these texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

ROOT: Final = -1

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TokenTree:
    """A tree of tokens whose nodes are packed into one sequence, parents before their children.

    ``tokens``, ``parents`` and ``depths`` are ``(nodes,)``: the token of each node, its parent
    (:data:`ROOT` for a first token) and its distance from the root, 0 for a first token.
    ``paths`` gives, for each text, its nodes from the first token to the last.
    """

    tokens: IntArray
    parents: IntArray
    depths: IntArray
    paths: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, sequences: Sequence[Sequence[int]]) -> TokenTree:
        """Build the tree of token sequences.

        :raises ValueError: if a sequence is empty.
        """
        node_of: dict[tuple[int, int], int] = {}
        depths: list[int] = []
        paths = []
        for sequence in sequences:
            if not sequence:
                raise ValueError("a text has no tokens")
            path: list[int] = []
            for token in sequence:
                step = (path[-1] if path else ROOT, token)
                if step not in node_of:
                    node_of[step] = len(node_of)
                    depths.append(len(path))
                path.append(node_of[step])
            paths.append(tuple(path))
        steps = np.array(list(node_of), dtype=np.int64).reshape(-1, 2)
        return cls(steps[:, 1], steps[:, 0], np.array(depths, dtype=np.int64), tuple(paths))

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def text_at(self) -> IntArray:
        """The number of the text that ends at each node, -1 where none does; ``(nodes,)``."""
        text_at = np.full(len(self), -1, dtype=np.int64)
        text_at[[path[-1] for path in self.paths]] = np.arange(len(self.paths))
        return text_at

    @cached_property
    def _by_parent(self) -> tuple[IntArray, IntArray]:
        """The nodes in the order of their parents, and these parents."""
        order = np.argsort(self.parents, kind="stable")
        return order, self.parents[order]

    def inner(self) -> IntArray:
        """Return the nodes that have children, in ascending order."""
        inner: IntArray = np.unique(self.parents[self.parents != ROOT])
        return inner

    def children_of(self, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """Return the children of ``nodes`` as one flat array.

        :param nodes: ``(n,)``; :data:`ROOT` has the first tokens as children.
        :return: ``(rows, children)``, both ``(total,)``: ``children[i]`` is a child of
            ``nodes[rows[i]]``; ``rows`` is ascending.
        """
        order, parents = self._by_parent
        first = np.searchsorted(parents, nodes, side="left")
        counts = np.searchsorted(parents, nodes, side="right") - first
        rows = np.repeat(np.arange(len(nodes)), counts)
        starts = counts.cumsum() - counts
        return rows, order[np.arange(len(rows)) + (first - starts)[rows]]

    def on_paths(self, texts: Sequence[int]) -> NDArray[np.bool_]:
        """Return which nodes lie on the path of one of ``texts``, ``(nodes,)``."""
        is_on_path = np.zeros(len(self), dtype=np.bool_)
        for text in texts:
            is_on_path[list(self.paths[text])] = True
        return is_on_path

    def sees(self, nodes: IntArray) -> NDArray[np.bool_]:
        """Return which of ``nodes`` lie on each other's path, ``(n, n)``.

        Row ``i`` is true for node ``i`` and for its ancestors.

        :param nodes: ``(n,)`` in ascending order, with the parents of each.
        """
        row_of = {node: row for row, node in enumerate(nodes.tolist())}
        visible = np.eye(len(nodes), dtype=np.bool_)
        for row, node in enumerate(nodes.tolist()):
            if (parent := int(self.parents[node])) != ROOT:
                visible[row] |= visible[row_of[parent]]
        return visible
