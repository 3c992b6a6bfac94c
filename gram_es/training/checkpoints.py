"""Checkpoints of a training run; an interrupted run resumes from its last checkpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from gram_es.errors import TrainingError
from gram_es.training.plan import Plan
from gram_es.training.stage_loop import StageProgress, StageReport, optimiser_tensors

_STATE = "training.safetensors"
_NETWORK, _OPTIMISER, _HARD = "network.", "optimiser.", "hard"


@dataclass(slots=True)
class TrainingState:
    """The state of a training run, without its weights.

    ``reports`` has an entry for each completed half of the scorer stage. ``stage_progress`` is the
    progress of an interrupted half. ``hard`` are the hard negatives of the second half, if it has
    begun.
    """

    plan: Plan
    reports: list[StageReport] = field(default_factory=list)
    stage_progress: StageProgress | None = None
    hard: Tensor | None = None


class Checkpoints:
    """The store of a training run's checkpoints; each new checkpoint replaces the last.

    ``identity`` is a hash of the run's training data and options. If the hash in a stored
    checkpoint differs, that checkpoint belongs to another run and cannot be loaded.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        self._identity = identity

    def save(
        self,
        network: nn.Module,
        state: TrainingState,
        optimiser: torch.optim.Optimizer | None = None,
    ) -> None:
        """Replace the checkpoint by a new one; if writing fails, keep the old one.

        :param optimiser: the optimiser of a stage that is not complete.
        :raises TrainingError: if the new checkpoint cannot be written.
        """
        tensors = {
            _NETWORK + key: value.detach().contiguous()
            for key, value in network.state_dict().items()
        }
        if optimiser is not None:
            states = optimiser_tensors(optimiser)
            tensors |= {_OPTIMISER + key: value.contiguous() for key, value in states.items()}
        if state.hard is not None:
            tensors[_HARD] = state.hard.contiguous()
        stage_progress = state.stage_progress
        metadata = {
            "identity": self._identity,
            "plan": asdict(state.plan),
            "reports": [asdict(report) for report in state.reports],
            "stage_progress": None
            if stage_progress is None
            else [stage_progress.losses, stage_progress.seconds],
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self.folder / f".{_STATE}"
            save_file(tensors, draft, metadata={"training": json.dumps(metadata)})
            draft.replace(self.folder / _STATE)
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                f"cannot write a checkpoint to {self.folder}: {error}; check the disk and its "
                "permissions"
            ) from None

    def load(self, network: nn.Module) -> TrainingState:
        """Load the checkpoint's weights into ``network`` and return the state of the run.

        :raises TrainingError: if the checkpoint is missing, damaged, or of another training run.
        """
        metadata = self._read_metadata()
        try:
            with safe_open(self.folder / _STATE, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            network.load_state_dict(_strip_prefix(tensors, _NETWORK))
        except (OSError, SafetensorError, RuntimeError) as error:
            raise TrainingError(
                f"cannot read the checkpoint in {self.folder}: {error}; start over with --restart"
            ) from None
        stage_progress = metadata["stage_progress"]
        return TrainingState(
            metadata["plan"],
            metadata["reports"],
            stage_progress
            and StageProgress(
                stage_progress[0], _strip_prefix(tensors, _OPTIMISER), stage_progress[1]
            ),
            tensors.get(_HARD),
        )

    def check_no_checkpoint(self) -> None:
        """Check that the folder is free for a new training run.

        :raises TrainingError: if the folder contains the checkpoint of an interrupted run.
        """
        if (self.folder / _STATE).exists():
            raise TrainingError(
                f"{self.folder} contains the checkpoint of an interrupted training: add --resume "
                "to continue it, or --restart to start over"
            )

    def plan(self) -> Plan:
        """Return the plan of the interrupted training run.

        :raises TrainingError: if the checkpoint is missing, damaged, or of another training run.
        """
        plan: Plan = self._read_metadata()["plan"]
        return plan

    def _read_metadata(self) -> dict[str, Any]:
        path = self.folder / _STATE
        if not path.exists():
            raise TrainingError(
                f"there is no checkpoint in {self.folder} to resume from: train without --resume"
            )
        try:
            with safe_open(path, framework="pt") as file:
                metadata: dict[str, Any] = json.loads(file.metadata()["training"])
            metadata["plan"] = Plan(**metadata["plan"])
            metadata["reports"] = [StageReport(**report) for report in metadata["reports"]]
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise TrainingError(
                f"cannot read the checkpoint {path}: {error}; start over with --restart"
            ) from None
        if metadata["identity"] != self._identity:
            raise TrainingError(
                f"the checkpoint in {self.folder} belongs to another feed, other judgments, or "
                "another encoder, seed or language: add --restart to start over, or name another "
                "--out"
            )
        return metadata


def _strip_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}


def remove_checkpoint(folder: Path) -> None:
    """Remove the checkpoint in ``folder``, and the folder if it is then empty."""
    (folder / _STATE).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
