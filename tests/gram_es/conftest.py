from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from gram_es.language_model.likelihood import LanguageModel

WORDS = ["<s>", "<unk>", "Ġto", "Ġfind", "Ġdrill", "Ġsofa", "Ġbed", "Ġcouch", "Ċ", "Ġcordless"]
_SIZES = {
    "vocab_size": len(WORDS),
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
}


@pytest.fixture(scope="session", params=["llama", "gemma"])
def network(request: pytest.FixtureRequest) -> torch.nn.Module:
    torch.manual_seed(3)
    if request.param == "llama":
        return LlamaForCausalLM(LlamaConfig(**_SIZES)).eval()
    layers = ["sliding_attention", "full_attention", "sliding_attention"]
    config = Gemma3TextConfig(**_SIZES, layer_types=layers, sliding_window=64)
    return Gemma3ForCausalLM(config).eval()


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    plain = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=plain, unk_token="<unk>", bos_token="<s>")


@pytest.fixture
def own_language_model(
    tokenizer: PreTrainedTokenizerFast, network: torch.nn.Module
) -> LanguageModel:
    """Return a language model whose network no other test uses."""
    return LanguageModel(tokenizer, deepcopy(network), name="small")


@pytest.fixture
def language_model(tokenizer: PreTrainedTokenizerFast, network: torch.nn.Module) -> LanguageModel:
    return LanguageModel(tokenizer, network, name="small")
