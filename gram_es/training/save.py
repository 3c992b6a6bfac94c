"""A training's result as a model folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gram_es.model import folder as model_folder
from gram_es.model.manifest import Manifest
from gram_es.training.export import write_card, write_curves

if TYPE_CHECKING:
    from gram_es.training.train import Trained


def save_trained(trained: Trained, folder: Path) -> Manifest:
    """Write the model folder with its card and the curves of its training.

    :raises ModelError: if ``folder`` exists and is not a model folder, or cannot be written.
    """
    return model_folder.save(
        folder,
        network=trained.network,
        text=trained.text,
        codebook=trained.codebook,
        speller=trained.speller,
        card=write_card(trained),
        curves=write_curves(trained),
    )
