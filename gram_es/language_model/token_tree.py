"""Texts as a tree of tokens: what texts begin with in common is one path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

ROOT: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class TokenTree:
    """A tree of tokens whose nodes are packed into one sequence, parents before their children.

    ``tokens``, ``parents`` and ``depths`` are ``(nodes,)``: the token of each node, its parent
    (:data:`ROOT` for a first token) and its distance from the root, 0 for a first token.
    ``paths`` gives, for each text, its nodes from the first token to the last.
    """

    tokens: NDArray[np.int64]
    parents: NDArray[np.int64]
    depths: NDArray[np.int64]
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

    def inner(self) -> NDArray[np.int64]:
        """Return the nodes that have children, in ascending order."""
        inner: NDArray[np.int64] = np.unique(self.parents[self.parents != ROOT])
        return inner

    def sees(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
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
