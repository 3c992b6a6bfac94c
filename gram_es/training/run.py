"""What a training run works on."""

from __future__ import annotations

from dataclasses import dataclass

from gram_es.model.encoding.text_encoder import SavableEncoder
from gram_es.model.pretrained import DEFAULT_ENCODER, create_text_encoder
from gram_es.settings import current_settings
from gram_es.text.spelling.speller import Speller
from gram_es.training.calibration.score_scale import scale_constants
from gram_es.training.data.bm25 import Bm25Index
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import MinedCodebook
from gram_es.training.data.dataset import Dataset


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """The pretrained encoder to start from, and the texts in front of queries and products.

    ``source`` is a Hugging Face hub id or a folder. A prefix of ``None`` is chosen by the encoder's
    name, see :func:`~gram_es.model.pretrained.create_text_encoder`.
    """

    source: str = DEFAULT_ENCODER
    query_prefix: str | None = None
    product_prefix: str | None = None

    def create(self) -> SavableEncoder:
        """Return the pretrained encoder, with the language of this process and its constants."""
        encoder = create_text_encoder(
            self.source, query_prefix=self.query_prefix, product_prefix=self.product_prefix
        )
        encoder.config.language = current_settings().language
        scale_constants(encoder)
        return encoder


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """The data of a training run, and its encoder, which the run trains if it learns."""

    catalogue: Catalogue
    mined: MinedCodebook
    dataset: Dataset
    choice: EncoderChoice
    encoder: SavableEncoder
    bm25: Bm25Index
    speller: Speller
    seed: int

    @property
    def labels(self) -> list[str]:
        """Return the labels of the codes."""
        return [code.label for code in self.mined.codebook]
