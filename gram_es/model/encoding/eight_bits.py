"""Weights of a matrix in eight bits, for the operator ``MatMulNBits`` of ONNX Runtime.

Each row is cut into blocks of 32 values that share a scale (as in Dettmers et al., ICLR 2022). The
operator also rounds the states to eight bits by block, so that it multiplies integers. One short
query reads all weights, so a quarter of the bytes is a quarter of the time in memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
"""Values that share a scale. With 128, one vector differs by three times as much."""

_ZERO = 128  # the byte that stands for 0
_STEPS = 127


def eight_bits(
    weight: NDArray[np.float32],
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the blocks of a matrix ``(n, k)`` and their scales.

    The blocks are ``(n, ceil(k / 32), 32)``, filled up with zeros, and the scales are
    ``(n * ceil(k / 32),)``. A value is its byte less 128, times the scale of its block.
    """
    rows, columns = weight.shape
    padded = np.pad(weight, ((0, 0), (0, -columns % BLOCK))).reshape(rows, -1, BLOCK)
    scales = np.abs(padded).max(axis=-1) / _STEPS
    scales[scales == 0] = 1.0
    blocks = np.rint(padded / scales[..., None]) + _ZERO
    return blocks.astype(np.uint8), scales.reshape(-1).astype(np.float32)
