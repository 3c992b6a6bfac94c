"""Build the training data: queries with their relevant products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gram_es.text.words import content_stems
from gram_es.training.data.codebook_mining import MinedCodebook
from gram_es.training.data.query_pairs import (
    QueryExample,
    examples_from_codes,
)

_MIN_JUDGED_HELD_OUT = 20
_HELD_OUT = 0.1
_MAX_HELD_OUT = 800
# Fitting the weights of the rerank needs this many held-out judged queries. They are held out if
# there are at least twice as many judged queries.
MIN_BLEND_QUERIES = 100


@dataclass(frozen=True, slots=True)
class Dataset:
    """Judged queries and labels of codes to train on, and judged queries to calibrate on."""

    training: list[QueryExample]
    held_out: list[QueryExample]

    @property
    def judged(self) -> int:
        """Return how many judged queries there are to train on."""
        return sum(example.judged for example in self.training)


def build_dataset(judged: Sequence[QueryExample], mined: MinedCodebook, *, seed: int) -> Dataset:
    """Draw the judged queries to hold out; train on the others, and on the labels of codes.

    Shoppers type labels too. A query or label that has the same stems as a held-out query, in
    whichever order, is not trained on: "seats for toilets" would give away "toilet seat".
    """
    held_out_texts = _held_out_texts([example.text for example in judged], seed)
    known = {content_stems(text) for text in held_out_texts}
    training = [*judged, *examples_from_codes(mined)]
    return Dataset(
        [example for example in training if content_stems(example.text) not in known],
        [example for example in judged if example.text in held_out_texts],
    )


def _held_out_texts(judged: Sequence[str], seed: int) -> set[str]:
    """Draw the judged queries to hold out."""
    if len(judged) < _MIN_JUDGED_HELD_OUT:
        return set()
    minimum = MIN_BLEND_QUERIES if len(judged) >= 2 * MIN_BLEND_QUERIES else 1
    count = min(_MAX_HELD_OUT, max(minimum, int(_HELD_OUT * len(judged))))
    texts = sorted(judged)
    return {texts[n] for n in np.random.default_rng(seed).permutation(len(texts))[:count]}
