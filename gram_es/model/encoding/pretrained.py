"""A pretrained encoder in memory, and a BERT read from its files without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401 - makes bfloat16 a type of numpy
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from gram_es.model.encoder_files import (
    CONFIG,
    SPECIAL_TOKENS,
    TOKENIZER,
    TOKENIZER_CONFIG,
    EncoderFiles,
)
from gram_es.model.encoding.bert_config import BertConfig, is_plain_bert
from gram_es.model.tokenizer import read_tokenizer

Weights = Mapping[str, NDArray[np.float32]]
WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
_PREFIX = "bert."  # of the encoder's weights in a network for another task
_OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
_BERT_TOKENIZERS = ("BertTokenizer", "BertTokenizerFast")
_BERT_TOKENS = {
    "cls_token": "[CLS]",
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
}


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """The tokens that begin a text, fill it up, stand for what is unknown, and end it."""

    first: str | None
    pad: str | None
    unknown: str | None
    separator: str | None


@dataclass(frozen=True, slots=True)
class PretrainedEncoder:
    """An encoder with its tokenizer, as somebody else trained it.

    ``config`` is its Hugging Face configuration. ``weights`` have the names of ``transformers``;
    ``word_embeddings`` names the matrix with a row for each token.
    """

    config: dict[str, Any]
    weights: Weights
    tokenizer: Tokenizer
    tokens: SpecialTokens
    word_embeddings: str = WORD_EMBEDDINGS


def read_bert(files: EncoderFiles) -> PretrainedEncoder | None:
    """Return the encoder if it is a BERT in safetensors with a fast tokenizer, else ``None``.

    :raises OSError: if a file cannot be read.
    :raises ValueError: if the tokenizer is not valid, or the weights do not fit the configuration.
    :raises SafetensorError: if the weights are damaged.
    :raises ModelError: if a file is not JSON, or the weights cannot be downloaded.
    """
    config = files.json(CONFIG)
    tokenizer = files.folder / TOKENIZER
    if not is_plain_bert(config) or not tokenizer.is_file():
        return None
    if (weights := files.weights()) is None:
        return None
    return PretrainedEncoder(
        config,
        _read_weights(weights, BertConfig.of(config)),
        read_tokenizer(tokenizer),
        _special_tokens(files),
    )


def _read_weights(path: Path, bert: BertConfig) -> Weights:
    """Return the weights of the encoder in single precision, without those of other tasks."""
    stored = {_name(name): weight for name, weight in load_file(path).items()}
    weights = {}
    for name, shape in bert.shapes().items():
        if name not in stored:
            raise ValueError(f"{path.name} lacks {name}")
        if stored[name].shape != shape:
            raise ValueError(f"{name} has the shape {stored[name].shape}, not {shape}")
        weights[name] = stored[name].astype(np.float32, copy=False)
    return weights


def _name(name: str) -> str:
    """Return the name that ``transformers`` gives a stored weight now."""
    name = name.removeprefix(_PREFIX)
    for old, new in _OLD_NAMES.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _special_tokens(files: EncoderFiles) -> SpecialTokens:
    config = files.json(TOKENIZER_CONFIG)
    known = {**files.json(SPECIAL_TOKENS), **config}
    is_of_bert = config.get("tokenizer_class") in _BERT_TOKENIZERS
    defaults = _BERT_TOKENS if is_of_bert else {}

    def token(*names: str) -> str | None:
        for name in names:
            value = known[name] if name in known else defaults.get(name)
            content = value.get("content") if isinstance(value, dict) else value
            if isinstance(content, str) and content:
                return content
        return None

    return SpecialTokens(
        first=token("cls_token", "bos_token"),
        pad=token("pad_token"),
        unknown=token("unk_token"),
        separator=token("sep_token"),
    )
