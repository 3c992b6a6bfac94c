"""The models of a worker: the live model, whose codes the search uses, and other models."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from gram_es.errors import ModelError
from gram_es.index.lifecycle import LiveIndex
from gram_es.model.gram import Gram
from gram_es.model.manifest import read_manifest


class ModelMismatchError(ModelError):
    """The worker does not have the live model, whose codes the search uses."""


class WorkerModel:
    """A model folder; the model itself is loaded on first use.

    :raises ModelError: if the folder does not contain a model.
    """

    def __init__(self, folder: Path, *, threads: int) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self._threads = threads
        self._lock = threading.Lock()
        self._gram: Gram | None = None

    @property
    def gram(self) -> Gram:
        """The loaded model.

        :raises ModelError: if the model is damaged.
        """
        with self._lock:  # a task that Celery retries runs in another thread
            if self._gram is None:
                self._gram = Gram.load(self.folder, threads=self._threads)
            return self._gram

    def has_slot(self, index: LiveIndex) -> bool:
        """Return whether the index has a slot (fields) for the codes of this model."""
        slot = index.slots.get(self.manifest.slot)
        return slot is not None and slot.fingerprint == self.manifest.fingerprint


def live_model(models: Sequence[WorkerModel], index: LiveIndex) -> WorkerModel:
    """Return the live model, whose codes the search uses.

    :raises ModelMismatchError: if none of ``models`` is live; the message gives the models of the
        worker, the models of the index, and the next step.
    """
    for model in models:
        if model.manifest.slot == index.live_slot and model.has_slot(index):
            return model
    live_slot = index.slots.get(index.live_slot or "")
    live = live_slot.fingerprint[:12] if live_slot else "no model"
    own = ", ".join(f"{m.manifest.fingerprint[:12]} ({m.folder})" for m in models)
    raise ModelMismatchError(
        f"the worker has {own}, but the codes in {index.index} come from {live}; start the worker"
        " with that model, or change the model of the index with gram-es index migrate --model"
        f" {models[0].folder}"
    )
