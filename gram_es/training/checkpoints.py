"""Checkpoints of a training, so that a killed one goes on where it was."""

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
from gram_es.training.stage_loop import Halfway, StageReport, optimiser_tensors

_STATE = "training.safetensors"
_OPTIMISER, _FOUND = "optimiser.", "found."


@dataclass(slots=True)
class Saved:
    """A checkpoint: the stages done, where the next one stands, and what was found for it."""

    plan: Plan
    reports: list[StageReport] = field(default_factory=list)
    halfway: Halfway | None = None
    found: dict[str, Tensor] = field(default_factory=dict)


class Checkpoints:
    """The folder of one training's checkpoints; each one replaces the last.

    ``identity`` names what is trained on: a checkpoint of anything else is refused.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        self._identity = identity

    def save(
        self,
        modules: Mapping[str, nn.Module],
        saved: Saved,
        optimiser: torch.optim.Optimizer | None = None,
    ) -> None:
        """Write a checkpoint whole or not at all.

        :raises TrainingError: if it cannot be written.
        """
        tensors = {
            f"{name}.{key}": value.detach().contiguous()
            for name, module in modules.items()
            for key, value in module.state_dict().items()
        }
        if optimiser is not None:
            states = optimiser_tensors(optimiser)
            tensors |= {_OPTIMISER + key: value.contiguous() for key, value in states.items()}
        tensors |= {_FOUND + key: value.contiguous() for key, value in saved.found.items()}
        halfway = saved.halfway
        told = {
            "identity": self._identity,
            "plan": asdict(saved.plan),
            "reports": [asdict(report) for report in saved.reports],
            "halfway": None if halfway is None else [halfway.losses, halfway.seconds],
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self.folder / f".{_STATE}"
            save_file(tensors, draft, metadata={"training": json.dumps(told)})
            draft.replace(self.folder / _STATE)
        except (OSError, SafetensorError) as error:
            raise TrainingError(f"cannot write a checkpoint to {self.folder}: {error}") from None

    def load(self, modules: Mapping[str, nn.Module]) -> Saved:
        """Give the modules their weights of the last checkpoint and return the rest of it.

        :raises TrainingError: if there is none, or it is damaged or of another training.
        """
        told = self._told()
        try:
            with safe_open(self.folder / _STATE, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            for name, module in modules.items():
                module.load_state_dict(_under(tensors, f"{name}."))
        except (OSError, SafetensorError, RuntimeError) as error:
            raise TrainingError(
                f"cannot read the checkpoint in {self.folder}: {error}; begin anew with --restart"
            ) from None
        halfway = told["halfway"]
        return Saved(
            told["plan"],
            told["reports"],
            halfway and Halfway(halfway[0], _under(tensors, _OPTIMISER), halfway[1]),
            _under(tensors, _FOUND),
        )

    def check_free(self) -> None:
        """Check that no interrupted training would be lost by a new one.

        :raises TrainingError: if there is a checkpoint.
        """
        if (self.folder / _STATE).exists():
            raise TrainingError(
                f"{self.folder} holds the checkpoint of an interrupted training: add --resume to "
                "go on with it, or --restart to begin anew"
            )

    def plan(self) -> Plan:
        """Return the plan that the interrupted training follows.

        :raises TrainingError: if there is no checkpoint, or it is damaged or of another training.
        """
        plan: Plan = self._told()["plan"]
        return plan

    def _told(self) -> dict[str, Any]:
        path = self.folder / _STATE
        if not path.exists():
            raise TrainingError(
                f"there is no checkpoint in {self.folder} to go on from: train without --resume"
            )
        try:
            with safe_open(path, framework="pt") as file:
                told: dict[str, Any] = json.loads(file.metadata()["training"])
            told["plan"] = Plan(**told["plan"])
            told["reports"] = [StageReport(**report) for report in told["reports"]]
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise TrainingError(
                f"cannot read the checkpoint {path}: {error}; begin anew with --restart"
            ) from None
        if told["identity"] != self._identity:
            raise TrainingError(
                f"the checkpoint in {self.folder} is of another feed, other judgments, another "
                "family, encoder or seed: add --restart to begin anew, or name another --out"
            )
        return told


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}


def remove_checkpoint(folder: Path) -> None:
    """Remove a checkpoint, and its folder if nothing else lies in it; the model is saved."""
    (folder / _STATE).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
