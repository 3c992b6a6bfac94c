"""The configuration of a model: the file ``config.json`` of a model folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from gram_es.text.languages import ENGLISH

_CONFIG = "config.json"
QUERY_PROMPT = "[query]"
PRODUCT_PROMPT = "[product]"
END_OF_CODE = "[end]"

LEXICAL_FEATURES: Final = ("coverage", "numbers", "letters")
"""The lexical features of the blend, in the order of ``lexical_weights``.

``coverage`` is the share of the query's words that the product contains, ``numbers`` the share of
its numbers, ``letters`` the share of its letter trigrams; trigrams that few products of the window
contain count more. The last noun, pairs of neighbouring words and rare words were also tried: on
held-out judged queries they gained nothing.
"""


@dataclass(slots=True)
class GramConfig:
    """Sizes of the network, limits of its inputs, and constants fitted after training.

    The network and its inputs:

    - ``encoder``: the configuration of a Hugging Face encoder, including ``model_type``;
      ``encoder_source``: where its pretrained weights came from.
    - ``language``: the language by whose rules the codes were stemmed.
    - ``pad``, ``unknown``, ``separator``: tokens of the tokenizer. ``separator`` ends each text
      where the encoder expects one.
    - ``alphabet``: how many different tokens the codes consist of.

    Fitted on the final weights:

    - ``code_temperature``: divides the log-probabilities of whole codes before they become weights.
    - ``usual_confidence``, ``abstain_below``: confidence is the total probability of the codes in a
      query's beam. From ``usual_confidence`` on, the weights of the codes sum to 1; below
      ``abstain_below`` the query gets no codes.
    - ``code_floor``, ``query_code_floor``: the lowest score that a code needs to stay on a product
      or on a query.
    - ``text_scale``: brings BM25 to the scale of the code weights in retrieval.
    - ``text_weight``, ``lexical_weights``, ``feedback_weight``: the weights in the rerank, where
      the cosine has weight 1, of the product's share of the best BM25 score, of each of the
      :data:`LEXICAL_FEATURES` (empty: none is used), and of the similarity to the best hits.
    """

    encoder: dict[str, Any]
    family: str = "tiny"
    language: str = ENGLISH
    encoder_source: str | None = None
    pad: str = "[PAD]"
    unknown: str = "[UNK]"
    separator: str | None = None
    alphabet: int = 0
    decoder_layers: int = 1
    decoder_heads: int = 4
    max_query_tokens: int = 32
    max_product_tokens: int = 64
    code_temperature: float = 1.0
    abstain_below: float = 0.0
    usual_confidence: float = 1.0
    code_floor: float = -1.0
    query_code_floor: float = -1.0
    text_scale: float = 0.125
    text_weight: float = 0.5
    lexical_weights: list[float] = field(default_factory=list)
    feedback_weight: float = 0.0

    @classmethod
    def load(cls, folder: Path) -> GramConfig:
        """Read the configuration that :meth:`save` wrote to ``folder``.

        :raises OSError: if the file cannot be read.
        :raises ValueError: if a field is missing or has the wrong type; the message names it.
        """
        try:
            return TypeAdapter(cls).validate_json((folder / _CONFIG).read_bytes())
        except ValidationError as error:
            first_error = error.errors(include_url=False)[0]
            name = ".".join(map(str, first_error["loc"]))
            raise ValueError(f"{_CONFIG}: {name}: {first_error['msg'].lower()}") from None

    def save(self, folder: Path) -> None:
        """Write the configuration to ``folder`` as JSON."""
        text = json.dumps(asdict(self), indent=2, sort_keys=True)
        (folder / _CONFIG).write_text(text, encoding="utf-8")
