"""Build the training data: queries with their products, and the target codes of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gram_es.codes.codebook import Codebook
from gram_es.errors import TrainingError
from gram_es.model.network import MAX_CODE_TOKENS
from gram_es.model.tokenizer import TextTokenizer
from gram_es.records import Judgment
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import MinedCodebook
from gram_es.training.data.postings import Postings
from gram_es.training.data.query_pairs import (
    QueryExample,
    examples_from_codes,
    examples_from_judgments,
    synthesise_examples,
)
from gram_es.training.data.teachers import Target, product_targets, query_target

_MIN_QUERIES = 10
_MIN_JUDGED_HELD_OUT = 20
_HELD_OUT = 0.1
_MAX_HELD_OUT = 800
# Fitting the weights of the rerank needs this many held-out judged queries. They are held out if
# there are at least twice as many judged queries.
MIN_BLEND_QUERIES = 100

TargetedExample = tuple[QueryExample, Target]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Query examples with their target codes, and the target codes of each product.

    The examples ``held_out`` are used in no training stage; they serve for calibration.
    """

    training: list[TargetedExample]
    held_out: list[TargetedExample]
    product_targets: list[Target]


def keep_tokenizable_codes(mined: MinedCodebook, text: TextTokenizer) -> MinedCodebook:
    """Return the codebook without the codes that the tokenizer cannot represent.

    The tokenizer cannot represent a code with an unknown token, with more than ``MAX_CODE_TOKENS``
    tokens including the end token, or with the same tokens as another code.

    :raises TrainingError: if no code is left.
    """
    sequences = text.ids([code.label for code in mined.codebook])
    seen: set[tuple[int, ...]] = set()
    kept_codes: list[int] = []
    for number, sequence in enumerate(sequences):
        key = tuple(sequence)
        if 0 < len(key) < MAX_CODE_TOKENS and text.unknown not in key and key not in seen:
            seen.add(key)
            kept_codes.append(number)
    if not kept_codes:
        raise TrainingError(
            "the tokenizer knows none of the catalogue's phrases; train the family tiny, whose "
            "tokenizer learns the catalogue's script"
        )
    new_numbers = {old: new for new, old in enumerate(kept_codes)}
    codes_by_product = [
        [new_numbers[c] for c in mined.postings.codes_of(n).tolist() if c in new_numbers]
        for n in range(mined.postings.products)
    ]
    codes = [mined.codebook.codes[number] for number in kept_codes]
    return MinedCodebook(Codebook(codes), Postings(codes_by_product, codes=len(codes)))


def build_dataset(
    catalogue: Catalogue,
    judgments: Sequence[Judgment],
    mined: MinedCodebook,
    *,
    synthetic: int,
    seed: int,
) -> Dataset:
    """Build query examples from judgments and codes, and synthetic examples from the catalogue.

    :param synthetic: the highest number of synthetic examples.
    :raises TrainingError: if there are fewer than ``_MIN_QUERIES`` different queries.
    """
    examples = examples_from_judgments(catalogue, judgments)
    examples += examples_from_codes(mined)
    examples += synthesise_examples(catalogue, synthetic, seed=seed)
    idf = mined.postings.idf
    pairs = [(e, query_target(e, mined.postings, idf)) for e in examples]
    # The scorer learns from a judged query even if its products have no codes.
    pairs = [(e, target) for e, target in pairs if e.judged or len(target[0])]
    texts = {example.text for example, _ in pairs}
    if len(texts) < _MIN_QUERIES:
        raise TrainingError(
            f"the catalogue and its judgments give only {len(texts)} different queries, training "
            f"needs {_MIN_QUERIES} or more: add products that share words, or judgments"
        )
    held_out_texts = _held_out_texts(pairs, seed)
    training = [pair for pair in pairs if pair[0].text not in held_out_texts]
    held_out = [pair for pair in pairs if pair[0].text in held_out_texts]
    examples, query_targets = [e for e, _ in training], [t for _, t in training]
    targets = product_targets(mined.postings, examples, query_targets, idf)
    return Dataset(training, held_out, targets)


def _held_out_texts(pairs: Sequence[TargetedExample], seed: int) -> set[str]:
    """Draw the texts to hold out, so that all examples with the same text are held out together."""
    rng = np.random.default_rng(seed)
    judged = {example.text for example, _ in pairs if example.judged}
    synthetic = {example.text for example, _ in pairs} - judged
    held_out: set[str] = set()
    min_judged = MIN_BLEND_QUERIES if len(judged) >= 2 * MIN_BLEND_QUERIES else 1
    if len(judged) < _MIN_JUDGED_HELD_OUT:
        min_judged = 0
    for texts, minimum in ((sorted(judged), min_judged), (sorted(synthetic), 1)):
        share = int(_HELD_OUT * len(texts)) if minimum else 0
        count = min(_MAX_HELD_OUT, max(minimum, share))
        held_out.update(texts[n] for n in rng.permutation(len(texts))[:count])
    return held_out
