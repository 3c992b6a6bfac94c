"""The file of a training run's last checkpoint, which each new one replaces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from safetensors import SafetensorError, safe_open

from gram_es.errors import TrainingError

if TYPE_CHECKING:
    from torch import Tensor

STATE: Final = "training.safetensors"


class CheckpointFile:
    """Tensors and facts of a training run in ``folder``.

    ``identity`` is a hash of the run's training data and options. If the hash in a stored
    checkpoint differs, that checkpoint belongs to another run and cannot be read.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        self._identity = identity

    @property
    def exists(self) -> bool:
        """Return whether there is a checkpoint, of whichever run."""
        return (self.folder / STATE).exists()

    def check_none(self) -> None:
        """Check that the folder is free for a new training run.

        :raises TrainingError: if the folder contains the checkpoint of an interrupted run.
        """
        if self.exists:
            raise TrainingError(
                f"{self.folder} contains the checkpoint of an interrupted training: add --resume "
                "to continue it, or --restart to start over"
            )

    def write(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Replace the checkpoint by a new one; if writing fails, or stops midway, keep the old one.

        :param facts: what JSON can express.
        :raises TrainingError: if the new checkpoint cannot be written.
        """
        from safetensors.torch import save_file  # a run that does not learn has no torch

        metadata = {"identity": self._identity, **facts}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self.folder / f".{STATE}"
            save_file(dict(tensors), draft, metadata={"training": json.dumps(metadata)})
            draft.replace(self.folder / STATE)
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                f"cannot write a checkpoint to {self.folder}: {error}; check the disk and its "
                "permissions"
            ) from None

    def facts(self) -> dict[str, Any]:
        """Read the facts.

        :raises TrainingError: if the checkpoint is missing, damaged, or of another training run.
        """
        path = self.folder / STATE
        if not path.exists():
            raise TrainingError(
                f"there is no checkpoint in {self.folder} to resume from: train without --resume"
            )
        try:
            with safe_open(path, framework="np") as file:
                facts: dict[str, Any] = json.loads(file.metadata()["training"])
            identity = facts.pop("identity")
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise self.unreadable(error) from None
        if identity != self._identity:
            raise TrainingError(
                f"the checkpoint in {self.folder} belongs to another feed, other judgments, or "
                "another encoder, language model, seed, language or number of tokens: add "
                "--restart to start over, or name another --out"
            )
        return facts

    def tensors(self) -> dict[str, Tensor]:
        """Read the tensors.

        :raises TrainingError: if the checkpoint is damaged.
        """
        try:
            with safe_open(self.folder / STATE, framework="pt") as file:
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise self.unreadable(error) from None

    def unreadable(self, error: Exception) -> TrainingError:
        """Return the error that says that the checkpoint is damaged."""
        return TrainingError(
            f"cannot read the checkpoint {self.folder / STATE}: {error}; start over with --restart"
        )


def remove_checkpoint(folder: Path) -> None:
    """Remove the checkpoint in ``folder``, and the folder if it is then empty."""
    (folder / STATE).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def with_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors in one file under names of their own."""
    return {prefix + name: tensor.detach().contiguous() for name, tensor in tensors.items()}


def strip_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with ``prefix``, without it."""
    return {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}
