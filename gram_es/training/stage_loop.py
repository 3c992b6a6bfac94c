"""Run a training stage: take its steps, show progress, record losses, write checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

CLIP = 1.0
_WARM_UP = 0.06
_WEIGHT_DECAY = 0.01
CHECKPOINT_S = 120.0

CheckpointCallback = Callable[[torch.optim.Optimizer, list[float], float], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of training.

    ``rates`` pairs each module that learns with its peak learning rate. ``loss`` draws a batch
    with a random generator and returns the loss of the batch.
    """

    name: str
    steps: int
    rates: Sequence[tuple[nn.Module, float]]
    loss: Callable[[np.random.Generator], Tensor]

    def optimiser(self) -> torch.optim.Optimizer:
        """Return a new optimiser over the modules that learn."""
        groups = [{"params": list(module.parameters()), "lr": lr} for module, lr in self.rates]
        return torch.optim.AdamW(groups, weight_decay=_WEIGHT_DECAY, fused=True)


@dataclass(frozen=True, slots=True)
class StageReport:
    """The loss of each step of a stage, and how many seconds the stage took."""

    name: str
    losses: list[float]
    seconds: float

    @property
    def first_loss(self) -> float:
        """Return the mean loss over the first tenth of the steps."""
        return float(np.mean(self.losses[: max(1, len(self.losses) // 10)]))

    @property
    def last_loss(self) -> float:
        """Return the mean loss over the last tenth of the steps."""
        return float(np.mean(self.losses[-max(1, len(self.losses) // 10) :]))


@dataclass(frozen=True, slots=True)
class StageProgress:
    """The state of an interrupted stage.

    It consists of the stage's losses so far, the optimiser's state and the seconds spent.
    """

    losses: list[float] = field(default_factory=list)
    optimiser: Mapping[str, Tensor] = field(default_factory=dict)
    seconds: float = 0.0


def run_stage(
    stage: Stage,
    *,
    seed: Sequence[int],
    start: StageProgress | None = None,
    save: CheckpointCallback | None = None,
) -> StageReport:
    """Take the steps of a stage; the learning rate rises at first, then falls to 0.

    Each step has its own random generator, so a resumed stage takes the same steps as an
    uninterrupted one.

    :param seed: seeds the random generator of each step, together with the number of the step.
    :param start: the state of the interrupted stage to resume.
    :param save: a function that is called about every ``CHECKPOINT_S`` seconds. Its arguments are
        the optimiser, the losses so far, and the seconds so far.
    """
    start = start or StageProgress()
    optimiser, losses = stage.optimiser(), list(start.losses)
    restore_optimiser(optimiser, start.optimiser)
    peaks = [group["lr"] for group in optimiser.param_groups]
    started = last_save = time.monotonic()
    steps = range(len(losses), stage.steps)
    with tqdm(
        steps, desc=stage.name, unit="step", initial=len(losses), total=stage.steps, disable=None
    ) as bar:
        for step in bar:
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * _rate_factor(step, stage.steps)
            losses.append(take_step(stage, optimiser, np.random.default_rng([*seed, step])))
            bar.set_postfix(loss=f"{losses[-1]:.2f}", refresh=False)
            if save and time.monotonic() - last_save > CHECKPOINT_S:
                save(optimiser, losses, start.seconds + time.monotonic() - started)
                last_save = time.monotonic()
    return StageReport(stage.name, losses, start.seconds + time.monotonic() - started)


def take_step(stage: Stage, optimiser: torch.optim.Optimizer, rng: np.random.Generator) -> float:
    """Draw a batch with ``rng``, take one optimiser step on its loss, and return the loss."""
    loss = stage.loss(rng)
    optimiser.zero_grad()
    loss.backward()
    for module, _ in stage.rates:
        torch.nn.utils.clip_grad_norm_(module.parameters(), CLIP)
    optimiser.step()
    return float(loss.detach())


def _rate_factor(step: int, steps: int) -> float:
    return min((step + 1) / (_WARM_UP * steps + 1), (steps - step) / steps)


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the tensors of the optimiser's state by name."""
    state = optimiser.state_dict()["state"]
    return {f"{n}.{key}": value for n, tensors in state.items() for key, value in tensors.items()}


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Restore the optimiser's state from the tensors that :func:`optimiser_tensors` returned."""
    if not tensors:
        return
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        number, _, key = name.partition(".")
        state.setdefault(int(number), {})[key] = tensor
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
