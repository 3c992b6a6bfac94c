"""Checkpoints of a training run; an interrupted run resumes from its last checkpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from gram_es.training.checkpoint_file import CheckpointFile, strip_prefix, with_prefix
from gram_es.training.plan import Plan
from gram_es.training.stage_loop import StageProgress, StageReport, optimiser_tensors

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
    """The store of a training run's checkpoints in one file; each new one replaces the last."""

    def __init__(self, file: CheckpointFile) -> None:
        self._file = file

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
        tensors = with_prefix(network.state_dict(), _NETWORK)
        if optimiser is not None:
            tensors |= with_prefix(optimiser_tensors(optimiser), _OPTIMISER)
        if state.hard is not None:
            tensors[_HARD] = state.hard.contiguous()
        stage_progress = state.stage_progress
        facts = {
            "plan": asdict(state.plan),
            "reports": [asdict(report) for report in state.reports],
            "stage_progress": None
            if stage_progress is None
            else [stage_progress.losses, stage_progress.seconds],
        }
        self._file.write(tensors, facts)

    def load(self, network: nn.Module) -> TrainingState:
        """Load the checkpoint's weights into ``network`` and return the state of the run.

        :raises TrainingError: if the checkpoint is missing, damaged, or of another training run.
        """
        facts, tensors = self._read_facts(), self._file.tensors()
        try:
            network.load_state_dict(strip_prefix(tensors, _NETWORK))
        except RuntimeError as error:
            raise self._file.unreadable(error) from None
        stage_progress = facts["stage_progress"]
        return TrainingState(
            facts["plan"],
            facts["reports"],
            stage_progress
            and StageProgress(
                stage_progress[0], strip_prefix(tensors, _OPTIMISER), stage_progress[1]
            ),
            tensors.get(_HARD),
        )

    def plan(self) -> Plan:
        """Return the plan of the interrupted training run.

        :raises TrainingError: if the checkpoint is missing, damaged, or of another training run.
        """
        plan: Plan = self._read_facts()["plan"]
        return plan

    def _read_facts(self) -> dict[str, Any]:
        facts = self._file.facts()
        try:
            facts["plan"] = Plan(**facts["plan"])
            facts["reports"] = [StageReport(**report) for report in facts["reports"]]
        except (KeyError, TypeError) as error:
            raise self._file.unreadable(error) from None
        return facts
