"""Product vectors as bytes, and back: one signed byte a dimension costs the ranking nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def quantise(vectors: Vectors) -> NDArray[np.int8]:
    """Return ``(n, d)`` int8, each row scaled by its largest component; directions are kept."""
    peaks = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-12)
    quantised: NDArray[np.int8] = np.rint(vectors / peaks * 127).astype(np.int8)
    return quantised


def dequantise(stored: Sequence[bytes]) -> Vectors:
    """Return the vectors of :func:`quantise`'s rows, ``(n, d)`` of unit length.

    :raises ValueError: if the rows differ in length.
    """
    if len({len(row) for row in stored}) > 1:
        raise ValueError("vectors of different lengths")
    whole = np.frombuffer(b"".join(stored), dtype=np.int8).astype(np.float32)
    vectors = whole.reshape(len(stored), -1)
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return unit
