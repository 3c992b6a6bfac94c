"""The state of a language model's training, and its checkpoints."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

import torch
from torch import Tensor, nn

from gram_es.training.checkpoint_file import CheckpointFile, strip_prefix, with_prefix
from gram_es.training.stage_loop import StageProgress, StageReport, optimiser_tensors

_WEIGHTS: Final = "adapter."
_OPTIMISER: Final = "optimiser."


@dataclass(slots=True)
class LanguageModelState:
    """How far a training is.

    ``reports`` has an entry for each completed stage. ``prepared`` is what the stage in progress
    found before its first step, as JSON expresses it, and ``progress`` how far that stage is.
    """

    reports: list[StageReport] = field(default_factory=list)
    prepared: Any = None
    progress: StageProgress | None = None


def save_state(
    file: CheckpointFile,
    weights: nn.ParameterList,
    state: LanguageModelState,
    optimiser: torch.optim.Optimizer | None = None,
) -> None:
    """Write a checkpoint.

    :param optimiser: that of a stage in progress.
    :raises TrainingError: if it cannot be written.
    """
    tensors = with_prefix(_on_cpu(weights.state_dict()), _WEIGHTS)
    if optimiser is not None:
        tensors |= with_prefix(_on_cpu(optimiser_tensors(optimiser)), _OPTIMISER)
    progress = state.progress
    facts = {
        "reports": [asdict(report) for report in state.reports],
        "prepared": state.prepared,
        "progress": progress and [progress.losses, progress.seconds],
    }
    file.write(tensors, facts)


def load_state(file: CheckpointFile, weights: nn.ParameterList) -> LanguageModelState:
    """Load the weights of a checkpoint, and return the state of its training.

    :raises TrainingError: if the checkpoint is missing, damaged or of another training.
    """
    facts, tensors = file.facts(), file.tensors()
    try:
        weights.load_state_dict(strip_prefix(tensors, _WEIGHTS))
        progress = facts["progress"]
        return LanguageModelState(
            [StageReport(**report) for report in facts["reports"]],
            facts["prepared"],
            progress and StageProgress(progress[0], strip_prefix(tensors, _OPTIMISER), progress[1]),
        )
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise file.unreadable(error) from None


def _on_cpu(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.cpu() for name, tensor in tensors.items()}
