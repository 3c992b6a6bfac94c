"""Where a language model comes from: a hub id, a folder, a GGUF file, or an adapter on one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gram_es.errors import ModelError
from gram_es.language_model.given_adapter import adapters_on
from gram_es.language_model.trained import CONFIG

_GGUF: Final = ".gguf"


def is_gguf(source: str) -> bool:
    """Return whether a source is a GGUF file."""
    return Path(source).suffix.lower() == _GGUF


def check_source(source: str) -> None:
    """Check that the file or folder of a language model exists; a hub id is not looked up.

    :raises ModelError: if it does not, or is an adapter that cannot be read.
    """
    base, adapters = adapters_on(source)
    missing = what_is_missing(base)
    if missing and adapters:
        folder = adapters[0].folder
        raise ModelError(
            f"{missing}, to which the adapter in {folder} belongs; put the language model there, "
            f"or name it in base_model_name_or_path of {folder / CONFIG}"
        )
    if missing and is_gguf(base):
        raise ModelError(f"{missing}; name a GGUF file that exists")
    if missing:
        raise ModelError(
            f"{missing}; name a folder in Hugging Face layout, a GGUF file or a hub id"
        )


def what_is_missing(base: str) -> str | None:
    """Return a clause that says which file or folder is missing; a hub id is not looked up."""
    path = Path(base)
    if is_gguf(base):
        return None if path.is_file() else f"there is no file {base}"
    return f"there is no folder {base}" if _is_path(base) and not path.is_dir() else None


def _is_path(source: str) -> bool:
    """Return whether a source cannot be a hub id, which is a name or an owner and a name."""
    return Path(source).is_absolute() or source.startswith((".", "~")) or source.count("/") > 1
