"""The shallow decoder that spells codes: self-attention over the code, the text in its vector.

Deep encoder, shallow decoder is the cheap split on CPUs (Kasai et al., ICLR 2021). The text comes
as the one vector that the scorer compares, so codes and order cannot fall apart. Without
attention to the encoder's states a step takes vectors that were made once, and so many more texts.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gram_es.codes.beam_search import Cache

_FEED = 4  # times the width


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_self, self.norm_feed = nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_qkv = nn.Linear(width, 3 * width)
        self.self_out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.Linear(width, _FEED * width), nn.GELU(), nn.Linear(_FEED * width, width)
        )

    def start_silent(self) -> None:
        """Let the layer add nothing to what passes through it."""
        for out in (self.self_out, cast(nn.Linear, self.feed[-1])):
            nn.init.zeros_(out.weight)
            nn.init.zeros_(out.bias)

    def forward(
        self, x: Tensor, past: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        beams, steps, width = x.shape
        split = (beams, steps, self.heads, width // self.heads)
        query, key, value = (
            part.view(split).transpose(1, 2)
            for part in self.self_qkv(self.norm_self(x)).chunk(3, -1)
        )  # (n, H, T, d/H)
        if past is not None:
            key, value = torch.cat([past[0], key], dim=2), torch.cat([past[1], value], dim=2)
        own = F.scaled_dot_product_attention(
            query, key, value, is_causal=past is None and steps > 1
        )
        x = x + self.self_out(own.transpose(1, 2).reshape(x.shape))
        return x + self.feed(self.norm_feed(x)), (key, value)


class CodeDecoder(nn.Module):
    """Turns texts' vectors and the beginnings of codes into hidden states of the next token.

    Every position reads the text's vector beside its token. At first nothing else passes, so that
    a token is as probable as its own vector is near the text's.
    """

    def __init__(self, *, width: int, layers: int, heads: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(width, heads) for _ in range(layers))
        self.start = nn.Linear(width, width)
        self.positions = nn.Embedding(depth, width)
        self.norm = nn.LayerNorm(width)

    @torch.no_grad()
    def start_silent(self) -> None:
        """Let the text's vector pass through unchanged, and nothing else."""
        nn.init.eye_(self.start.weight)
        nn.init.zeros_(self.start.bias)
        nn.init.zeros_(self.positions.weight)
        for layer in self.layers:
            cast(_Layer, layer).start_silent()

    def begin(self, texts: Tensor) -> Tensor:
        """Return what every position reads of a text, ``(B, d)``, from unit vectors ``(B, d)``."""
        begun: Tensor = self.start(texts * texts.shape[-1] ** 0.5)
        return begun

    def forward(self, inputs: Tensor, begun: Tensor, cache: Cache) -> tuple[Tensor, Cache]:
        """Read ``inputs`` behind ``cache``.

        :param inputs: ``(n, T, d)`` token vectors of codes, zeros at position 0.
        :param begun: ``(n, d)``, of :meth:`begin`, each code's text.
        :return: hidden states ``(n, T, d)`` and the longer cache.
        """
        at = torch.arange(cache.length, cache.length + inputs.shape[1])
        x = inputs + self.positions(at) + begun[:, None]
        keys, values = [], []
        for n, layer in enumerate(self.layers):
            past = (cache.keys[n], cache.values[n]) if cache.length else None
            x, (key, value) = layer(x, past)
            keys.append(key)
            values.append(value)
        return self.norm(x), Cache(tuple(keys), tuple(values))
