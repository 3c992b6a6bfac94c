"""Create a text encoder from a pretrained sentence encoder and its tokenizer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from safetensors import SafetensorError

from gram_es.errors import ModelError, first_line
from gram_es.model.config import FIRST, MEAN, GramConfig
from gram_es.model.encoder_files import DEFAULT_ENCODER, POOLING, EncoderFiles, cannot_load
from gram_es.model.encoding.pretrained import PretrainedEncoder, read_bert
from gram_es.model.encoding.text_encoder import SavableEncoder
from gram_es.model.tokenizer import GRAM_TOKENS, TextTokenizer

__all__ = ["DEFAULT_ENCODER", "create_text_encoder"]

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
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    ImportError,
    RuntimeError,
    SafetensorError,
)
_IGNORED_CONFIG_KEYS = (
    "auto_map",  # names code of the encoder, which is never run
    "dtype",
    "torch_dtype",
    "_name_or_path",
    "transformers_version",
)


def create_text_encoder(
    source: str = DEFAULT_ENCODER,
    *,
    query_prefix: str | None = None,
    product_prefix: str | None = None,
) -> SavableEncoder:
    """Return a pretrained encoder with its tokenizer.

    The prompts for queries and for products start as copies of the encoder's first token. Before
    training, the encoder therefore returns the same vectors as the pretrained model.

    The encoder is a :class:`~gram_es.model.encoding.torch_encoder.TorchEncoder`, or without torch
    one that cannot be trained. Both have the same weights, and are saved as the same files.

    :param source: a Hugging Face hub id, or a folder in Hugging Face layout.
    :param query_prefix: the text in front of each query; ``None`` chooses the prefix with which
        encoders of the E5 kind were trained, and none for all others. ``product_prefix``: the same
        for products.
    :raises ModelError: if the encoder does not exist or cannot be used.
    """
    files = EncoderFiles.find(source)
    pretrained = _with_prompts(_read(files), source)
    config = _config(files, pretrained)
    default_prefixes = _E5_PREFIXES if _E5.search(source.lower()) else ("", "")
    prefixes = zip((query_prefix, product_prefix), default_prefixes, strict=True)
    config.query_prefix, config.product_prefix = (
        default if given is None else given for given, default in prefixes
    )
    try:
        return _create(pretrained, TextTokenizer(pretrained.tokenizer, config), config)
    except ValueError as error:
        raise ModelError(
            f"cannot use the encoder {source}: {error}; choose another one with --encoder"
        ) from None


def _read(files: EncoderFiles) -> PretrainedEncoder:
    try:
        if (bert := read_bert(files)) is not None:
            return bert
        from gram_es.model.encoding.transformers_encoder import read_encoder  # takes seconds

        return read_encoder(files)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "transformers"):
            raise
        raise ModelError(
            f"the encoder {files.source} is no BERT with model.safetensors and tokenizer.json, so "
            f'it needs {error.name}: run pip install "gram-es[train]", or choose another encoder'
        ) from None
    except _UNREADABLE as error:
        raise cannot_load(files.source, first_line(error)) from None


def _create(
    pretrained: PretrainedEncoder, tokenizer: TextTokenizer, config: GramConfig
) -> SavableEncoder:
    """Return the encoder in torch, or in ONNX Runtime if torch is not installed.

    On processors with bfloat16, torch encodes batches 1.6 times as fast.

    :raises ValueError: if the encoder is too large for ONNX Runtime.
    """
    try:
        from gram_es.model.encoding.torch_encoder import TorchEncoder  # takes seconds
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        from gram_es.model.encoding.frozen_encoder import FrozenEncoder

        return FrozenEncoder(pretrained.weights, tokenizer, config)
    return TorchEncoder.of(pretrained.weights, tokenizer, config)


def _config(files: EncoderFiles, pretrained: PretrainedEncoder) -> GramConfig:
    """Return the configuration of the encoder, with the limits of its inputs.

    Dropout is 0: fine-tuning on judged queries did best without it, and it makes a step depend on
    more than its seed. Without the encoder's path, equal models have equal fingerprints on every
    machine.

    :raises ModelError: if the encoder was trained with a kind of pooling that is not supported.
    """
    encoder, tokens = pretrained.config, pretrained.tokens
    max_positions = encoder.get("max_position_embeddings") or _MAX_PRODUCT_TOKENS
    return GramConfig(
        encoder={
            key: 0.0 if "dropout" in key and isinstance(value, float) else value
            for key, value in encoder.items()
            if key not in _IGNORED_CONFIG_KEYS
        },
        encoder_source=files.source,
        pooling=_pooling(files),
        pad=str(tokens.pad),
        unknown=str(tokens.unknown),
        separator=tokens.separator,
        max_product_tokens=min(_MAX_PRODUCT_TOKENS, max_positions - _RESERVED_POSITIONS),
    )


def _pooling(files: EncoderFiles) -> Literal["mean", "first"]:
    """Return how the encoder was trained to pool; without a word about it, by the mean.

    :raises ModelError: if it was trained with a kind of pooling that is not supported.
    """
    modes: dict[str, Any] = files.json(POOLING)
    chosen = {name for name, is_chosen in modes.items() if is_chosen is True} & _POOLING_MODES
    if not chosen - {"pooling_mode_mean_tokens"}:
        return MEAN
    if chosen == {"pooling_mode_cls_token"}:
        return FIRST
    raise ModelError(
        f"the encoder {files.source} pools by {', '.join(sorted(chosen))}; choose one that pools "
        "by the mean or by its first token"
    )


def _with_prompts(pretrained: PretrainedEncoder, source: str) -> PretrainedEncoder:
    """Add the prompts to the tokenizer, and their vectors to the encoder.

    :raises ModelError: if the tokenizer lacks a special token.
    """
    tokenizer, tokens = pretrained.tokenizer, pretrained.tokens
    first, *others = (
        None if token is None else tokenizer.token_to_id(token)
        for token in (tokens.first, tokens.unknown, tokens.pad)
    )
    if first is None or None in others:
        raise ModelError(
            f"the tokenizer of the encoder {source} lacks a start, a padding or an unknown token; "
            f"use an encoder that has all three, such as {DEFAULT_ENCODER}"
        )
    tokenizer.add_special_tokens(GRAM_TOKENS)
    table = pretrained.weights[pretrained.word_embeddings]
    vocabulary = tokenizer.get_vocab()
    size = max(vocabulary.values()) + 1
    added = np.repeat(table[first : first + 1], max(0, size - len(table)), axis=0)
    table = np.concatenate([table[:size], added])
    table[[vocabulary[prompt] for prompt in GRAM_TOKENS]] = table[first]
    return replace(
        pretrained,
        config={**pretrained.config, "vocab_size": size},
        weights={**pretrained.weights, pretrained.word_embeddings: table},
    )
