"""Where a language model comes from: a hub id, a folder or a GGUF file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gram_es.errors import ModelError

_GGUF: Final = ".gguf"


def is_gguf(source: str) -> bool:
    """Return whether a source is a GGUF file."""
    return Path(source).suffix.lower() == _GGUF


def check_source(source: str) -> None:
    """Check that the file or folder of a language model exists; a hub id is not looked up.

    :raises ModelError: if it does not.
    """
    path = Path(source)
    if is_gguf(source):
        if not path.is_file():
            raise ModelError(f"there is no file {source}; name a GGUF file that exists")
    elif _is_path(source) and not path.is_dir():
        raise ModelError(
            f"there is no folder {source}; name a folder in Hugging Face layout, a GGUF file or a "
            "hub id"
        )


def _is_path(source: str) -> bool:
    """Return whether a source cannot be a hub id, which is a name or an owner and a name."""
    return Path(source).is_absolute() or source.startswith((".", "~")) or source.count("/") > 1
