"""Fit the constants of a model's configuration on queries that no stage has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gram_es.codes.prior import CodePrior, Vectors
from gram_es.model.config import LEXICAL_FEATURES
from gram_es.model.gram import best_text_score, encode_spellings
from gram_es.model.quantise import dequantise
from gram_es.model.text_encoder import TextEncoder
from gram_es.records import Product
from gram_es.retrieval.recall.clauses import CORRECTED_SHARE
from gram_es.retrieval.rerank.feedback import feedback_cosines
from gram_es.retrieval.rerank.lexical import lexical_features
from gram_es.settings import WINDOW
from gram_es.text.product import rerank_stems
from gram_es.text.speller import Speller, Spelling
from gram_es.text.term_statistics import TermStatistics
from gram_es.text.words import stems
from gram_es.training.calibration.abstention import fit_abstention
from gram_es.training.calibration.blend import fit_weights
from gram_es.training.data.bm25 import Bm25Index
from gram_es.training.data.dataset import MIN_BLEND_QUERIES
from gram_es.training.data.query_pairs import QueryExample

_ROUNDS = 2  # in the first round, feedback is computed with weights fitted without feedback
_COSINE = 12.0  # weight of the cosine in a logit, about that of fits on real judgments


@dataclass(frozen=True, slots=True, eq=False)
class FinalModel:
    """A model whose constants are still to be fitted, and the catalogue that it was trained on.

    ``vectors`` are the vectors of ``products`` as documents store them, ``(N, d)`` int8.
    """

    encoder: TextEncoder
    prior: CodePrior
    speller: Speller
    bm25: Bm25Index
    terms: TermStatistics
    products: Sequence[Product]
    vectors: NDArray[np.int8]

    def text_scores(self, query: Spelling) -> NDArray[np.float32]:
        """Return the BM25 score of each product for the typed or the corrected query.

        The higher score counts. The score for a corrected query is first multiplied by
        ``CORRECTED_SHARE``.
        """
        typed_scores = self.bm25.scores(query.typed)
        if query.corrected == query.typed:
            return typed_scores
        scores: NDArray[np.float32] = np.maximum(
            typed_scores, CORRECTED_SHARE * self.bm25.scores(query.corrected)
        )
        return scores


def calibrate(model: FinalModel, held_out: Sequence[QueryExample], *, seed: int) -> None:
    """Fit the constants of the encoder's configuration.

    The weights of the rerank are fitted only if there are enough held-out judged queries. With a
    trained encoder the agreement of codes gets no weight: on 55,000 products with 9,000 judged
    queries it had nothing to add.
    """
    config = model.encoder.config
    config.abstain_below = fit_abstention(model.encoder, model.prior, model.bm25.stems, seed=seed)
    if len(held_out) >= MIN_BLEND_QUERIES:
        _fit_blend(model, held_out, [model.speller.spell(example.text) for example in held_out])
        if config.is_encoder_trained:
            config.agreement_weight = 0.0


def _fit_blend(
    model: FinalModel, examples: Sequence[QueryExample], queries: Sequence[Spelling]
) -> None:
    """Fit the weights of the rerank.

    Feedback is a product's similarity to the best hits. The best hits depend on the other weights,
    so the other weights are fitted first, without feedback.
    """
    config = model.encoder.config
    prior = [_COSINE, _COSINE * config.text_weight, *[0.0] * len(LEXICAL_FEATURES)]
    products = dequantise([row.tobytes() for row in model.vectors])
    windows, features, gains = _windows(model, examples, queries, products)
    weights = _fit_weights(features, gains, prior)
    for _ in range(_ROUNDS):
        scores = features @ np.array(weights[: features.shape[2]], dtype=np.float32)
        feedback = [feedback_cosines(products[n], s) for n, s in zip(windows, scores, strict=True)]
        with_feedback = np.concatenate([features, np.stack(feedback)[:, :, None]], axis=2)
        weights = _fit_weights(with_feedback, gains, [*prior, 0.0])
    _, config.text_weight, *config.lexical_weights, config.feedback_weight = weights


def _fit_weights(
    features: NDArray[np.float32], gains: NDArray[np.float32], prior: Sequence[float]
) -> tuple[float, ...]:
    return fit_weights(torch.from_numpy(features), torch.from_numpy(gains), prior)


def _windows(
    model: FinalModel,
    examples: Sequence[QueryExample],
    queries: Sequence[Spelling],
    products: Vectors,
) -> tuple[list[NDArray[np.int64]], NDArray[np.float32], NDArray[np.float32]]:
    """Return the window of each query, with the features and the gains of its products.

    A window contains the products with the highest sum of the cosine and the text score, which is
    divided by the best text score that the query can reach.

    :param products: ``(N, d)``, vectors.
    :return: the product numbers of each window, ``(window,)``; the features of these products,
        ``(queries, window, 2 + lexical)``; and their gains, ``(queries, window)``.
    """
    size = min(WINDOW, len(products))
    windows, features, gains = [], [], []
    vectors = encode_spellings(model.encoder, queries)
    for example, query, vector in zip(examples, queries, vectors, strict=True):
        cosines = products @ vector
        scores = model.text_scores(query)
        share = scores / max(best_text_score(model.terms, query), 1e-6)
        window = np.argpartition(-(cosines + share), size - 1)[:size]
        product_stems = [rerank_stems(model.products[n]) for n in window.tolist()]
        lexical = lexical_features(stems(query.corrected), product_stems)
        scored = np.stack([cosines[window], share[window]], axis=1)
        windows.append(window)
        features.append(np.concatenate([scored, lexical], axis=1))
        gain_by_product = dict(zip(example.products.tolist(), example.gains.tolist(), strict=True))
        gains.append([gain_by_product.get(n, 0.0) for n in window.tolist()])
    return windows, np.stack(features), np.array(gains, dtype=np.float32)
