"""A model whose constants are still to be fitted, and the catalogue that it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.codebook import Codebook
from gram_es.codes.postings import Postings
from gram_es.codes.prior import CodePrior
from gram_es.codes.truth.rules import TruthRules
from gram_es.model.config import GramConfig
from gram_es.model.encoding.text_encoder import SavableEncoder
from gram_es.model.product_codes import fit_prior
from gram_es.records import Product
from gram_es.retrieval.recall.clauses import CORRECTED_SHARE
from gram_es.text.spelling.speller import Speller, Spelling
from gram_es.text.term_statistics import TermStatistics
from gram_es.training.calibration.abstention import fit_abstention
from gram_es.training.data.bm25 import Bm25Index


@dataclass(frozen=True, slots=True)
class CatalogueParts:
    """What a model knows of its catalogue, whichever encoder it has.

    ``stated`` are the products that state each code of the codebook.
    """

    products: Sequence[Product]
    codebook: Codebook
    stated: Postings
    rules: TruthRules
    speller: Speller
    bm25: Bm25Index
    terms: TermStatistics

    def text_scores(self, query: Spelling) -> NDArray[np.float32]:
        """Return the score of each product by the text clause, ``(products,)``.

        Of the forms of a query the one with the highest BM25 score counts. All but the typed one
        are first multiplied by ``CORRECTED_SHARE``.
        """
        scores = self.bm25.scores(query.typed)
        for form in dict.fromkeys((query.corrected, *query.alternatives)):
            if form != query.typed:
                scores = np.maximum(scores, CORRECTED_SHARE * self.bm25.scores(form))
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class FinalModel:
    """An encoder with the vectors of the catalogue and of its codes.

    ``vectors`` are the vectors of the catalogue's products as documents store them, ``(N, d)``
    int8.
    """

    catalogue: CatalogueParts
    encoder: SavableEncoder
    prior: CodePrior
    vectors: NDArray[np.int8]

    @property
    def config(self) -> GramConfig:
        """Return the configuration, whose constants are still to be fitted."""
        return self.encoder.config


def fit_final_model(
    catalogue: CatalogueParts, encoder: SavableEncoder, *, is_trained: bool, seed: int
) -> FinalModel:
    """Encode the catalogue, and fit the vectors of the codes and the limits of abstention.

    The limits are the scores below which a query gets no codes, and below which none of them leads.

    :param encoder: its configuration gets the limits.
    """
    with_category = sum(bool(product.category) for product in catalogue.products)
    config = encoder.config
    config.typed_by_category = 2 * with_category > len(catalogue.products)
    config.is_encoder_trained = is_trained
    vectors = encoder.encode_products(catalogue.products)
    stored = [row.tobytes() for row in vectors]
    prior = fit_prior(encoder, catalogue.codebook, catalogue.stated, stored)
    config.abstain_below, config.lead_above = fit_abstention(
        encoder, prior, catalogue.bm25.stems, seed=seed
    )
    return FinalModel(catalogue, encoder, prior, vectors)
