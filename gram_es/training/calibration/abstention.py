"""Fit the scores below which a query gets no codes, and below which no code of it leads.

A softmax always sums to 1, so only the score itself says whether any code is near a query.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from gram_es.codes.prior import CodePrior
from gram_es.model.config import QUERY_PROMPT
from gram_es.model.encoding.text_encoder import TextEncoder
from gram_es.settings import current_settings
from gram_es.text.languages import ENGLISH
from gram_es.text.spelling.lexicon import COMMON, language_words
from gram_es.text.words import stems
from gram_es.training.calibration.vocabulary_words import vocabulary_words

_WORDS = 400
_LABELS = 2_000
# Of random words, this share gets no codes, unless that would cost more than _LOST_SHARE of the
# labels. On three catalogues both quantiles were between .34 and .43. On the sample shop all codes
# of queries that scored below .36 were wrong (rucksack: red), of those above .40 most were right.
_REJECTED_SHARE = 0.75
_LOST_SHARE = 0.01
# Of random words, this share has no code that leads. On the sample shop and on consumer electronics
# the quantile was .45 and .47. On the sample's dev queries it raises the precision of the cut from
# .68 to .71, and its recall falls from .86 to .82; of 18 queries for what the shop does not sell, 4
# instead of 13 have close matches. No class of queries loses nDCG@10.
_NOT_LEADING_SHARE = 0.95
_NOT_LEADING_LABELS = 0.05


def fit_abstention(
    encoder: TextEncoder, prior: CodePrior, catalogue_stems: AbstractSet[str], *, seed: int
) -> tuple[float, float]:
    """Return the lowest best score of a query that gets codes, and the lowest of a leading code.

    Words of the encoder's vocabulary that the catalogue lacks stand for queries that the catalogue
    cannot answer. Labels of codes stand for queries that it can answer; a label's own code does not
    count.
    """
    rng = np.random.default_rng(seed)
    labels = _best_scores_of_labels(prior, rng)
    lost, not_leading = np.quantile(labels, (_LOST_SHARE, _NOT_LEADING_LABELS)).tolist()
    words = _words(encoder)
    shuffled = (words[n] for n in rng.permutation(len(words)))
    foreign = (word for word in shuffled if catalogue_stems.isdisjoint(stems(word)))
    if not (drawn := list(islice(foreign, _WORDS))):
        return lost, not_leading
    best = prior.scores(encoder.encode(drawn, QUERY_PROMPT)).max(axis=1)
    rejected, far = np.quantile(best, (_REJECTED_SHARE, _NOT_LEADING_SHARE)).tolist()
    return min(lost, rejected), min(not_leading, far)


def _words(encoder: TextEncoder) -> list[str]:
    """Return words of the shop's language, also if the encoder knows only English.

    An encoder takes words of a language that it does not know for similar ones. Its scores for them
    say how little another word of this language has to mean.
    """
    common = sorted(word for word, zipf in language_words().items() if zipf >= COMMON)
    is_english = current_settings().language == ENGLISH
    return vocabulary_words(encoder) if is_english or not common else common


def _best_scores_of_labels(prior: CodePrior, rng: np.random.Generator) -> NDArray[np.float32]:
    numbers = rng.permutation(len(prior.labels))[:_LABELS]
    scores = prior.scores(prior.label_vectors(numbers))
    scores[np.arange(len(numbers)), numbers] = -1.0
    best: NDArray[np.float32] = scores.max(axis=1)
    return best
