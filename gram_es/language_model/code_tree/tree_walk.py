"""Walk down a tree of tokens after prompts, with the keys and values of the nodes passed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.language_model.code_tree.token_tree import ROOT, IntArray, TokenTree
from gram_es.language_model.prompt import Prompt, PromptBatch


class TreeWalk:
    """Hidden states of the nodes of a tree after each of several prompts.

    Each node attends to its prompt and to its ancestors, whose keys and values are kept: the nodes
    of all prompts go through the network in one pass, and no key is copied when a path is left.
    """

    def __init__(self, network: Any, prompts: Sequence[Prompt], tree: TokenTree) -> None:
        """Start at the root, after each prompt."""
        self._network = network
        self._tree = tree
        self._last = torch.stack([prompt.last for prompt in prompts])
        batch = PromptBatch.of(prompts)
        self._cache, self._lengths = batch.cache, batch.lengths
        self._is_hidden: NDArray[np.bool_] = batch.is_hidden.numpy()
        self._columns = np.full((len(prompts), len(tree)), -1, dtype=np.int64)

    def states(self, prompts: IntArray, nodes: IntArray) -> Tensor:
        """Return the last hidden state of each node after its prompt, ``(n, hidden)``.

        :param prompts: ``(n,)`` in ascending order, the number of each node's prompt.
        :param nodes: ``(n,)``, either :data:`ROOT` alone, or nodes whose parents were passed
            after the same prompt.
        """
        if (nodes == ROOT).all():
            return self._last[torch.from_numpy(prompts)]
        places = np.arange(len(prompts)) - np.searchsorted(prompts, prompts)
        shape = (len(self._lengths), int(places.max()) + 1)
        tokens = np.zeros(shape, dtype=np.int64)
        tokens[prompts, places] = self._tree.tokens[nodes]
        depths = np.zeros(shape, dtype=np.int64)
        depths[prompts, places] = self._tree.depths[nodes]
        device, dtype = self._last.device, self._last.dtype
        is_hidden = torch.from_numpy(self._hide(prompts, nodes, places, shape))
        mask = torch.zeros(is_hidden.shape).masked_fill(is_hidden, torch.finfo(dtype).min)
        output = self._network.base_model(
            input_ids=torch.from_numpy(tokens).to(device),
            position_ids=(torch.from_numpy(depths) + self._lengths[:, None]).to(device),
            attention_mask=mask[:, None].to(device, dtype),
            past_key_values=self._cache,
        )
        states: Tensor = output.last_hidden_state
        return states[torch.from_numpy(prompts), torch.from_numpy(places)]

    def _hide(
        self, prompts: IntArray, nodes: IntArray, places: IntArray, shape: tuple[int, int]
    ) -> NDArray[np.bool_]:
        """Return what each node does not see, ``(prompts, nodes, keys)``; note the new columns."""
        before = self._is_hidden.shape[1] + self._passed
        is_hidden = np.ones((*shape, before + shape[1]), dtype=np.bool_)
        is_hidden[..., : self._is_hidden.shape[1]] = self._is_hidden[:, None]
        self._columns[prompts, nodes] = before + places
        ancestors = nodes
        while len(below := np.flatnonzero(ancestors != ROOT)):
            columns = self._columns[prompts[below], ancestors[below]]
            is_hidden[prompts[below], places[below], columns] = False
            ancestors = np.where(ancestors == ROOT, ROOT, self._tree.parents[ancestors])
        return is_hidden

    @property
    def _passed(self) -> int:
        """The number of nodes passed after each prompt, with padding."""
        passed: int = self._cache.get_seq_length() - self._is_hidden.shape[1]
        return passed
