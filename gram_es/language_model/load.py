"""Load a causal language model and its tokenizer from a hub id, a folder or a GGUF file.

A trained adapter is loaded on top of the language model that it was trained for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    modeling_gguf_pytorch_utils,
)
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from gram_es.errors import ModelError, first_line
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.source import check_source, is_gguf
from gram_es.language_model.trained import WEIGHTS, AdapterFacts, file_sha256
from gram_es.settings import current_settings

_SAFETENSORS = "*.safetensors"


@dataclass(frozen=True, slots=True)
class TrainedLanguageModel:
    """A language model as it was, and with a trained adapter; both share their weights.

    Codes are found by the trained one. How likely a query is after a code is asked of the other,
    which knows the words of shoppers best.
    """

    plain: LanguageModel
    trained: LanguageModel
    null_share: float
    lift_scale: float

    @property
    def name(self) -> str:
        """Return the name of the trained model."""
        return self.trained.name


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
    tokenizer, network = load_parts(source, device=device, fast=fast)
    return LanguageModel(tokenizer, network, name=_name(source))


def load_trained_language_model(
    folder: Path, *, codes_fingerprint: str, device: str = "cpu"
) -> TrainedLanguageModel:
    """Return a language model with the adapter in ``folder``, in evaluation mode.

    :param codes_fingerprint: that of the model whose codes are to be found.
    :raises ModelError: if the adapter is damaged or of other codes, or if the language model that
        it was trained for is missing or another one.
    """
    from gram_es.language_model.adapter import (  # needs peft
        WithoutAdapter,
        insert_adapter,
    )

    facts = AdapterFacts.load(folder)
    if facts.codes_fingerprint != codes_fingerprint:
        raise ModelError(
            f"the language model in {folder} was trained for other codes than this model has; "
            "train with --family llm again"
        )
    if source_sha256(facts.source) != facts.source_sha256:
        raise ModelError(
            f"{facts.source} is not the language model that {folder} was trained for: its weights "
            "differ; restore it, or train with --family llm again"
        )
    tokenizer, network = load_parts(facts.source, device=device, fast=True)
    insert_adapter(network, load_file(folder / WEIGHTS))
    plain = LanguageModel(tokenizer, WithoutAdapter(network), name=_name(facts.source))
    trained = LanguageModel(tokenizer, network, name=facts.name)
    return TrainedLanguageModel(plain, trained, facts.null_share, facts.lift_scale)


def load_parts(source: str, *, device: str, fast: bool) -> tuple[Any, Any]:
    """Return the tokenizer and the network of a language model, see :func:`load_language_model`.

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
        return tokenizer, network.eval().to(device)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"cannot load the language model {source}: {first_line(error)}; name a hub id, a "
            "folder or a GGUF file, and run pip install gram-es[llm]"
        ) from None


def source_sha256(source: str) -> str:
    """Return a hash of the weights of a language model: of its GGUF or safetensors files.

    :raises ModelError: if there are none.
    """
    path = Path(source)
    try:
        if not path.is_file():
            folder = (
                path if path.is_dir() else snapshot_download(source, allow_patterns=_SAFETENSORS)
            )
            files = sorted(Path(folder).glob(_SAFETENSORS))
        else:
            files = [path]
        checksums = [file_sha256(file) for file in files]
    except (OSError, ValueError) as error:
        raise ModelError(
            f"cannot read the weights of the language model {source}: {first_line(error)}; name a "
            "hub id, a folder or a GGUF file"
        ) from None
    if not checksums:
        raise ModelError(
            f"the language model {source} has no weights as safetensors or GGUF; name one that has"
        )
    return checksums[0] if len(checksums) == 1 else _digest(checksums)


def _digest(checksums: list[str]) -> str:
    return hashlib.sha256("\n".join(checksums).encode()).hexdigest()


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
