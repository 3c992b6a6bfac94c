"""What a model folder's ``config.json`` holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import PretrainedConfig

from gram_es.text.languages import ENGLISH

MODEL_TYPE = "gram-es"
QUERY_PROMPT = "[query]"
PRODUCT_PROMPT = "[product]"
END_OF_CODE = "[end]"


class GramConfig(PretrainedConfig):
    """Sizes of the network and of its inputs.

    ``encoder`` is the configuration of any Hugging Face encoder, ``model_type`` included, and
    ``encoder_source`` says where its weights came from. ``language`` is whose words the codes were
    stemmed by. ``alphabet`` is the number of tokens that
    codes are spelt with. The rest is fitted on the final weights: ``code_temperature`` divides
    the log-probabilities of whole codes before they become weights; a query's confidence, the
    probability that its beam holds, counts in full from ``usual_confidence`` on and below
    ``abstain_below`` earns no codes; a product's code whose score lies under ``code_floor`` is
    dropped, a query's code under ``query_code_floor``. ``text_scale`` brings BM25 to the scale of
    the codes' weights in the retrieval; ``text_weight`` is what a product's share of the best BM25
    score weighs beside its cosine in the rerank, ``lexical_weights`` what each of the
    :data:`~gram_es.retrieval.features.FEATURES` does, if they do, and ``feedback_weight`` what its
    likeness to the best hits does.
    """

    model_type = MODEL_TYPE

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        *,
        family: str = "tiny",
        language: str = ENGLISH,
        encoder_source: str | None = None,
        alphabet: int = 0,
        decoder_layers: int = 1,
        decoder_heads: int = 4,
        max_query_tokens: int = 32,
        max_product_tokens: int = 64,
        code_temperature: float = 1.0,
        abstain_below: float = 0.0,
        usual_confidence: float = 1.0,
        code_floor: float = -1.0,
        query_code_floor: float = -1.0,
        text_scale: float = 0.125,
        text_weight: float = 0.5,
        lexical_weights: Sequence[float] = (),
        feedback_weight: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.encoder = encoder or {}
        self.family = family
        self.language = language
        self.encoder_source = encoder_source
        self.alphabet = alphabet
        self.decoder_layers = decoder_layers
        self.decoder_heads = decoder_heads
        self.max_query_tokens = max_query_tokens
        self.max_product_tokens = max_product_tokens
        self.code_temperature = code_temperature
        self.abstain_below = abstain_below
        self.usual_confidence = usual_confidence
        self.code_floor = code_floor
        self.query_code_floor = query_code_floor
        self.text_scale = text_scale
        self.text_weight = text_weight
        self.lexical_weights = list(lexical_weights)
        self.feedback_weight = feedback_weight
