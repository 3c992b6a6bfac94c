"""GRAM, the Generative Retrieval and Alignment Model, for Elasticsearch."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gram_es.retrieval.request import SearchRequest

if TYPE_CHECKING:
    from gram_es.model.gram import Gram
    from gram_es.retrieval.searcher import Searcher
    from gram_es.training.train import train

__version__ = "0.1.0"
__all__ = ["Gram", "SearchRequest", "open_search", "train"]

# Imported when they are first asked for: they load torch.
_LAZY: Final = {"Gram": "gram_es.model.gram", "train": "gram_es.training.train"}

# torch's OpenMP threads spin while they wait. Beside any other busy process (Elasticsearch, on the
# same two cores) a training step took 1.0 to 3.3 s that takes 0.4 s with sleeping waits.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def open_search(model: Path | str | None = None) -> Searcher:
    """Return a searcher of the index and the cluster that the environment names.

    It searches text alone, and says so, where there is no model. Safe for many threads.

    :param model: the model's folder; without, that of ``GRAM_ES_MODEL``, else the cache's own.
    :raises SettingsError: if the environment holds values that cannot be used.
    :raises ModelError: if the folder that was asked for does not exist.
    :raises ClusterError: if there is no cluster to connect to.
    """
    from gram_es.retrieval.open import model_folder, open_searcher  # not for each command
    from gram_es.settings import current_settings

    settings = current_settings()
    return open_searcher(settings, model_folder(Path(model) if model else None, settings))


if not TYPE_CHECKING:  # a checker would take any name for one of this module's

    def __getattr__(name: str) -> object:
        """Import a public name that loads torch."""
        if name in _LAZY:
            return getattr(import_module(_LAZY[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """Return the names of this module, those not yet imported included."""
        return sorted({*globals(), *_LAZY})
