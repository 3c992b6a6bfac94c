"""The models that a worker holds: the live one writes, any other with a slot fills beside it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from gram_es.errors import ModelError
from gram_es.index.lifecycle import LiveIndex
from gram_es.model.gram import Gram
from gram_es.model.manifest import read_manifest


class ModelDoesNotFitError(ModelError):
    """The index's live codes come from a model that the worker does not hold."""


class HeldModel:
    """A model folder; the model itself is loaded at its first use.

    :raises ModelError: if there is no model in the folder.
    """

    def __init__(self, folder: Path, *, threads: int) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self._threads = threads
        self._lock = threading.Lock()
        self._gram: Gram | None = None

    @property
    def gram(self) -> Gram:
        """The model itself.

        :raises ModelError: if it is damaged.
        """
        with self._lock:  # a task that was put off runs in a thread beside the others
            if self._gram is None:
                self._gram = Gram.load(self.folder, threads=self._threads)
            return self._gram

    def has_slot(self, index: LiveIndex) -> bool:
        """Tell whether the index has a slot of this very model."""
        slot = index.slots.get(self.manifest.slot)
        return slot is not None and slot.fingerprint == self.manifest.fingerprint


def live_model(models: Sequence[HeldModel], index: LiveIndex) -> HeldModel:
    """Return the one of the models whose slot is live.

    :raises ModelDoesNotFitError: naming both sides and what mends it, if there is none.
    """
    for model in models:
        if model.manifest.slot == index.live_slot and model.has_slot(index):
            return model
    held = index.slots.get(index.live_slot or "")
    live = held.fingerprint[:12] if held else "no model"
    own = ", ".join(f"{m.manifest.fingerprint[:12]} ({m.folder})" for m in models)
    raise ModelDoesNotFitError(
        f"the worker holds {own}, but the codes in {index.index} are those of {live}; start the"
        " worker with that model, or change the index's with gram-es index migrate --model"
        f" {models[0].folder}"
    )
