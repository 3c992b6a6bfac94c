"""Keep an array on disk that takes long to compute."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from gram_es.language_model.code_tree.beam_search import FloatArray

logger = logging.getLogger(__name__)

_NAME: Final = "array"


def kept_array(
    path: Path, compute: Callable[[], FloatArray], *, shape: tuple[int, ...]
) -> FloatArray:
    """Return the array in the file ``path``; if there is none, compute it and keep it there.

    A damaged file is replaced. If the array cannot be kept, it is returned nevertheless.

    :param compute: returns the array, finite and of this shape.
    """
    try:
        return _read(path, shape)
    except FileNotFoundError:
        pass
    except (OSError, SafetensorError, ValueError) as error:
        logger.warning("%s cannot be read and is computed again: %s", path, error)
    array = compute()
    try:
        _write(path, array)
    except OSError as error:
        logger.warning("cannot keep %s, the next start computes it again: %s", path, error)
    return array


def _read(path: Path, shape: tuple[int, ...]) -> FloatArray:
    array = load(path.read_bytes()).get(_NAME)
    if array is None or array.dtype != np.float32 or array.shape != shape:
        raise ValueError(f"it does not contain an array {shape} in single precision")
    if not np.isfinite(array).all():
        raise ValueError("it contains numbers that are not finite")
    return array


def _write(path: Path, array: FloatArray) -> None:
    """Write the file at once: another process sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".unfinished-", delete=False) as file:
        unfinished = Path(file.name)
        try:
            file.write(save({_NAME: array}))
            file.close()
            unfinished.chmod(path.parent.stat().st_mode & 0o666)  # else only the owner reads it
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
