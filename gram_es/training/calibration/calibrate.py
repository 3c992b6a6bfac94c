"""Fit the constants of a model's configuration on queries that no stage has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.model.config import LEXICAL_FEATURES, QUERY_PROMPT
from gram_es.model.gram import MAX_PRODUCT_CODES, MAX_QUERY_CODES
from gram_es.model.network import encode_queries, encode_texts
from gram_es.retrieval.recall.clauses import CORRECTED_SHARE
from gram_es.retrieval.rerank.feedback import feedback_cosines
from gram_es.retrieval.rerank.lexical import lexical_features
from gram_es.settings import WINDOW
from gram_es.text.words import stems
from gram_es.training.calibration.blend import fit_weights
from gram_es.training.calibration.temperature import fit_temperature
from gram_es.training.data.dataset import MIN_BLEND_QUERIES, TargetedExample
from gram_es.training.data.query_pairs import QueryExample, sample_products_to_search
from gram_es.training.data.teachers import Target
from gram_es.training.stages.preference import generate_in_batches
from gram_es.training.trainer import Trainer

_MIN_CONFIDENCE = 1e-3
_UNSURE_SHARE = 0.2  # below this share of the usual confidence, a query gets no codes
_POOR_QUANTILE = 0.1  # share of right codes that may be dropped because of a low score
_MAX_QUERIES = 800
_SAMPLED_PRODUCTS = 200
_ROUNDS = 2  # in the first round, feedback is computed with weights fitted without feedback
_COSINE = 12.0  # weight of the cosine in a logit, about that of fits on real judgments
# The scale makes this the median over queries of the best text score; code weights sum to 1. With
# values from .5 to 2, R@500 differs by at most .003.
_TEXT_IN_WINDOW = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _HeldOutQueries:
    """Held-out queries with their vectors and text scores, computed as in a search.

    ``corrected_vectors`` and ``mean_vectors`` are the results of
    :func:`~gram_es.model.network.encode_queries`. ``best_texts`` has, for each query, the highest
    text score of any product.
    """

    examples: Sequence[QueryExample]
    targets: Sequence[Target]
    typed: Sequence[str]
    corrected: Sequence[str]
    corrected_vectors: Tensor
    mean_vectors: Tensor
    best_texts: Sequence[float]


def calibrate(trainer: Trainer, held_out: Sequence[TargetedExample]) -> None:
    """Fit the constants of the network's configuration on held-out queries.

    If there are enough judged queries, only these are used. Otherwise all queries are used, and the
    weights of the rerank keep the family's defaults: synthetic queries consist of words of their
    products, so a fit on such queries would give weight to the text score only.
    """
    config = trainer.network.config
    judged = [pair for pair in held_out if pair[0].judged]
    can_fit_blend = len(judged) >= MIN_BLEND_QUERIES
    pairs = judged if can_fit_blend else held_out
    queries = _encode_held_out(trainer, pairs[:_MAX_QUERIES])
    _fit_codes(trainer, queries)
    best_scores = [score for score in queries.best_texts if score]
    config.text_scale = (
        _TEXT_IN_WINDOW / max(float(np.median(best_scores)), 1.0) if best_scores else 1.0
    )
    if can_fit_blend:
        _fit_blend(trainer, queries)


def _encode_held_out(trainer: Trainer, pairs: Sequence[TargetedExample]) -> _HeldOutQueries:
    typed = [example.text for example, _ in pairs]
    corrected = [trainer.speller.correct(text) for text in typed]
    corrected_vectors, mean_vectors = encode_queries(
        trainer.network, trainer.text, typed=typed, corrected=corrected
    )
    return _HeldOutQueries(
        examples=[example for example, _ in pairs],
        targets=[target for _, target in pairs],
        typed=typed,
        corrected=corrected,
        corrected_vectors=corrected_vectors,
        mean_vectors=mean_vectors,
        best_texts=[
            float(_text_scores(trainer, *texts).max())
            for texts in zip(typed, corrected, strict=True)
        ],
    )


@torch.inference_mode()
def _fit_codes(trainer: Trainer, held_out: _HeldOutQueries) -> None:
    """Fit the temperature, the two thresholds of confidence, and the two floors of code scores."""
    network, text, config = trainer.network, trainer.text, trainer.network.config
    labels = [code.label for code in trainer.mined.codebook]
    codes = encode_texts(network, text, labels, QUERY_PROMPT)
    queries, targets = held_out.corrected_vectors, held_out.targets
    beams = network.generate_codes(queries, trainer.trie, beams=MAX_QUERY_CODES)
    floor = _score_floor(queries, [numbers[:3] for numbers, _ in targets], codes)
    scores = (codes[beams.codes.clamp(min=0)] * queries[:, None]).sum(-1)
    log_probs = beams.log_probs.masked_fill(scores < floor, -torch.inf)
    confidence = beams.log_probs.exp().sum(1).numpy()
    product_count = len(trainer.sampler.product_ids)
    sample = range(0, product_count, max(1, product_count // _SAMPLED_PRODUCTS))
    product_codes = [trainer.sampler.product_target(n)[0][:5] for n in sample]
    config.code_temperature = _temperature(trainer, held_out, beams.codes, log_probs)
    config.usual_confidence = max(float(np.median(confidence)), _MIN_CONFIDENCE)
    config.abstain_below = _UNSURE_SHARE * config.usual_confidence
    config.code_floor = _score_floor(trainer.encode_products(sample), product_codes, codes)
    config.query_code_floor = floor


def _score_floor(texts: Tensor, right_codes: Sequence[NDArray[np.int64]], codes: Tensor) -> float:
    """Return the floor of code scores: the quantile ``_POOR_QUANTILE`` of the right codes' scores.

    The score is the dot product of the vectors of a code and a text.

    :param texts: ``(n, d)``, vectors.
    :param right_codes: for each text, the numbers of the codes that it should have.
    :param codes: ``(codes, d)``, vectors of all codes.
    """
    owners = np.repeat(np.arange(len(texts)), [len(numbers) for numbers in right_codes])
    flat = np.concatenate([*right_codes, np.empty(0, dtype=np.int64)])
    if not len(flat):
        return -1.0
    scores = (codes[torch.from_numpy(flat)] * texts[torch.from_numpy(owners)]).sum(1)
    return float(np.quantile(scores.numpy(), _POOR_QUANTILE))


def _temperature(
    trainer: Trainer, held_out: _HeldOutQueries, codes: Tensor, log_probs: Tensor
) -> float:
    """Return the temperature with which codes rank a sample of the catalogue best."""
    rng = np.random.default_rng(trainer.seed)
    searched = sample_products_to_search(
        held_out.examples,
        products=len(trainer.sampler.product_ids),
        others=trainer.plan.searched_products,
        rng=rng,
    )
    rows = {product: row for row, product in enumerate(searched)}
    codes_by_product = generate_in_batches(
        trainer.network,
        trainer.trie,
        trainer.encode_products(searched),
        beams=MAX_PRODUCT_CODES,
        progress_label="generate codes",
    )
    relevant = [example.gains_by_row(rows) for example in held_out.examples]
    return fit_temperature(codes, log_probs, codes_by_product, relevant)


def _text_scores(trainer: Trainer, typed: str, corrected: str) -> NDArray[np.float32]:
    """Return the BM25 score of each product for the typed or the corrected query.

    The higher score counts. The score for a corrected query is first multiplied by
    ``CORRECTED_SHARE``.
    """
    typed_scores = trainer.bm25.scores(typed)
    if corrected == typed:
        return typed_scores
    scores: NDArray[np.float32] = np.maximum(
        typed_scores, CORRECTED_SHARE * trainer.bm25.scores(corrected)
    )
    return scores


def _fit_blend(trainer: Trainer, held_out: _HeldOutQueries) -> None:
    """Fit the weights of the rerank.

    Feedback is a product's similarity to the best hits. The best hits depend on the other weights,
    so the other weights are fitted first, without feedback.
    """
    config = trainer.network.config
    prior = [_COSINE, _COSINE * config.text_weight, *[0.0] * len(LEXICAL_FEATURES)]
    products = trainer.encode_products(range(len(trainer.sampler.product_ids))).numpy()
    windows, features, gains = _windows(trainer, held_out, products)
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
    trainer: Trainer, held_out: _HeldOutQueries, products: NDArray[np.float32]
) -> tuple[list[NDArray[np.int64]], NDArray[np.float32], NDArray[np.float32]]:
    """Return the window of each query, with the features and the gains of its products.

    A window contains the products with the highest sum of the cosine and the text score, which is
    divided by the query's best text score.

    :param products: ``(N, d)``, vectors.
    :return: the product numbers of each window, ``(window,)``; the features of these products,
        ``(queries, window, 2 + lexical)``; and their gains, ``(queries, window)``.
    """
    size = min(WINDOW, len(products))
    windows, features, gains = [], [], []
    queries = zip(
        held_out.examples,
        held_out.typed,
        held_out.corrected,
        held_out.mean_vectors.numpy(),
        strict=True,
    )
    for example, typed, corrected, vector in queries:
        cosines = products @ vector
        scores = _text_scores(trainer, typed, corrected)
        share = scores / max(float(scores.max()), 1e-6)
        window = np.argpartition(-(cosines + share), size - 1)[:size]
        product_stems = [trainer.rerank_stems[n] for n in window.tolist()]
        lexical = lexical_features(stems(corrected), product_stems)
        scored = np.stack([cosines[window], share[window]], axis=1)
        windows.append(window)
        features.append(np.concatenate([scored, lexical], axis=1))
        gain_by_product = dict(zip(example.products.tolist(), example.gains.tolist(), strict=True))
        gains.append([gain_by_product.get(n, 0.0) for n in window.tolist()])
    return windows, np.stack(features), np.array(gains, dtype=np.float32)
