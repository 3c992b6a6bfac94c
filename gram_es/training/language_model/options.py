"""What a training of a language model is to do, and within what limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SUPERVISED: Final = "supervised"
CO_TRAINING: Final = "co-training"
ALIGNMENT: Final = "alignment"
STAGES: Final = (SUPERVISED, CO_TRAINING, ALIGNMENT)
DEFAULT_STAGES: Final = (SUPERVISED,)
MAX_TOKENS: Final = 200_000  # of a stage; two cores read some 200 a second while they train


@dataclass(frozen=True, slots=True)
class LanguageModelOptions:
    """The language model to train, and how.

    ``source`` is a hub id, a folder or a GGUF file. ``tokens`` are those that a stage reads at
    most, ``stages`` the names of the stages in order. ``device`` is where torch computes.
    """

    source: str
    tokens: int = MAX_TOKENS
    stages: tuple[str, ...] = DEFAULT_STAGES
    seed: int = 0
    device: str = "cpu"
