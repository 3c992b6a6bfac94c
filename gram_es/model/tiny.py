"""The family ``tiny``: everything from scratch, small enough to train while one waits."""

from __future__ import annotations

from collections.abc import Sequence

from gram_es.model.config import GramConfig
from gram_es.model.network import GramNetwork
from gram_es.model.tokenizer import PAD, TextEncoder, train_tokenizer

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
