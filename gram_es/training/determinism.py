"""Make torch deterministic while a model is trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

_TORCH_DETERMINISTIC: Any = torch.utils.deterministic


@contextmanager
def deterministic_torch(seed: int) -> Iterator[None]:
    """Make torch deterministic within the context, so that equal seeds train equal weights.

    By default torch adds up gradients in an order that varies.
    """
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    filled_memory = _TORCH_DETERMINISTIC.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    # Filling memory takes time, and training does not read memory before writing it.
    _TORCH_DETERMINISTIC.fill_uninitialized_memory = False
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(was_deterministic)
        _TORCH_DETERMINISTIC.fill_uninitialized_memory = filled_memory
