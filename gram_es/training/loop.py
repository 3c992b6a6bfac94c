"""From a catalogue to a trained model: the stages in their order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm
from transformers import PreTrainedTokenizerFast

from gram_es.codebook import Codebook
from gram_es.errors import TrainingError
from gram_es.model.network import MAX_CODE_TOKENS, GramNetwork
from gram_es.model.tiny import new_tiny
from gram_es.model.tokenizer import TextEncoder
from gram_es.records import Judgment, Product
from gram_es.text.product import search_text
from gram_es.text.speller import Speller, count_words
from gram_es.training.catalogue import Catalogue
from gram_es.training.corpus import Batch, Corpus
from gram_es.training.fitting import fit
from gram_es.training.mining import MAX_CODES, Mined, mine
from gram_es.training.pairs import QueryExample, from_codes, from_judgments, synthesise
from gram_es.training.postings import Postings
from gram_es.training.preference import find_preferences, preference_stage
from gram_es.training.stages import alignment_stage, joint_stage, scorer_stage
from gram_es.training.teachers import Target, product_targets, query_target
from gram_es.trie import Trie

MIN_PRODUCTS = 20
_CLIP = 1.0
_WARM_UP = 0.06
_HELD_OUT = 0.05
_SMALL_SHOP = 2_500
_MIN_QUERIES = 10


@dataclass(frozen=True)
class Plan:
    """How much of each stage. Steps are optimiser steps, ``lr`` their peak learning rate.

    The defaults train ``tiny`` in about a minute on two cores.
    """

    queries: int = 20_000
    max_codes: int = 4_000
    batch: int = 64
    codes_a_text: int = 3
    scorer_steps: int = 130
    joint_steps: int = 200
    alignment_steps: int = 30
    alignment_batch: int = 24
    preference_queries: int = 600
    preference_products: int = 3_000
    preference_steps: int = 20
    lr: float = 3e-3
    late_lr: float = 5e-4

    @classmethod
    def of(cls, products: int) -> Plan:
        """Return the plan for a catalogue: steps grow as the root of its size."""
        growth = max(1.0, (products / _SMALL_SHOP) ** 0.5)
        return cls(
            scorer_steps=round(cls.scorer_steps * growth),
            joint_steps=round(cls.joint_steps * growth),
            max_codes=min(MAX_CODES, round(cls.max_codes * growth)),
        )


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a stage did: its mean loss over its first and its last tenth, and its seconds."""

    name: str
    steps: int
    first_loss: float
    last_loss: float
    seconds: float


@dataclass(slots=True)
class Trained:
    """The result of training; ``reports`` tells of each stage, ``counts`` of the data."""

    network: GramNetwork
    tokenizer: PreTrainedTokenizerFast
    codebook: Codebook
    speller: Speller
    reports: list[StageReport] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Material:
    """Training data with its teachers; the first ``trained`` examples are for the stages."""

    examples: list[QueryExample]
    query_targets: list[Target]
    product_targets: list[Target]
    trained: int


def train(
    products: Sequence[Product],
    judgments: Sequence[Judgment] = (),
    *,
    plan: Plan | None = None,
    seed: int = 0,
) -> Trained:
    """Train ``tiny`` on a catalogue, and on judgments where there are any.

    :raises TrainingError: if the catalogue is too small or shares nothing that could be a code.
    """
    plan = plan or Plan.of(len(products))
    if len(products) < MIN_PRODUCTS:
        raise TrainingError(
            f"the feed has {len(products)} products, training needs {MIN_PRODUCTS} or more"
        )
    with _repeatable(seed):
        return _train(products, judgments, plan, seed)


@contextmanager
def _repeatable(seed: int) -> Iterator[None]:
    """Make equal seeds train equal weights: by default torch adds gradients in any order."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def _train(
    products: Sequence[Product], judgments: Sequence[Judgment], plan: Plan, seed: int
) -> Trained:
    catalogue = Catalogue(products)
    mined = mine(catalogue, max_codes=plan.max_codes)
    network, tokenizer = new_tiny([*catalogue.texts, *(c.label for c in mined.codebook)])
    text = TextEncoder(
        tokenizer,
        max_query_tokens=network.config.max_query_tokens,
        max_product_tokens=network.config.max_product_tokens,
    )
    mined = _spellable(mined, text)
    trie = Trie(text.ids([code.label for code in mined.codebook]), end=text.end)
    material = _material(catalogue, judgments, mined, plan, seed)
    trained = Trained(
        network, tokenizer, mined.codebook, Speller(count_words(map(search_text, products)))
    )
    trained.counts = {
        "products": len(products),
        "judgments": len(judgments),
        "codes": len(mined.codebook),
        "training queries": material.trained,
        "held-out queries": len(material.examples) - material.trained,
    }
    corpus = Corpus(
        catalogue,
        material.examples[: material.trained],
        material.query_targets[: material.trained],
        material.product_targets,
        text,
    )
    trained.reports = _run_stages(network, trie, corpus, plan, seed)
    network.eval()  # type: ignore[no-untyped-call]
    _fit(network, trie, text, catalogue, mined, material)
    return trained


def _spellable(mined: Mined, text: TextEncoder) -> Mined:
    """Leave out the codes that the tokenizer cannot spell, or spells at length or alike."""
    sequences = text.ids([code.label for code in mined.codebook])
    seen: set[tuple[int, ...]] = set()
    kept: list[int] = []
    for number, sequence in enumerate(sequences):
        key = tuple(sequence)
        if 0 < len(key) < MAX_CODE_TOKENS and text.unknown not in key and key not in seen:
            seen.add(key)
            kept.append(number)
    if not kept:
        raise TrainingError("the tokenizer can spell none of the catalogue's phrases")
    renumbered = {old: new for new, old in enumerate(kept)}
    carried = [
        [renumbered[c] for c in mined.postings.codes_of(n).tolist() if c in renumbered]
        for n in range(mined.postings.products)
    ]
    codes = [mined.codebook.codes[number] for number in kept]
    return Mined(Codebook(codes), Postings(carried, codes=len(codes)))


def _material(
    catalogue: Catalogue, judgments: Sequence[Judgment], mined: Mined, plan: Plan, seed: int
) -> _Material:
    examples = from_judgments(catalogue, judgments)
    examples += from_codes(mined, seed=seed)
    examples += synthesise(catalogue, plan.queries, seed=seed)
    idf = mined.postings.idf
    pairs = [(e, query_target(e, mined.postings, idf)) for e in examples]
    pairs = [(e, target) for e, target in pairs if len(target[0])]
    if not pairs:
        raise TrainingError("no query could be made of the catalogue that reaches a code")
    trained, pairs = _hold_out(pairs, seed)
    known, targets = [e for e, _ in pairs], [t for _, t in pairs]
    own = product_targets(mined.postings, known[:trained], targets[:trained], idf)
    return _Material(known, targets, own, trained)


def _hold_out(
    pairs: list[tuple[QueryExample, Target]], seed: int
) -> tuple[int, list[tuple[QueryExample, Target]]]:
    """Put the held-out examples last and return how many come before them.

    Texts are held out, not examples: one text may stand in several of them.

    :raises TrainingError: if there are too few to hold any out.
    """
    texts = sorted({example.text for example, _ in pairs})
    if len(texts) < _MIN_QUERIES:
        raise TrainingError(
            f"only {len(texts)} different queries could be made of the catalogue or its judgments, "
            f"training needs {_MIN_QUERIES} or more: its products share too little"
        )
    order = np.random.default_rng(seed).permutation(len(texts))
    held = {texts[n] for n in order[: max(1, int(_HELD_OUT * len(texts)))]}
    shuffled = [pairs[n] for n in np.random.default_rng(seed).permutation(len(pairs))]
    seen = [pair for pair in shuffled if pair[0].text not in held]
    unseen = [pair for pair in shuffled if pair[0].text in held]
    return len(seen), [*seen, *unseen]


def _run_stages(
    network: GramNetwork, trie: Trie, corpus: Corpus, plan: Plan, seed: int
) -> list[StageReport]:
    chance = np.random.default_rng(seed)

    def draw(size: int) -> Batch:
        return corpus.draw(size, codes=plan.codes_a_text, chance=chance)

    reports = [
        _run(
            "scorer",
            lambda: scorer_stage(network, draw(plan.batch)),
            network,
            plan.scorer_steps,
            plan.lr,
        ),
        _run(
            "joint",
            lambda: joint_stage(network, trie, draw(plan.batch)),
            network,
            plan.joint_steps,
            plan.lr,
        ),
        _run(
            "co-alignment",
            lambda: alignment_stage(network, trie, draw(plan.alignment_batch), chance),
            network,
            plan.alignment_steps,
            plan.late_lr,
        ),
    ]
    size = min(plan.preference_queries, len(corpus.examples))
    asked = chance.choice(len(corpus.examples), size=size, replace=False).tolist()
    everything = len(corpus.product_ids)
    searched = np.sort(
        chance.permutation(everything)[: min(plan.preference_products, everything)]
    ).tolist()
    preferences = find_preferences(network, trie, corpus, asked, searched)
    if preferences:
        order = np.array(preferences, dtype=object)
        reports.append(
            _run(
                "preference",
                lambda: preference_stage(
                    network,
                    trie,
                    corpus,
                    chance.choice(order, size=min(plan.batch, len(order))).tolist(),
                ),
                network,
                plan.preference_steps,
                plan.late_lr,
            )
        )
    return reports


def _run(
    name: str, loss_of_batch: Callable[[], Tensor], network: GramNetwork, steps: int, lr: float
) -> StageReport:
    """Take ``steps`` optimiser steps down the stage's loss, with a progress bar."""
    if not steps:
        return StageReport(name, 0, 0.0, 0.0, 0.0)
    optimiser = torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: min((n + 1) / (_WARM_UP * steps + 1), (steps - n) / steps)
    )
    started, losses = time.monotonic(), []
    network.train()
    with tqdm(range(steps), desc=name, unit="step", disable=None, leave=True) as bar:
        for _ in bar:
            loss = loss_of_batch()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
            bar.set_postfix(loss=f"{losses[-1]:.2f}")
    tenth = max(1, steps // 10)
    return StageReport(
        name,
        steps,
        float(np.mean(losses[:tenth])),
        float(np.mean(losses[-tenth:])),
        time.monotonic() - started,
    )


def _fit(
    network: GramNetwork,
    trie: Trie,
    text: TextEncoder,
    catalogue: Catalogue,
    mined: Mined,
    material: _Material,
) -> None:
    some = range(0, len(catalogue), max(1, len(catalogue) // 200))
    fitted = fit(
        network,
        trie,
        text,
        examples=material.examples[material.trained :][:500],
        targets=material.query_targets[material.trained :][:500],
        codebook=mined.codebook,
        products=[catalogue.texts[n] for n in some],
        product_codes=[material.product_targets[n][0][:5] for n in some],
    )
    network.config.code_temperature = fitted.code_temperature
    network.config.usual_confidence = fitted.usual_confidence
    network.config.abstain_below = fitted.abstain_below
    network.config.code_floor = fitted.code_floor
    network.config.query_code_floor = fitted.query_code_floor
