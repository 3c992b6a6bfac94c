"""Pretrained encoders of any kind, read by ``transformers``."""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from gram_es.errors import ModelError
from gram_es.model.encoder_files import EncoderFiles
from gram_es.model.encoding.pretrained import PretrainedEncoder, SpecialTokens


def read_encoder(files: EncoderFiles) -> PretrainedEncoder:
    """Return an encoder with its tokenizer.

    :raises ModelError: if the encoder has a decoder too, or no fast tokenizer.
    :raises Exception: what ``transformers`` raises if it cannot read the encoder.
    """
    disable_progress_bar()
    set_verbosity_error()  # hides a warning about the unused weights of the pooling layer
    tokenizer = AutoTokenizer.from_pretrained(files.name, use_fast=True)
    encoder: Any = AutoModel.from_pretrained(files.name, dtype=torch.float32)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ModelError(f"the encoder {files.source} has no fast tokenizer; choose another one")
    if getattr(encoder.config, "is_encoder_decoder", False):
        raise ModelError(
            f"{files.source} has an encoder and a decoder; choose a model without a decoder"
        )
    table = encoder.get_input_embeddings().weight
    [embeddings] = [name for name, weight in encoder.named_parameters() if weight is table]
    return PretrainedEncoder(
        encoder.config.to_dict(),
        {
            name: weight.numpy()
            for name, weight in encoder.state_dict().items()
            if weight.is_floating_point()
        },
        tokenizer.backend_tokenizer,
        _special_tokens(tokenizer),
        embeddings,
    )


def _special_tokens(tokenizer: PreTrainedTokenizerFast) -> SpecialTokens:
    return SpecialTokens(
        first=tokenizer.cls_token or tokenizer.bos_token,
        pad=tokenizer.pad_token,
        unknown=tokenizer.unk_token,
        separator=tokenizer.sep_token,
    )
