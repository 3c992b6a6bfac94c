"""The encoder of texts: BERT is implemented here, any other encoder comes from ``transformers``.

Most sentence encoders are BERTs. A process that does not import ``transformers`` starts in 60 % of
the time, needs 120 MB less memory, and encodes a single query in 80 % of the time. Attention does
not use torch's fused kernel: with short texts, that kernel makes a training step take 1.5 times
as long.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gram_es.model.encoding.bert_config import BertConfig, is_plain_bert

_MIN_FLOAT = torch.finfo(torch.float32).min


def create_encoder(encoder_config: dict[str, Any]) -> nn.Module:
    """Return an untrained encoder for a Hugging Face configuration that has a ``model_type``.

    The encoder takes ``input_ids`` and ``attention_mask``, both ``(B, L)``, and returns a tuple
    whose first item is the states of its last layer, ``(B, L, d)``.
    """
    if is_plain_bert(encoder_config):
        return BertEncoder(BertConfig.of(encoder_config))
    from transformers import AutoConfig, AutoModel  # slow to import; BERTs do not need it

    config = AutoConfig.for_model(**encoder_config)
    options = {"add_pooling_layer": False} if config.model_type == "bert" else {}
    encoder: nn.Module = AutoModel.from_config(
        config, attn_implementation="eager", trust_remote_code=False, **options
    )
    return encoder


@torch.no_grad()
def initialise_weights(network: nn.Module, *, std: float) -> None:
    """Draw the weights of linear layers and embeddings from N(0, ``std``²); set biases to 0."""

    def draw(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            module.weight.normal_(std=std)
        if isinstance(module, nn.Linear):
            module.bias.zero_()

    network.apply(draw)


class BertEncoder(nn.Module):
    """BERT (Devlin et al., NAACL 2019) without its pooling layer and without dropout.

    The weights have the same names as in ``transformers``.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = _Embeddings(config)
        self.encoder = _Layers(config)
        initialise_weights(self, std=config.initializer_range)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor]:
        """Return the states of the last layer, ``(B, L, d)``."""
        padding_bias = (attention_mask == 0)[:, None, None] * _MIN_FLOAT  # (B, 1, 1, L)
        return (self.encoder(self.embeddings(input_ids), padding_bias),)


class _Embeddings(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.word_embeddings = nn.Embedding(config.vocab_size, width, config.pad_token_id)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, width)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, width)
        self.LayerNorm = nn.LayerNorm(width, config.layer_norm_eps)

    def forward(self, input_ids: Tensor) -> Tensor:
        positions = self.position_embeddings.weight[: input_ids.shape[1]]
        x = self.word_embeddings(input_ids) + positions + self.token_type_embeddings.weight[0]
        normed: Tensor = self.LayerNorm(x)
        return normed


class _Layers(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))

    def forward(self, x: Tensor, padding_bias: Tensor) -> Tensor:
        for layer in self.layer:
            x = layer(x, padding_bias)
        return x


class _Layer(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.attention = _Attention(config)
        self.intermediate = _Intermediate(config)
        self.output = _Output(config.intermediate_size, config)

    def forward(self, x: Tensor, padding_bias: Tensor) -> Tensor:
        x = self.attention(x, padding_bias)
        states: Tensor = self.output(self.intermediate(x), x)
        return states


class _Attention(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.self = _SelfAttention(config)
        self.output = _Output(config.hidden_size, config)

    def forward(self, x: Tensor, padding_bias: Tensor) -> Tensor:
        states: Tensor = self.output(self.self(x, padding_bias), x)
        return states


class _SelfAttention(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads = config.num_attention_heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x: Tensor, padding_bias: Tensor) -> Tensor:
        query, key, value = (
            project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for project in (self.query, self.key, self.value)
        )  # (B, H, L, d/H)
        scores = query @ key.transpose(-1, -2) * key.shape[-1] ** -0.5 + padding_bias
        attended: Tensor = scores.softmax(-1) @ value
        return attended.transpose(1, 2).flatten(2)


class _Intermediate(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.intermediate_size)

    def forward(self, x: Tensor) -> Tensor:
        widened: Tensor = F.gelu(self.dense(x))
        return widened


class _Output(nn.Module):
    def __init__(self, input_width: int, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(input_width, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)

    def forward(self, states: Tensor, x: Tensor) -> Tensor:
        normed: Tensor = self.LayerNorm(self.dense(states) + x)
        return normed
