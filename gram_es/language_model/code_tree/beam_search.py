"""Beam search along the paths of a token tree, corrected at each node (as in GENRE, Cao et al.).

A code that begins with common words is likely after any prompt. What a node has after a prompt that
says nothing is therefore taken off at once: to correct the finished beams alone cannot bring back
what raw likelihood has dropped on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gram_es.language_model.code_tree.token_tree import ROOT, IntArray, TokenTree

FloatArray = NDArray[np.float32]
ChildLogProbs = Callable[[IntArray, IntArray, IntArray, IntArray], FloatArray]
"""Returns log P of children, ``(m,)``, from ``(prompts, nodes, rows, children)``: child ``i`` comes
after the node ``nodes[rows[i]]`` of the prompt ``prompts[rows[i]]``."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundTexts:
    """The texts found for a prompt, best first: their numbers and their scores, both ``(n,)``."""

    numbers: IntArray
    scores: FloatArray


def beam_search(
    log_probs: ChildLogProbs,
    tree: TokenTree,
    corrections: FloatArray,
    *,
    prompts: int,
    beams: int,
    usable: NDArray[np.bool_] | None = None,
) -> list[FoundTexts]:
    """Return, for each of ``prompts``, the texts that the ``beams`` best paths lead to.

    The score of a text is the sum of log P less the correction over its nodes. A corrected score
    may rise along a path, so paths compete only with others of the same number of tokens.

    :param corrections: ``(nodes,)``, what is taken off the log-probability of each node.
    :param usable: ``(nodes,)``, the nodes that paths may pass; ``None`` allows all.
    """
    rows_of, nodes = np.arange(prompts), np.full(prompts, ROOT)
    scores = np.zeros(prompts, dtype=np.float32)
    is_inner = np.zeros(len(tree), dtype=np.bool_)
    is_inner[tree.inner()] = True
    found = []
    while len(nodes):
        rows, children = tree.children_of(nodes)
        if usable is not None:
            rows, children = rows[usable[children]], children[usable[children]]
        scores = scores[rows] + log_probs(rows_of, nodes, rows, children) - corrections[children]
        best = _best_of_each(rows_of[rows], scores, beams)
        rows_of, nodes, scores = rows_of[rows][best], children[best], scores[best]
        texts = tree.text_at[nodes]
        found.append((rows_of[texts >= 0], texts[texts >= 0], scores[texts >= 0]))
        goes_on = is_inner[nodes]
        rows_of, nodes, scores = rows_of[goes_on], nodes[goes_on], scores[goes_on]
    return _by_prompt(found, prompts, beams)


def _best_of_each(groups: IntArray, scores: FloatArray, count: int) -> IntArray:
    """Return the positions of the ``count`` highest scores of each group, group by group."""
    order = np.lexsort((-scores, groups))
    ranks = np.arange(len(order)) - np.searchsorted(groups[order], groups[order])
    best: IntArray = order[ranks < count]
    return best


def _by_prompt(
    found: list[tuple[IntArray, IntArray, FloatArray]], prompts: int, count: int
) -> list[FoundTexts]:
    rows, texts, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    best = _best_of_each(rows, scores, count)
    rows, texts, scores = rows[best], texts[best], scores[best]
    return [FoundTexts(texts[rows == row], scores[rows == row]) for row in range(prompts)]
