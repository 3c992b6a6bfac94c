"""What a training learns from: a codebook, queries with their products, and teachers for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gram_es.codes.codebook import Codebook
from gram_es.errors import TrainingError
from gram_es.model.network import MAX_CODE_TOKENS
from gram_es.model.tokenizer import TextEncoder
from gram_es.records import Judgment
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import Mined
from gram_es.training.data.postings import Postings
from gram_es.training.data.query_pairs import QueryExample, from_codes, from_judgments, synthesise
from gram_es.training.data.teachers import Target, product_targets, query_target

_MIN_QUERIES = 10
_MIN_JUDGED_HELD_OUT = 20
_HELD_OUT = 0.1
_MOST_HELD_OUT = 800
BLEND_NEEDS = 100  # held-out judged queries; a log twice as long can spare them

Taught = tuple[QueryExample, Target]


@dataclass(frozen=True, slots=True)
class Material:
    """Examples with their teachers; what is ``held_out`` no stage sees.

    ``product_targets`` holds one target a product of the catalogue.
    """

    taught: list[Taught]
    held_out: list[Taught]
    product_targets: list[Target]


def spellable(mined: Mined, text: TextEncoder) -> Mined:
    """Leave out the codes that the tokenizer cannot spell, or spells at length or alike.

    :raises TrainingError: if none is left.
    """
    sequences = text.ids([code.label for code in mined.codebook])
    seen: set[tuple[int, ...]] = set()
    kept: list[int] = []
    for number, sequence in enumerate(sequences):
        key = tuple(sequence)
        if 0 < len(key) < MAX_CODE_TOKENS and text.unknown not in key and key not in seen:
            seen.add(key)
            kept.append(number)
    if not kept:
        raise TrainingError(
            "the tokenizer can spell none of the catalogue's phrases; train the family tiny, whose "
            "tokenizer learns the catalogue's own script"
        )
    renumbered = {old: new for new, old in enumerate(kept)}
    carried = [
        [renumbered[c] for c in mined.postings.codes_of(n).tolist() if c in renumbered]
        for n in range(mined.postings.products)
    ]
    codes = [mined.codebook.codes[number] for number in kept]
    return Mined(Codebook(codes), Postings(carried, codes=len(codes)))


def gather_material(
    catalogue: Catalogue,
    judgments: Sequence[Judgment],
    mined: Mined,
    *,
    synthetic: int,
    seed: int,
) -> Material:
    """Gather examples from judgments, from codes, and ``synthetic`` more from the catalogue.

    :raises TrainingError: if too few come together to hold any out.
    """
    examples = from_judgments(catalogue, judgments)
    examples += from_codes(mined)
    examples += synthesise(catalogue, synthetic, seed=seed)
    idf = mined.postings.idf
    pairs = [(e, query_target(e, mined.postings, idf)) for e in examples]
    # A judged query still teaches the scorer when no code reaches its products.
    pairs = [(e, target) for e, target in pairs if e.judged or len(target[0])]
    texts = {example.text for example, _ in pairs}
    if len(texts) < _MIN_QUERIES:
        raise TrainingError(
            f"only {len(texts)} different queries could be made of the catalogue or its judgments, "
            f"training needs {_MIN_QUERIES} or more: its products share too little"
        )
    held = _held_out_texts(pairs, seed)
    taught = [pair for pair in pairs if pair[0].text not in held]
    own = product_targets(mined.postings, [e for e, _ in taught], [t for _, t in taught], idf)
    return Material(taught, [pair for pair in pairs if pair[0].text in held], own)


def _held_out_texts(pairs: Sequence[Taught], seed: int) -> set[str]:
    """Choose texts, not examples: one text may stand in several of them."""
    chance = np.random.default_rng(seed)
    judged = {example.text for example, _ in pairs if example.judged}
    synthetic = {example.text for example, _ in pairs} - judged
    held: set[str] = set()
    spared = BLEND_NEEDS if len(judged) >= 2 * BLEND_NEEDS else 1
    least = spared if len(judged) >= _MIN_JUDGED_HELD_OUT else 0
    for texts, fewest in ((sorted(judged), least), (sorted(synthetic), 1)):
        share = int(_HELD_OUT * len(texts)) if fewest else 0
        count = min(_MOST_HELD_OUT, max(fewest, share))
        held.update(texts[n] for n in chance.permutation(len(texts))[:count])
    return held
