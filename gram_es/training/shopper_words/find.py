"""Find shopper words: ask the experts, and keep the words that both lead back to their code."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

import numpy as np

from gram_es.codes.codebook import Codebook
from gram_es.codes.prior import CodePrior
from gram_es.codes.shopper_words import ShopperWord
from gram_es.language_model.channel import common_words
from gram_es.language_model.likelihood import LanguageModel
from gram_es.model.config import QUERY_PROMPT
from gram_es.model.encoding.text_encoder import TextEncoder
from gram_es.training.shopper_words.candidates import foreign_words, repeats, type_codes
from gram_es.training.shopper_words.verdict import Scores, Verdict, ask_both

_MIN_SHARE = 0.45  # of a word's types, by the sum of both experts
_MIN_LIFT = 7.0  # nats
_MIN_ENCODER_SCORE = 0.35


def find_shopper_words(
    model: LanguageModel,
    encoder: TextEncoder,
    prior: CodePrior,
    codebook: Codebook,
    *,
    catalogue_stems: AbstractSet[str],
    report_progress: Callable[[str], None],
) -> list[ShopperWord]:
    """Return words of the language that the catalogue lacks, each with the type it leads to.

    :param catalogue_stems: the stems of all words of the catalogue.
    """
    words, numbers = foreign_words(catalogue_stems), type_codes(codebook)
    if not words or not len(numbers):
        return []
    labels = [codebook.codes[number].label for number in numbers.tolist()]
    model.cut_vocabulary([*words, *common_words()])
    scores = prior.scores(encoder.encode(words, QUERY_PROMPT))[:, numbers]
    verdict = ask_both(
        model,
        words,
        labels,
        scores,
        temperature=encoder.config.code_temperature,
        report_progress=report_progress,
    )
    found = _accepted(verdict, scores, words, labels, origin=model.name)
    return sorted(found, key=lambda entry: (entry.code, -entry.weight, entry.words))


def _accepted(
    verdict: Verdict, encoder_scores: Scores, words: list[str], labels: list[str], *, origin: str
) -> list[ShopperWord]:
    best = verdict.shares.argmax(axis=1)
    rows = np.arange(len(words))
    shares, lifts = verdict.shares[rows, best], verdict.lifts[rows, best]
    is_near = encoder_scores[rows, best] >= _MIN_ENCODER_SCORE
    kept = np.flatnonzero((shares >= _MIN_SHARE) & (lifts >= _MIN_LIFT) & is_near)
    pairs = ((words[row], labels[best[row]], float(shares[row])) for row in kept.tolist())
    return [ShopperWord(*pair, origin) for pair in pairs if not repeats(pair[0], pair[1])]
