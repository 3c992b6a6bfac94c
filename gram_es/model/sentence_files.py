"""The files by which ``sentence-transformers`` opens a model folder as an encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from gram_es.model.config import FIRST, PRODUCT_PROMPT, QUERY_PROMPT, GramConfig

POOLING: Final = "1_Pooling/config.json"
SENTENCE_FILES: Final = (
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer_config.json",
    POOLING,
)
_PARTS = ("Transformer", "Pooling", "Normalize")


def write_sentence_files(folder: Path, config: GramConfig, dimensions: int) -> None:
    """Write :data:`SENTENCE_FILES` next to the encoder's weights.

    The prompts ``query`` and ``document`` give a normalised text, shorter than the limit of a query
    or a product, the vector that :class:`~gram_es.model.gram.Gram` gives it.

    :param dimensions: the number of dimensions of a vector.
    """
    contents = {
        "modules.json": _modules(),
        "sentence_bert_config.json": {
            "max_seq_length": config.max_product_tokens,
            "do_lower_case": False,
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {
                "query": QUERY_PROMPT + config.query_prefix,
                "document": PRODUCT_PROMPT + config.product_prefix,
            },
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "tokenizer_config.json": _tokenizer(config),
        POOLING: {
            "word_embedding_dimension": dimensions,
            "pooling_mode_mean_tokens": config.pooling != FIRST,
            "pooling_mode_cls_token": config.pooling == FIRST,
            "include_prompt": True,
        },
    }
    for name in SENTENCE_FILES:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(contents[name], indent=2), encoding="utf-8")


def _modules() -> list[dict[str, Any]]:
    return [
        {
            "idx": number,
            "name": str(number),
            "path": f"{number}_{name}" if number else "",
            "type": f"sentence_transformers.models.{name}",
        }
        for number, name in enumerate(_PARTS)
    ]


def _tokenizer(config: GramConfig) -> dict[str, Any]:
    tokens = {"pad_token": config.pad, "unk_token": config.unknown, "sep_token": config.separator}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": config.max_product_tokens,
        **{name: token for name, token in tokens.items() if token is not None},
    }
