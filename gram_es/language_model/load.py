"""Load a causal language model and its tokenizer from a hub id, a folder or a GGUF file.

The folder of an adapter stands for the language model that it belongs to, with changed weights. The
adapter that was trained for a model stays apart from the weights, which are asked without it, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
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
from gram_es.language_model.given_adapter import GivenAdapter, adapters_on
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.source import check_source, is_gguf, what_is_missing
from gram_es.language_model.trained import (
    FACTS,
    WEIGHTS,
    AdapterFacts,
    file_sha256,
    name_with_adapter,
)
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

    :param source: a Hugging Face hub id, a folder in Hugging Face layout, a GGUF file, or the
        folder of an adapter.
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
    if missing := what_is_missing(adapters_on(facts.source)[0]):
        raise ModelError(
            f"{missing}, for which the language model in {folder} was trained; put it there, or "
            f"edit source in {folder / FACTS}"
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
    check_source(source)
    base, adapters = adapters_on(source)
    location, options = _location(base)
    try:
        tokenizer = AutoTokenizer.from_pretrained(location, **options)
        with _passing_progress():
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                location,
                dtype=_precision(device, fast=fast),
                attn_implementation="sdpa",
                output_loading_info=True,
                **options,
            )
        network, report = loaded
        _check_whole(base, report["missing_keys"])
        for adapter in adapters:
            network = _laid_on(network, adapter)
        return tokenizer, network.eval().to(device)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"cannot load the language model {base}: {first_line(error)}; name a hub id, a "
            'folder or a GGUF file, and run pip install "gram-es[llm]"'
        ) from None


def _check_whole(source: str, missing: Collection[str]) -> None:
    """Check that no weights are missing: they would be random.

    :raises ModelError: if some are.
    """
    if missing:
        raise ModelError(
            f"{source} is no causal language model, or is damaged: it lacks {len(missing)} weights "
            f"such as {min(missing)}; name another one"
        )


def _laid_on(network: Any, adapter: GivenAdapter) -> Any:
    """Return a network with the weights of an adapter merged into its own.

    :raises ModelError: if the adapter does not fit.
    """
    from gram_es.language_model.adapter import merged_with_adapter  # needs peft

    return merged_with_adapter(network, adapter.facts, load_file(adapter.weights))


def source_sha256(source: str) -> str:
    """Return a hash of the weights of a language model: of its GGUF or safetensors files.

    :raises ModelError: if there are none.
    """
    check_source(source)
    base, adapters = adapters_on(source)
    try:
        checksums = [file_sha256(file) for file in _weight_files(base)]
        checksums += [adapter.sha256() for adapter in adapters]
    except (OSError, ValueError) as error:
        raise ModelError(
            f"cannot read the weights of the language model {base}: {first_line(error)}; name a "
            "hub id, a folder or a GGUF file"
        ) from None
    return checksums[0] if len(checksums) == 1 else _digest(checksums)


def _weight_files(base: str) -> list[Path]:
    path = Path(base)
    if path.is_file():
        return [path]
    folder = path if path.is_dir() else snapshot_download(base, allow_patterns=_SAFETENSORS)
    if not (files := sorted(Path(folder).glob(_SAFETENSORS))):
        raise ModelError(
            f"the language model {base} has no weights as safetensors or GGUF; name one that has"
        )
    return files


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
    if is_gguf(source):
        path = Path(source)
        return str(path.parent.resolve()), {"gguf_file": path.name}
    return source, {}


def _name(source: str) -> str:
    """Return the hub id, or the last part of a path: equal models have equal names anywhere.

    Adapters add the beginnings of their hashes.
    """
    base, adapters = adapters_on(source)
    path = Path(base)
    name = path.name if path.exists() else base
    for adapter in adapters:
        name = name_with_adapter(name, adapter.sha256())
    return name


def _precision(device: str, *, fast: bool) -> torch.dtype:
    if device.startswith("cuda") and torch.cuda.is_available():
        has_bfloat16 = torch.cuda.is_bf16_supported()
    else:
        has_bfloat16 = fast and torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if has_bfloat16 else torch.float32
