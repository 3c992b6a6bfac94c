"""Load a causal language model and its tokenizer from a hub id, a folder or a GGUF file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    modeling_gguf_pytorch_utils,
)
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from gram_es.errors import ModelError, first_line
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.source import check_source, is_gguf
from gram_es.settings import current_settings


def load_language_model(source: str, *, device: str = "cpu", fast: bool = False) -> LanguageModel:
    """Return a language model in evaluation mode.

    Weights of a GGUF file are converted to single precision. ``GRAM_ES_THREADS`` limits the threads
    of torch in the whole process.

    :param source: a Hugging Face hub id, a folder in Hugging Face layout, or a GGUF file.
    :param device: where torch computes, such as ``cpu`` or ``cuda``. On a GPU the weights are
        bfloat16 if the hardware has it.
    :param fast: whether they are so on a CPU, too: it takes half the time and half the memory, and
        likelihoods differ by some hundredths of a nat from one kind of CPU to another.
    :raises ModelError: if the model cannot be loaded.
    """
    if threads := current_settings().threads:
        torch.set_num_threads(threads)
    disable_progress_bar()
    set_verbosity_error()
    location, options = _location(source)
    try:
        tokenizer = AutoTokenizer.from_pretrained(location, **options)
        with _passing_progress():
            network = AutoModelForCausalLM.from_pretrained(
                location, dtype=_precision(device, fast=fast), attn_implementation="sdpa", **options
            )
        return LanguageModel(tokenizer, network.eval().to(device), name=_name(source))
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"cannot load the language model {source}: {first_line(error)}; name a hub id, a "
            "folder or a GGUF file, and run pip install gram-es[llm]"
        ) from None


@contextmanager
def _passing_progress() -> Iterator[None]:
    """Let the bar that transformers shows for a GGUF file leave no trace, and log files have none.

    ``disable_progress_bar`` has no effect on this bar.
    """
    reader: Any = modeling_gguf_pytorch_utils
    bar = reader.tqdm
    reader.tqdm = partial(bar, disable=None, leave=False)
    try:
        yield
    finally:
        reader.tqdm = bar


def _location(source: str) -> tuple[str, dict[str, Any]]:
    check_source(source)
    if is_gguf(source):
        path = Path(source)
        return str(path.parent.resolve()), {"gguf_file": path.name}
    return source, {}


def _name(source: str) -> str:
    """Return the hub id, or the last part of a path: equal models have equal names anywhere."""
    path = Path(source)
    return path.name if path.exists() else source


def _precision(device: str, *, fast: bool) -> torch.dtype:
    if device.startswith("cuda") and torch.cuda.is_available():
        has_bfloat16 = torch.cuda.is_bf16_supported()
    else:
        has_bfloat16 = fast and torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if has_bfloat16 else torch.float32
