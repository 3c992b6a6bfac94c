"""The shallow decoder that generates codes token by token from a text's vector.

The decoder attends to the tokens of the code so far; the text's vector is added to each position.
On CPUs a deep encoder with a shallow decoder is cheaper than the reverse (Kasai et al., ICLR 2021).
Products are ranked by the same vectors, so codes and ranking agree. The decoder does not attend to
the encoder's states. Training can therefore compute each text's vector once, and use many more
texts per step.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gram_es.codes.beam_search import KeyValueCache

_FEED_FORWARD_FACTOR = 4  # times the width


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_self, self.norm_feed = nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_qkv = nn.Linear(width, 3 * width)
        self.self_out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.Linear(width, _FEED_FORWARD_FACTOR * width),
            nn.GELU(),
            nn.Linear(_FEED_FORWARD_FACTOR * width, width),
        )

    def initialise_as_identity(self) -> None:
        """Set the output layers to 0, so that the layer returns its input."""
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
        attended = F.scaled_dot_product_attention(
            query, key, value, is_causal=past is None and steps > 1
        )
        x = x + self.self_out(attended.transpose(1, 2).reshape(x.shape))
        return x + self.feed(self.norm_feed(x)), (key, value)


class CodeDecoder(nn.Module):
    """A decoder that computes hidden states of a code's next tokens for a text's vector.

    The input at each position is a sum of three vectors: that of the token, that of the position,
    and the projected vector of the text.
    """

    def __init__(self, *, width: int, layers: int, heads: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(width, heads) for _ in range(layers))
        self.start = nn.Linear(width, width)
        self.positions = nn.Embedding(depth, width)
        self.norm = nn.LayerNorm(width)

    @torch.no_grad()
    def initialise_as_identity(self) -> None:
        """Set the weights so that a hidden state depends only on the last token and on the text.

        The projection of the text becomes the identity; positions and layers add nothing. The
        closer a token's vector is to the text's vector, the more probable is the token.
        """
        nn.init.eye_(self.start.weight)
        nn.init.zeros_(self.start.bias)
        nn.init.zeros_(self.positions.weight)
        for layer in self.layers:
            cast(_Layer, layer).initialise_as_identity()

    def project_texts(self, texts: Tensor) -> Tensor:
        """Return the projected vectors of texts, ``(B, d)``; :meth:`forward` takes them as input.

        :param texts: ``(B, d)`` unit vectors of the texts.
        """
        projected: Tensor = self.start(texts * texts.shape[-1] ** 0.5)
        return projected

    def forward(
        self, inputs: Tensor, projected: Tensor, cache: KeyValueCache
    ) -> tuple[Tensor, KeyValueCache]:
        """Return the hidden states of the next tokens of codes, and the extended cache.

        :param inputs: ``(n, T, d)``, the vectors of the tokens that follow the tokens in
            ``cache``. The vector at position 0, where there is no token yet, is 0.
        :param projected: ``(n, d)``, the projected vector of each code's text, from
            :meth:`project_texts`.
        :return: hidden states, ``(n, T, d)``, and a cache that includes ``inputs``.
        """
        positions = torch.arange(cache.length, cache.length + inputs.shape[1])
        x = inputs + self.positions(positions) + projected[:, None]
        keys, values = [], []
        for n, layer in enumerate(self.layers):
            past = (cache.keys[n], cache.values[n]) if cache.length else None
            x, (key, value) = layer(x, past)
            keys.append(key)
            values.append(value)
        return self.norm(x), KeyValueCache(tuple(keys), tuple(values))
