"""What a model folder's ``config.json`` holds."""

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
"""What the blend compares beside the cosine and BM25, in the order of ``lexical_weights``.

``coverage`` is the share of the query's words that the product contains, ``numbers`` the share of
its numbers, ``letters`` the share of its letter trigrams, those that few products of the window
contain counting more. Beside them its last noun, pairs of neighbours and rare words gained nothing
on held-out judged queries.
"""


@dataclass(slots=True)
class GramConfig:
    """Sizes of the network and of its inputs.

    ``encoder`` is the configuration of any Hugging Face encoder, ``model_type`` included, and
    ``encoder_source`` says where its weights came from. ``language`` is whose words the codes were
    stemmed by. ``pad``, ``unknown`` and ``separator`` are tokens of the tokenizer; a text ends with
    the last, where the encoder expects one. ``alphabet`` is the number of tokens that
    codes are spelt with. The rest is fitted on the final weights: ``code_temperature`` divides
    the log-probabilities of whole codes before they become weights; a query's confidence, the
    probability that its beam holds, counts in full from ``usual_confidence`` on and below
    ``abstain_below`` earns no codes; a product's code whose score lies under ``code_floor`` is
    dropped, a query's code under ``query_code_floor``. ``text_scale`` brings BM25 to the scale of
    the codes' weights in the retrieval; ``text_weight`` is what a product's share of the best BM25
    score weighs beside its cosine in the rerank, ``lexical_weights`` what each of the
    :data:`LEXICAL_FEATURES` does, if they do, and ``feedback_weight`` what its
    likeness to the best hits does.
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
        """Read what :meth:`save` wrote.

        :raises OSError: if the file cannot be read.
        :raises ValueError: naming a field that is missing or not of its type.
        """
        try:
            return TypeAdapter(cls).validate_json((folder / _CONFIG).read_bytes())
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            name = ".".join(map(str, fault["loc"]))
            raise ValueError(f"{_CONFIG}: {name}: {fault['msg'].lower()}") from None

    def save(self, folder: Path) -> None:
        """Write the configuration, as JSON, for :meth:`load`."""
        told = json.dumps(asdict(self), indent=2, sort_keys=True)
        (folder / _CONFIG).write_text(told, encoding="utf-8")
