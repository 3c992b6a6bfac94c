"""Prompts as keys and values: what comes after them needs no second pass over their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad
from transformers import DynamicCache


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """The keys and values of a text that others are scored after, and its last hidden state.

    ``layers`` has the keys and values of each layer, ``(1, heads, length, d)``; ``last`` is
    ``(hidden,)``.
    """

    layers: tuple[tuple[Tensor, Tensor], ...]
    last: Tensor
    length: int

    @property
    def nbytes(self) -> int:
        """Return the memory that the keys and values take."""
        return sum(keys.nbytes + values.nbytes for keys, values in self.layers)


@dataclass(frozen=True, slots=True, eq=False)
class PromptBatch:
    """Prompts in one cache, padded on the left to the longest.

    ``lengths`` is ``(n,)``. ``is_hidden`` is ``(n, longest)`` bool, true for the padding.
    """

    cache: DynamicCache
    lengths: Tensor
    is_hidden: Tensor

    @classmethod
    def of(cls, prompts: Sequence[Prompt], config: Any = None) -> PromptBatch:
        """Put prompts together.

        :param config: the network's; layers that look back only so far then keep no more. Without
            it, all keys and values are kept.
        """
        lengths = torch.tensor([prompt.length for prompt in prompts])
        longest = int(lengths.max())
        cache = DynamicCache(config=config)
        for number in range(len(prompts[0].layers)):
            keys, values = (
                torch.cat(
                    [pad(p.layers[number][part], (0, 0, longest - p.length, 0)) for p in prompts]
                )
                for part in (0, 1)
            )
            cache.update(keys, values, number)
        return cls(cache, lengths, torch.arange(longest) < longest - lengths[:, None])
