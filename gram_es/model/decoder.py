"""The shallow decoder that spells codes: self-attention over the code, cross-attention to the text.

Deep encoder, shallow decoder is the cheap split on CPUs (Kasai et al., ICLR 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


@dataclass(frozen=True, slots=True)
class Memory:
    """Encoded texts, ready for cross-attention.

    ``keys`` and ``values`` hold one ``(B, H, L, d/H)`` a layer; ``mask`` is ``(B, 1, 1, L)`` bool,
    true where a token stands; ``start`` is ``(B, d)``, what every position reads of the whole text.
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    mask: Tensor
    start: Tensor


@dataclass(frozen=True, slots=True)
class Cache:
    """Keys and values of the codes so far, one ``(B, K, H, t, d/H)`` a layer; empty at first."""

    keys: tuple[Tensor, ...] = ()
    values: tuple[Tensor, ...] = ()

    @property
    def length(self) -> int:
        """Return ``t``, how many tokens have been read."""
        return self.keys[0].shape[3] if self.keys else 0

    def select(self, parents: Tensor) -> Cache:
        """Return the cache of the beams ``parents``, ``(B, K')`` int64."""
        batch = torch.arange(len(parents))[:, None]
        return Cache(
            tuple(k[batch, parents] for k in self.keys),
            tuple(v[batch, parents] for v in self.values),
        )


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_self, self.norm_cross, self.norm_feed = (nn.LayerNorm(width) for _ in range(3))
        self.self_qkv = nn.Linear(width, 3 * width)
        self.self_out = nn.Linear(width, width)
        self.cross_query = nn.Linear(width, width)
        self.cross_memory = nn.Linear(width, 2 * width)
        self.cross_out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def start_silent(self) -> None:
        """Let the layer add nothing to what passes through it."""
        feed_out = cast(nn.Linear, self.feed[-1])
        for out in (self.self_out, self.cross_out, feed_out):
            nn.init.zeros_(out.weight)
            nn.init.zeros_(out.bias)

    def remember(self, states: Tensor) -> tuple[Tensor, Tensor]:
        keys, values = self.cross_memory(states).chunk(2, dim=-1)  # (B, L, d)
        batch, length, width = keys.shape
        shape = (batch, length, self.heads, width // self.heads)
        return keys.view(shape).transpose(1, 2), values.view(shape).transpose(1, 2)

    def forward(
        self,
        x: Tensor,
        memory: tuple[Tensor, Tensor, Tensor],
        past: tuple[Tensor, Tensor] | None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        batch, beams, steps, width = x.shape
        split = (batch, beams, steps, self.heads, width // self.heads)
        query, key, value = (
            part.view(split).transpose(2, 3)
            for part in self.self_qkv(self.norm_self(x)).chunk(3, -1)
        )  # (B, K, H, T, d/H)
        if past is not None:
            key, value = torch.cat([past[0], key], dim=3), torch.cat([past[1], value], dim=3)
        own = F.scaled_dot_product_attention(
            query, key, value, is_causal=past is None and steps > 1
        )
        x = x + self.self_out(own.transpose(2, 3).reshape(x.shape))

        keys, values, mask = memory
        asked = self.cross_query(self.norm_cross(x)).view(batch, beams * steps, self.heads, -1)
        seen = F.scaled_dot_product_attention(asked.transpose(1, 2), keys, values, attn_mask=mask)
        x = x + self.cross_out(seen.transpose(1, 2).reshape(x.shape))
        return x + self.feed(self.norm_feed(x)), (key, value)


class CodeDecoder(nn.Module):
    """Turns encoded texts and the beginnings of codes into hidden states of the next token.

    Every position reads the text's pooled vector beside its token. At first nothing else passes,
    so that a token is as probable as its own vector is near the text's.
    """

    def __init__(self, *, width: int, layers: int, heads: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(width, heads) for _ in range(layers))
        self.start = nn.Linear(width, width)
        self.positions = nn.Embedding(depth, width)
        self.norm = nn.LayerNorm(width)

    @torch.no_grad()
    def start_silent(self) -> None:
        """Let the text's pooled vector pass through unchanged, and nothing else."""
        nn.init.eye_(self.start.weight)
        nn.init.zeros_(self.start.bias)
        nn.init.zeros_(self.positions.weight)
        for layer in self.layers:
            cast(_Layer, layer).start_silent()

    def remember(self, states: Tensor, mask: Tensor, pooled: Tensor) -> Memory:
        """Prepare encoder outputs.

        :param states: ``(B, L, d)``; ``mask``: ``(B, L)`` bool; ``pooled``: ``(B, d)``.
        """
        pairs = [cast(_Layer, layer).remember(states) for layer in self.layers]
        keys, values = zip(*pairs, strict=True)
        return Memory(keys, values, mask[:, None, None, :], self.start(pooled))

    def forward(self, inputs: Tensor, memory: Memory, cache: Cache) -> tuple[Tensor, Cache]:
        """Read ``inputs`` behind ``cache``.

        :param inputs: ``(B, K, T, d)`` token vectors, zeros at position 0.
        :return: hidden states ``(B, K, T, d)`` and the longer cache.
        """
        at = torch.arange(cache.length, cache.length + inputs.shape[2])
        x = inputs + self.positions(at) + memory.start[:, None, None, :]
        keys, values = [], []
        for n, layer in enumerate(self.layers):
            past = (cache.keys[n], cache.values[n]) if cache.length else None
            x, (key, value) = layer(x, (memory.keys[n], memory.values[n], memory.mask), past)
            keys.append(key)
            values.append(value)
        return self.norm(x), Cache(tuple(keys), tuple(values))
