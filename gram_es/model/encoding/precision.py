"""Compute matrix products in half precision if the processor supports it."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn

_MIN_BFLOAT16_TOKENS = 512


@cache
def has_bfloat16() -> bool:
    """Return whether the processor multiplies bfloat16 natively; emulating it would be slow."""
    is_supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(is_supported and is_supported())


def fast_matmul(*, tokens: int) -> torch.autocast:
    """Return a context that computes matrix products in bfloat16 if that is faster.

    Weights and everything else stay in single precision. On two cores bfloat16 reduces the
    time of a training step of a MiniLM encoder to 54 %. For a single query, converting the weights
    would take longer than bfloat16 saves; :func:`pack_linear_layers` makes single queries faster.

    :param tokens: how many tokens the network processes at once in the context.
    """
    return torch.autocast(
        "cpu", torch.bfloat16, enabled=has_bfloat16() and tokens >= _MIN_BFLOAT16_TOKENS
    )


def pack_linear_layers(network: nn.Module) -> None:
    """Replace each linear layer by one that uses half-precision weights for short inputs.

    For a single query, reading the weights takes longer than multiplying. FBGEMM's half-precision
    layout halves the bytes to read: the matrix products of a MiniLM encoder take 2.7 ms instead of
    7.4 ms. Sums stay in single precision. Afterwards the network can no longer be trained. Torch
    has FBGEMM on x86 only; on other processors the layers stay as they are.
    """
    if "fbgemm" not in torch.backends.quantized.supported_engines:
        return
    for module in [*network.modules()]:
        for name, child in [*module.named_children()]:
            if isinstance(child, nn.Linear):
                setattr(module, name, _PackedLinear(child))


class _PackedLinear(nn.Module):
    """A linear layer for inference: half precision for few tokens, else single precision."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        weight = linear.weight.detach()
        bias = torch.zeros(len(weight)) if linear.bias is None else linear.bias.detach()
        self._packed = torch.ops.quantized.linear_prepack_fp16(weight, bias)

    def forward(self, x: Tensor) -> Tensor:
        is_large = x.shape[:-1].numel() >= _MIN_BFLOAT16_TOKENS
        out: Tensor = (
            self.linear(x) if is_large else torch.ops.quantized.linear_dynamic_fp16(x, self._packed)
        )
        return out
