"""The configuration of a model, stored as ``config.json`` in the model folder.

The file is the encoder's configuration in the form of Hugging Face, with one entry more: ``gram``
has all other fields. So other libraries can open the encoder, too.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from gram_es.text.languages import ENGLISH

_CONFIG = "config.json"
_OWN = "gram"
WEIGHTS = "model.safetensors"
QUERY_PROMPT = "[query]"
PRODUCT_PROMPT = "[product]"

MEAN: Final = "mean"
"""A text's vector is the mean of the states of its tokens."""
FIRST: Final = "first"
"""A text's vector is the state of its first token, as encoders of the BGE kind were trained."""

LANGUAGE_MODEL_WEIGHT: Final = 0.6
"""What a nat of a language model counts beside the encoder's scores divided by their temperature.

Fitted on 150 queries in words that the sample shop does not use.
"""

LEXICAL_FEATURES: Final = ("coverage", "numbers", "letters")
"""The lexical features that count in the rerank, in the order of ``lexical_weights``.

Each feature is a share of the query that the product's text contains: ``coverage`` is the share of
the query's words, ``numbers`` that of its numbers, and ``letters`` that of its letter trigrams.
Trigrams that few products of the window (the hits to rerank) contain count more. Three other
features gained nothing on held-out judged queries: the query's last noun, its pairs of neighbouring
words, and its rare words.
"""

_ENCODER_FIELDS: Final = (
    "encoder",
    "pad",
    "unknown",
    "separator",
    "query_prefix",
    "product_prefix",
    "pooling",
    "max_query_tokens",
    "max_product_tokens",
)
_PRODUCT_CODE_FIELDS: Final = ("language", "phrase_floor", "inferred_weight", "inferred_decay")


@dataclass(slots=True)
class GramConfig:
    """The encoder's sizes, the limits of its inputs, and the constants fitted after training.

    The encoder and its inputs:

    - ``encoder``: the configuration of a Hugging Face encoder, including ``model_type``.
    - ``encoder_source``: the hub id or the folder of the encoder's pretrained weights.
    - ``is_encoder_trained``: whether the weights have been trained on judgments since.
    - ``language``: the language whose rules stem the words of the codes.
    - ``pad``, ``unknown``, ``separator``: special tokens of the tokenizer. The separator ends each
      text; it is ``None`` if the encoder expects no separator.
    - ``query_prefix``, ``product_prefix``: texts that the encoder expects in front of each query
      and each product, such as ``query: `` and ``passage: ``.
    - ``pooling``: how the encoder's states become one vector, :data:`MEAN` or :data:`FIRST`.

    The constants of codes:

    - ``typed_by_category``: whether most products have a category, which states their type.
    - ``phrase_floor``: the lowest weight of a code that a phrase of a product's title states.
    - ``inferred_weight``, ``inferred_decay``: an inferred code that scores ``d`` less than the
      product's best code weighs ``inferred_weight * exp(-inferred_decay * d)``.
    - ``containment_bonus``: what is added to a query's score for a code whose words it contains.
    - ``code_temperature``: the number that divides a query's scores for its codes. A softmax of the
      quotients gives the weights of the codes.
    - ``abstain_below``: if a query's best score is below this, the query gets no codes.
    - ``lead_above``: a code that scores this or more for a query can make a product relevant.

    - ``language_model_weight``: what a nat of a language model counts, where a score is divided by
      ``code_temperature``.

    The constants of retrieval and rerank:

    - ``recall_agreement``: what full agreement of codes counts in retrieval, where the best BM25
      score that the query can reach counts 1.
    - ``text_weight``: the weight of BM25 in the rerank, where the weight of the cosine is 1. Each
      BM25 score is first divided by the best score that the query can reach.
    - ``agreement_weight``: the weight of the agreement of codes in the rerank of a query that the
      text of no product matches. It counts less the better the text matches.
    - ``lexical_weights``: the weights of :data:`LEXICAL_FEATURES` in the rerank. The list is empty
      if the rerank uses no lexical features.
    - ``feedback_weight``: the weight of feedback in the rerank. Feedback is a product's similarity
      to the best hits.
    """

    encoder: dict[str, Any]
    family: str = "base"
    language: str = ENGLISH
    encoder_source: str | None = None
    is_encoder_trained: bool = False
    pad: str = "[PAD]"
    unknown: str = "[UNK]"
    separator: str | None = None
    query_prefix: str = ""
    product_prefix: str = ""
    pooling: Literal["mean", "first"] = MEAN
    max_query_tokens: int = 32
    max_product_tokens: int = 64
    typed_by_category: bool = False
    phrase_floor: float = 0.9
    inferred_weight: float = 0.8
    inferred_decay: float = 3.0
    containment_bonus: float = 0.05
    code_temperature: float = 0.05
    abstain_below: float = 0.0
    lead_above: float = 0.0
    language_model_weight: float = LANGUAGE_MODEL_WEIGHT
    recall_agreement: float = 0.4
    text_weight: float = 0.6
    agreement_weight: float = 1.5
    lexical_weights: list[float] = field(default_factory=list)
    feedback_weight: float = 0.0

    def encoder_settings(self) -> dict[str, Any]:
        """Return the fields on which the vectors of texts depend."""
        return {name: getattr(self, name) for name in _ENCODER_FIELDS}

    def product_code_settings(self) -> dict[str, Any]:
        """Return the fields on which the codes of a product with a given vector depend."""
        return {name: getattr(self, name) for name in _PRODUCT_CODE_FIELDS}

    @classmethod
    def load(cls, folder: Path) -> GramConfig:
        """Read the configuration that :meth:`save` wrote to ``folder``.

        :raises OSError: if the file cannot be read.
        :raises ValueError: if a field is missing or has the wrong type; the message names the
            field.
        """
        content = from_json((folder / _CONFIG).read_bytes())
        if not isinstance(content, dict) or not isinstance(content.get(_OWN), dict):
            raise ValueError(f"{_CONFIG}: {_OWN}: field required")
        encoder = {key: value for key, value in content.items() if key != _OWN}
        try:
            return TypeAdapter(cls).validate_python({**content[_OWN], "encoder": encoder})
        except ValidationError as error:
            first_error = error.errors(include_url=False)[0]
            name = ".".join(map(str, first_error["loc"]))
            raise ValueError(f"{_CONFIG}: {name}: {first_error['msg'].lower()}") from None

    def save(self, folder: Path) -> None:
        """Write the configuration to ``folder`` as JSON."""
        own = asdict(self)
        encoder = own.pop("encoder")
        text = json.dumps({**encoder, _OWN: own}, indent=2, sort_keys=True)
        (folder / _CONFIG).write_text(text, encoding="utf-8")
