"""Ask an encoder and a language model which types a word leads to.

The language model says how likely shoppers who look for a type use a word. What an encoder lacks is
added by the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gram_es.language_model.channel import NO_CODE, TEMPLATES
from gram_es.language_model.likelihood import LanguageModel
from gram_es.model.config import LANGUAGE_MODEL_WEIGHT

Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]

_NEAR_TYPES = 6  # of a word, by the encoder
_NEAR_WORDS = 3_000  # with a type near them
_LIKELY_WORDS = 40  # of a type, by the language model


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What both experts say of words and types, ``(words, types)`` each.

    ``shares`` are the types' shares of a word, 0 for types that were not compared. ``lifts`` are
    how many nats more likely the language model finds a word for a type than for no type.
    """

    shares: Scores
    lifts: Scores


def ask_both(
    model: LanguageModel,
    words: Sequence[str],
    types: Sequence[str],
    encoder_scores: Scores,
    *,
    temperature: float,
    report_progress: Callable[[str], None],
) -> Verdict:
    """Return what the experts say of the types that either of them finds near a word.

    :param encoder_scores: ``(words, types)``, by the prior.
    :param temperature: what the encoder's scores are divided by.
    """
    compared = _compared(encoder_scores, _likely(model, words, types))
    report_progress(
        f"the language model compares {int(_any(compared).sum()):,} words with the types "
        f"near them, {int(compared.sum()):,} pairs"
    )
    likelihoods = np.zeros((len(TEMPLATES), *compared.shape), dtype=np.float32)
    lifts = np.zeros(compared.shape, dtype=np.float32)
    for number, template in enumerate(TEMPLATES):
        without_type = _without_type(model, template, words, _any(compared))
        for column, label in enumerate(types):
            rows = np.flatnonzero(compared[:, column])
            if not len(rows):
                continue
            prompt = model.prompt(template.format(label))
            scores = model.log_likelihoods(prompt, [words[row] for row in rows.tolist()])
            likelihoods[number, rows, column] = scores
            lifts[rows, column] += (scores - without_type[rows]) / len(TEMPLATES)
    evidence = encoder_scores / temperature
    for scores in likelihoods:
        evidence = evidence + LANGUAGE_MODEL_WEIGHT / len(TEMPLATES) * _log_softmax(
            scores, compared
        )
    return Verdict(np.exp(_log_softmax(evidence, compared)) * compared, lifts)


def _compared(encoder_scores: Scores, likely: Mask) -> Mask:
    """Return the pairs to compare: the likely ones, and for each word the types nearest to it.

    Words without a likely type are compared if they are among those that have a type near them.
    """
    asked = _any(likely)
    asked[np.argsort(-encoder_scores.max(axis=1), kind="stable")[:_NEAR_WORDS]] = True
    rows = np.flatnonzero(asked)
    nearest = np.argsort(-encoder_scores[rows], axis=1, kind="stable")[:, :_NEAR_TYPES]
    compared = likely.copy()
    compared[rows[:, None], nearest] = True
    return compared


def _likely(model: LanguageModel, words: Sequence[str], types: Sequence[str]) -> Mask:
    """Return, for each type, the words whose beginning the language model finds likely for it."""
    first = model.first_tokens(words)
    lifts = np.zeros((len(words), len(types)), dtype=np.float32)
    for template in TEMPLATES:
        for column, label in enumerate(types):
            prompt = model.prompt(template.format(label))
            lifts[:, column] += model.next_log_likelihoods(prompt)[first]
    lifts -= lifts.mean(axis=1, keepdims=True)
    likely = np.zeros(lifts.shape, dtype=np.bool_)
    best = np.argsort(-lifts, axis=0, kind="stable")[:_LIKELY_WORDS]
    likely[best, np.arange(len(types))] = True
    return likely


def _without_type(model: LanguageModel, template: str, words: Sequence[str], asked: Mask) -> Scores:
    """Return how likely each word is after prompts that name no type; 0 if it is not asked for."""
    rows = np.flatnonzero(asked)
    texts = [words[row] for row in rows.tolist()]
    prompts = [model.prompt(template.format(name)) for name in NO_CODE]
    scores = np.zeros(len(words), dtype=np.float32)
    scores[rows] = np.mean([model.log_likelihoods(prompt, texts) for prompt in prompts], axis=0)
    return scores


def _any(mask: Mask) -> Mask:
    """Return which rows have a true value, ``(rows,)``."""
    rows: Mask = np.logical_or.reduce(mask, axis=1)
    return rows


def _log_softmax(scores: Scores, compared: Mask) -> Scores:
    """Return the logarithms of the softmax of each row over the types that are compared."""
    masked = np.where(compared, scores, -np.inf)
    with np.errstate(divide="ignore"):
        totals = np.logaddexp.reduce(masked, axis=1, keepdims=True)
    result: Scores = np.where(compared, scores - np.maximum(totals, -1e30), 0.0).astype(np.float32)
    return result
