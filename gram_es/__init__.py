"""Product search on Elasticsearch with GRAM, the Generative Retrieval and Alignment Model."""

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

# These names are imported on first use, because their modules take long to import.
_LAZY: Final = {"Gram": "gram_es.model.gram", "train": "gram_es.training.train"}

# By default torch's OpenMP threads spin while they wait. With Elasticsearch busy on the same two
# cores a training step then took 1.0 to 3.3 s. If the threads sleep instead, it takes 0.4 s.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def open_search(model: Path | str | None = None) -> Searcher:
    """Open a searcher for the cluster and the index that the environment variables name.

    Without a model the searcher uses text search only and reports this in every result. It is
    thread-safe.

    :param model: the model's folder; default: the folder in ``GRAM_ES_MODEL``, else the model in
        the cache folder if there is one.
    :raises SettingsError: if an environment variable has an invalid value.
    :raises ModelError: if the folder that ``model`` or ``GRAM_ES_MODEL`` names does not exist.
    :raises ClusterError: if the cluster cannot be reached.
    """
    from gram_es.retrieval.open import (
        model_folder,
        open_searcher,
    )  # at the top of the module this would delay all other commands
    from gram_es.settings import current_settings

    settings = current_settings()
    return open_searcher(settings, model_folder(Path(model) if model else None, settings))


if not TYPE_CHECKING:  # otherwise a type checker would accept any attribute

    def __getattr__(name: str) -> object:
        """Import the public name ``name`` when it is first used.

        :raises AttributeError: if this module has no such name.
        """
        if name in _LAZY:
            return getattr(import_module(_LAZY[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """Return the names of this module, including those not yet imported."""
        return sorted({*globals(), *_LAZY})
