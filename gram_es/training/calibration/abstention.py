"""Fit the score below which a query gets no codes.

A softmax always sums to 1, so only the score itself says whether any code is near a query.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.prior import CodePrior
from gram_es.model.config import QUERY_PROMPT
from gram_es.model.text_encoder import TextEncoder
from gram_es.text.words import stems
from gram_es.training.calibration.vocabulary_words import vocabulary_words

_WORDS = 400
_LABELS = 2_000
# Of random words, this share gets no codes, unless that would cost more than _LOST_SHARE of the
# labels. On three catalogues both quantiles were between .34 and .43. On the sample shop all codes
# of queries that scored below .36 were wrong (rucksack: red), of those above .40 most were right.
_REJECTED_SHARE = 0.75
_LOST_SHARE = 0.01


def fit_abstention(
    encoder: TextEncoder, prior: CodePrior, catalogue_stems: AbstractSet[str], *, seed: int
) -> float:
    """Return the lowest best score of a query that gets codes.

    Words of the encoder's vocabulary that the catalogue lacks stand for queries that the catalogue
    cannot answer. Labels of codes stand for queries that it can answer; a label's own code does not
    count.
    """
    rng = np.random.default_rng(seed)
    lost = float(np.quantile(_best_scores_of_labels(prior, rng), _LOST_SHARE))
    words = vocabulary_words(encoder)
    shuffled = (words[n] for n in rng.permutation(len(words)))
    foreign = (word for word in shuffled if catalogue_stems.isdisjoint(stems(word)))
    if not (drawn := list(islice(foreign, _WORDS))):
        return lost
    best = prior.scores(encoder.encode(drawn, QUERY_PROMPT)).max(axis=1)
    return min(lost, float(np.quantile(best, _REJECTED_SHARE)))


def _best_scores_of_labels(prior: CodePrior, rng: np.random.Generator) -> NDArray[np.float32]:
    numbers = rng.permutation(len(prior.labels))[:_LABELS]
    scores = prior.scores(prior.labels[numbers])
    scores[np.arange(len(numbers)), numbers] = -1.0
    best: NDArray[np.float32] = scores.max(axis=1)
    return best
