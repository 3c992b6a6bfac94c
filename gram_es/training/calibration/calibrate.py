"""What is fitted on the final weights, on queries that no stage has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gram_es.model.config import LEXICAL_FEATURES, QUERY_PROMPT
from gram_es.model.gram import PRODUCT_CODES, QUERY_CODES
from gram_es.model.network import encode_all, encode_queries
from gram_es.retrieval.recall.clauses import CORRECTED_SHARE
from gram_es.retrieval.rerank.feedback import feedback_cosines
from gram_es.retrieval.rerank.lexical import lexical_features
from gram_es.settings import WINDOW
from gram_es.text.words import stems
from gram_es.training.calibration.blend import fit_weights
from gram_es.training.calibration.temperature import fit_temperature
from gram_es.training.data.dataset import BLEND_NEEDS, Taught
from gram_es.training.data.query_pairs import QueryExample, part_to_search
from gram_es.training.data.teachers import Target
from gram_es.training.stages.preference import generated_codes
from gram_es.training.trainer import Course

_LEAST_CONFIDENCE = 1e-3
_UNSURE_SHARE = 0.2  # of the usual confidence
_POOR_QUANTILE = 0.1
_MOST_QUERIES = 800
_SOME_PRODUCTS = 200
_ROUNDS = 2  # the first feeds back by weights fitted without feedback
_COSINE = 12.0  # a logit's weight of the cosine, as fits on real judgments have it
# the best text score beside codes that sum to 1; from .5 to 2 R@500 is within .003
_TEXT_IN_WINDOW = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Held-out queries as a search will understand them.

    ``spelt`` are the mended forms, ``mended`` and ``middle`` the vectors that
    :func:`~gram_es.model.network.encode_queries` returns, ``best_texts`` the best text score that a
    product has for each.
    """

    examples: Sequence[QueryExample]
    targets: Sequence[Target]
    typed: Sequence[str]
    spelt: Sequence[str]
    mended: Tensor
    middle: Tensor
    best_texts: Sequence[float]


def fit(course: Course, held_out: Sequence[Taught]) -> None:
    """Fit the constants of the network's configuration.

    With enough judged queries among ``held_out`` they alone are asked. Without, the blend stays as
    it is: a synthetic query holds the words of its products, so that text alone would win.
    """
    config = course.network.config
    judged = [pair for pair in held_out if pair[0].judged]
    enough = len(judged) >= BLEND_NEEDS
    asked = _ask(course, (judged if enough else held_out)[:_MOST_QUERIES])
    _fit_codes(course, asked)
    bests = [best for best in asked.best_texts if best]
    config.text_scale = _TEXT_IN_WINDOW / max(float(np.median(bests)), 1.0) if bests else 1.0
    if enough:
        _fit_blend(course, asked)


def _ask(course: Course, pairs: Sequence[Taught]) -> _Asked:
    typed = [example.text for example, _ in pairs]
    spelt = [course.speller.correct(text) for text in typed]
    mended, middle = encode_queries(course.network, course.text, typed=typed, spelt=spelt)
    return _Asked(
        examples=[example for example, _ in pairs],
        targets=[target for _, target in pairs],
        typed=typed,
        spelt=spelt,
        mended=mended,
        middle=middle,
        best_texts=[
            float(_text_scores(course, *forms).max()) for forms in zip(typed, spelt, strict=True)
        ],
    )


@torch.inference_mode()
def _fit_codes(course: Course, asked: _Asked) -> None:
    """Fit temperature, confidence, and the scores below which codes are dropped."""
    network, text, config = course.network, course.text, course.network.config
    labels = [code.label for code in course.mined.codebook]
    codes = encode_all(network, text, labels, QUERY_PROMPT)
    queries, targets = asked.mended, asked.targets
    beams = network.generate_codes(queries, course.trie, beams=QUERY_CODES)
    floor = _floor(queries, [numbers[:3] for numbers, _ in targets], codes)
    scores = (codes[beams.codes.clamp(min=0)] * queries[:, None]).sum(-1)
    kept = beams.log_probs.masked_fill(scores < floor, -torch.inf)
    confidence = beams.log_probs.exp().sum(1).numpy()
    every = len(course.corpus.product_ids)
    some = range(0, every, max(1, every // _SOME_PRODUCTS))
    own = [course.corpus.product_target(n)[0][:5] for n in some]
    config.code_temperature = _temperature(course, asked, beams.codes, kept)
    config.usual_confidence = max(float(np.median(confidence)), _LEAST_CONFIDENCE)
    config.abstain_below = _UNSURE_SHARE * config.usual_confidence
    config.code_floor = _floor(course.encode_products(some), own, codes)
    config.query_code_floor = floor


def _floor(texts: Tensor, right_codes: Sequence[NDArray[np.int64]], codes: Tensor) -> float:
    """Return the score that all but a few right codes reach with their texts."""
    owners = np.repeat(np.arange(len(texts)), [len(numbers) for numbers in right_codes])
    flat = np.concatenate([*right_codes, np.empty(0, dtype=np.int64)])
    if not len(flat):
        return -1.0
    scores = (codes[torch.from_numpy(flat)] * texts[torch.from_numpy(owners)]).sum(1)
    return float(np.quantile(scores.numpy(), _POOR_QUANTILE))


def _temperature(course: Course, asked: _Asked, codes: Tensor, log_probs: Tensor) -> float:
    """Return the temperature that serves the queries best in a part of the catalogue."""
    chance = np.random.default_rng(course.seed)
    everything, others = len(course.corpus.product_ids), course.plan.searched_products
    searched = part_to_search(asked.examples, products=everything, others=others, chance=chance)
    rows = {product: row for row, product in enumerate(searched)}
    texts = course.encode_products(searched)
    carried = generated_codes(
        course.network, course.trie, texts, beams=PRODUCT_CODES, bar="generate codes"
    )
    relevant = [example.gains_among(rows) for example in asked.examples]
    return fit_temperature(codes, log_probs, carried, relevant)


def _text_scores(course: Course, typed: str, spelt: str) -> NDArray[np.float32]:
    """Return the text clause's score of every product: the better of typed and spelt."""
    as_typed = course.lexical.scores(typed)
    if spelt == typed:
        return as_typed
    better: NDArray[np.float32] = np.maximum(
        as_typed, CORRECTED_SHARE * course.lexical.scores(spelt)
    )
    return better


def _fit_blend(course: Course, asked: _Asked) -> None:
    """Fit what orders a window; the feedback is by the order that the other weights give."""
    config = course.network.config
    prior = [_COSINE, _COSINE * config.text_weight, *[0.0] * len(LEXICAL_FEATURES)]
    products = course.encode_products(range(len(course.corpus.product_ids))).numpy()
    found, features, gains = _windows(course, asked, products)
    weights = _fitted(features, gains, prior)
    for _ in range(_ROUNDS):
        scores = features @ np.array(weights[: features.shape[2]], dtype=np.float32)
        likeness = [feedback_cosines(products[n], s) for n, s in zip(found, scores, strict=True)]
        with_feedback = np.concatenate([features, np.stack(likeness)[:, :, None]], axis=2)
        weights = _fitted(with_feedback, gains, [*prior, 0.0])
    _, config.text_weight, *config.lexical_weights, config.feedback_weight = weights


def _fitted(
    features: NDArray[np.float32], gains: NDArray[np.float32], prior: Sequence[float]
) -> tuple[float, ...]:
    return fit_weights(torch.from_numpy(features), torch.from_numpy(gains), prior)


def _windows(
    course: Course, asked: _Asked, products: NDArray[np.float32]
) -> tuple[list[NDArray[np.int64]], NDArray[np.float32], NDArray[np.float32]]:
    """Return each query's candidates, the best of the catalogue by cosine and text together.

    :param products: ``(N, d)``, vectors.
    :return: product numbers, features ``(queries, window, 2 + lexical)``, gains
        ``(queries, window)``.
    """
    size = min(WINDOW, len(products))
    numbers, features, gains = [], [], []
    rows = zip(asked.examples, asked.typed, asked.spelt, asked.middle.numpy(), strict=True)
    for example, typed, text, query in rows:
        cosines = products @ query
        scores = _text_scores(course, typed, text)
        share = scores / max(float(scores.max()), 1e-6)
        found = np.argpartition(-(cosines + share), size - 1)[:size]
        lexical = lexical_features(stems(text), [course.words[n] for n in found.tolist()])
        own = np.stack([cosines[found], share[found]], axis=1)
        numbers.append(found)
        features.append(np.concatenate([own, lexical], axis=1))
        known = dict(zip(example.products.tolist(), example.gains.tolist(), strict=True))
        gains.append([known.get(n, 0.0) for n in found.tolist()])
    return numbers, np.stack(features), np.array(gains, dtype=np.float32)
