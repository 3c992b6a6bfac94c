"""The sizes of a BERT, and whether an encoder is one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


def is_plain_bert(encoder_config: dict[str, Any]) -> bool:
    """Return whether a Hugging Face configuration is that of a BERT without variations."""
    return (
        encoder_config.get("model_type") == "bert"
        and encoder_config.get("hidden_act", "gelu") == "gelu"
        and not encoder_config.get("is_decoder")
        and encoder_config.get("position_embedding_type", "absolute") == "absolute"
    )


@dataclass(frozen=True, slots=True)
class BertConfig:
    """Sizes of a BERT, with the names and defaults of ``transformers``."""

    vocab_size: int = 30_522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3_072
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    pad_token_id: int | None = 0

    @classmethod
    def of(cls, encoder_config: dict[str, Any]) -> BertConfig:
        """Return the sizes in a Hugging Face configuration."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in encoder_config.items() if key in known})

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight by the name that it has in ``transformers``."""
        width, wide = self.hidden_size, self.intermediate_size
        norm = {"LayerNorm.weight": (width,), "LayerNorm.bias": (width,)}
        square = {"weight": (width, width), "bias": (width,)}
        embeddings = {
            "word_embeddings.weight": (self.vocab_size, width),
            "position_embeddings.weight": (self.max_position_embeddings, width),
            "token_type_embeddings.weight": (self.type_vocab_size, width),
            **norm,
        }
        layer = {
            **{
                f"attention.{part}.{name}": shape
                for part in ("self.query", "self.key", "self.value", "output.dense")
                for name, shape in square.items()
            },
            **{
                f"{part}.{name}": shape
                for part in ("attention.output", "output")
                for name, shape in norm.items()
            },
            "intermediate.dense.weight": (wide, width),
            "intermediate.dense.bias": (wide,),
            "output.dense.weight": (width, wide),
            "output.dense.bias": (width,),
        }
        return {
            **{f"embeddings.{name}": shape for name, shape in embeddings.items()},
            **{
                f"encoder.layer.{number}.{name}": shape
                for number in range(self.num_hidden_layers)
                for name, shape in layer.items()
            },
        }
