"""Fit the constants of a model's configuration on queries that no stage has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from gram_es.model.config import LEXICAL_FEATURES, GramConfig
from gram_es.model.quantise import dequantise
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.rerank.feedback import feedback_cosines
from gram_es.retrieval.rerank.lexical import lexical_features
from gram_es.retrieval.rerank.score_parts import split_scores
from gram_es.text.words import stems
from gram_es.training.calibration.blend import fit_weights
from gram_es.training.calibration.catalogue_search import CatalogueSearch, Retrieved
from gram_es.training.calibration.final_model import FinalModel
from gram_es.training.data.query_pairs import QueryExample

_ROUNDS = 2  # in the first round, feedback is computed with weights fitted without feedback
_TEXT = 7.2  # weight of the text in a logit, about that of fits on real judgments

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedWindow:
    """A window of products to rerank for a judged query.

    ``features`` are cosine, text and lexical features, ``(window, 2 + lexical)``; the text is
    divided by the best score that the query can reach. ``gains`` are the relevance of the products,
    ``(window,)``; ``products`` are their numbers.
    """

    products: NDArray[np.int64]
    features: Matrix
    gains: Matrix


def judged_window(
    search: CatalogueSearch, retrieved: Retrieved, example: QueryExample
) -> JudgedWindow:
    """Return the window of a judged query with its features and gains."""
    hits = search.hits(retrieved)
    clauses = retrieved.clauses
    products = dequantise([hit.vector for hit in hits if hit.vector is not None])
    text = split_scores(hits, clauses).bm25_raw / np.float32(clauses.best_text)
    scored = np.stack([products @ retrieved.vector, text], axis=1)
    lexical = lexical_features(stems(clauses.corrected), [hit.stems or "" for hit in hits])
    gain_by_product = dict(zip(example.products.tolist(), example.gains.tolist(), strict=True))
    gains = [gain_by_product.get(number, 0.0) for number in retrieved.products.tolist()]
    return JudgedWindow(
        retrieved.products,
        np.concatenate([scored, lexical], axis=1),
        np.array(gains, dtype=np.float32),
    )


def fit_blend(model: FinalModel, windows: Sequence[JudgedWindow]) -> Calibration:
    """Return weights of the rerank that are fitted on ``windows``.

    Feedback is a product's similarity to the best hits. The best hits depend on the other weights,
    so the other weights are fitted first, without feedback. With a trained encoder the agreement of
    codes gets no weight: on 55,000 products with 9,000 judged queries it had nothing to add.
    """
    start = Calibration.of_config(model.config)
    prior = [_TEXT / start.bm25, _TEXT, *[0.0] * len(LEXICAL_FEATURES)]
    features = np.stack([window.features for window in windows])
    gains = np.stack([window.gains for window in windows])
    weights = _fit_weights(features, gains, prior)
    for _ in range(_ROUNDS):
        scores = features @ np.array(weights[: features.shape[2]], dtype=np.float32)
        feedback = [
            feedback_cosines(_vectors(model, window), row)
            for window, row in zip(windows, scores, strict=True)
        ]
        with_feedback = np.concatenate([features, np.stack(feedback)[:, :, None]], axis=2)
        weights = _fit_weights(with_feedback, gains, [*prior, 0.0])
    _, text, *lexical, similarity = weights
    agreement = 0.0 if model.config.is_encoder_trained else start.agreement
    return replace(
        start, bm25=text, lexical=tuple(lexical), feedback=similarity, agreement=agreement
    )


def set_blend(config: GramConfig, blend: Calibration) -> None:
    """Write weights of the rerank to a configuration."""
    config.text_weight, config.lexical_weights = blend.bm25, list(blend.lexical)
    config.feedback_weight, config.agreement_weight = blend.feedback, blend.agreement


def _fit_weights(features: Matrix, gains: Matrix, prior: Sequence[float]) -> tuple[float, ...]:
    return fit_weights(torch.from_numpy(features), torch.from_numpy(gains), prior)


def _vectors(model: FinalModel, window: JudgedWindow) -> Matrix:
    return dequantise([row.tobytes() for row in model.vectors[window.products]])
