"""From a catalogue to a trained model."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from gram_es.codes.codebook import Codebook
from gram_es.codes.trie import Trie
from gram_es.errors import TrainingError
from gram_es.model.families import DEFAULT_ENCODER, new_base, new_tiny
from gram_es.model.manifest import FORMAT, Manifest
from gram_es.model.network import GramNetwork
from gram_es.model.tokenizer import TextEncoder
from gram_es.records import Judgment, Product
from gram_es.settings import current_settings
from gram_es.text.product import compared_words, search_text
from gram_es.text.speller import Speller, count_words
from gram_es.training.calibration.calibrate import fit
from gram_es.training.checkpoints import Checkpoints, Saved
from gram_es.training.data.batches import Corpus
from gram_es.training.data.bm25 import Lexical
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import mine
from gram_es.training.data.dataset import Material, gather_material, spellable
from gram_es.training.estimate import Estimate, estimate
from gram_es.training.export import save_trained
from gram_es.training.plan import Family, Plan
from gram_es.training.stage_loop import Halfway, Saver, StageReport, run_stage
from gram_es.training.stages.co_alignment import CodeHead
from gram_es.training.trainer import Course

MIN_PRODUCTS = 20
_FILLING: Any = torch.utils.deterministic
Say = Callable[[str], None]


@dataclass(slots=True)
class Trained:
    """The result of training; ``reports`` has an entry a stage, ``counts`` describe the data.

    ``seconds`` is how long the last run took. ``head`` is what the decoder was taught by; it is no
    part of a model folder.
    """

    network: GramNetwork
    head: CodeHead
    text: TextEncoder
    codebook: Codebook
    speller: Speller
    reports: list[StageReport]
    counts: dict[str, int]
    seed: int
    seconds: float

    def save(self, folder: Path | str) -> Manifest:
        """Write the model folder, with its card and the losses of every step.

        :raises ModelError: if ``folder`` exists and is not a model folder, or cannot be written.
        """
        return save_trained(self, Path(folder))


def train(
    products: Sequence[Product],
    judgments: Sequence[Judgment] = (),
    *,
    family: Family = "tiny",
    encoder: str = DEFAULT_ENCODER,
    plan: Plan | None = None,
    seed: int = 0,
    checkpoints: Path | None = None,
    resume: bool = False,
    budget_s: float | None = None,
    say: Say | None = None,
) -> Trained:
    """Train on a catalogue, and on judgments where there are any.

    :param encoder: what ``base`` starts from, a hub id or a folder.
    :param checkpoints: a folder for checkpoints, which stays until the model is saved; ``resume``
        goes on from the one in it.
    :param budget_s: shortens the stages so that all of it takes about so many seconds.
    :param say: is told how long it will take.
    :raises TrainingError: if the catalogue is too small or shares nothing that could be a code, or
        the budget is too short, or there is nothing to go on from, or there is and ``resume`` is
        not asked for.
    :raises ModelError: if the encoder cannot be had.
    """
    if len(products) < MIN_PRODUCTS:
        raise TrainingError(
            f"the feed has {len(products)} products, training needs {MIN_PRODUCTS} or more"
        )
    began = time.monotonic()
    store = None
    if checkpoints is not None:
        start = encoder if family == "base" else ""
        store = Checkpoints(checkpoints, _identity(products, judgments, family, start, seed))
        if not resume:
            store.check_free()
    known = {product.id for product in products}
    usable = [judgment for judgment in judgments if judgment.product_id in known]
    if say is not None and len(usable) < len(judgments):
        say(
            f"{len(judgments) - len(usable):,} of {len(judgments):,} judgments name products that "
            "the feed lacks; they are left out"
        )
    if store is not None and resume:
        plan = store.plan()
    elif plan is None:
        judged = len({judgment.query for judgment in usable})
        plan = Plan.of(family, products=len(products), judged=judged)
    with _repeatable(seed):
        course, material = _prepare(products, usable, family, encoder, plan, seed)
        if store is not None and resume:
            saved = store.load(_modules(course))
        else:
            _plan_time(course, began, budget_s, say)
            saved = Saved(course.plan)
        _run(course, saved, store)
        fit(course, material.held_out)
    counts = {
        "products": len(products),
        "judgments": len(usable),
        "codes": len(course.mined.codebook),
        "training queries": len(material.taught),
        "held-out queries": len(material.held_out),
    }
    return Trained(
        network=course.network,
        head=course.head,
        text=course.text,
        codebook=course.mined.codebook,
        speller=course.speller,
        reports=saved.reports,
        counts=counts,
        seed=seed,
        seconds=time.monotonic() - began,
    )


def _identity(
    products: Sequence[Product], judgments: Sequence[Judgment], family: str, start: str, seed: int
) -> str:
    told = hashlib.sha256(repr((FORMAT, family, start, seed, current_settings().language)).encode())
    for record in (*products, *judgments):
        told.update(repr(record).encode("utf-8", "surrogatepass"))
    return told.hexdigest()


@contextmanager
def _repeatable(seed: int) -> Iterator[None]:
    """Make equal seeds train equal weights: by default torch adds gradients in any order."""
    before = torch.are_deterministic_algorithms_enabled()
    filling = _FILLING.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    # Nothing here reads memory before writing it, and the filling takes time.
    _FILLING.fill_uninitialized_memory = False
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
        _FILLING.fill_uninitialized_memory = filling


def _prepare(
    products: Sequence[Product],
    judgments: Sequence[Judgment],
    family: Family,
    encoder: str,
    plan: Plan,
    seed: int,
) -> tuple[Course, Material]:
    catalogue = Catalogue(products)
    mined = mine(catalogue, max_codes=plan.max_codes)
    if family == "base":
        network, text = new_base(encoder)
    else:
        network, text = new_tiny([*catalogue.texts, *(c.label for c in mined.codebook)])
    network.config.language = current_settings().language
    mined = spellable(mined, text)
    labels = [code.label for code in mined.codebook]
    trie = Trie(text.ids(labels), end=text.end)
    network.learn_alphabet(trie)
    network.eval()
    searched = [search_text(product) for product in products]
    material = gather_material(catalogue, judgments, mined, synthetic=plan.queries, seed=seed)
    course = Course(
        network=network,
        head=CodeHead(len(labels), network.width),
        trie=trie,
        text=text,
        corpus=Corpus(catalogue, material, labels, text),
        mined=mined,
        lexical=Lexical(searched),
        words=[compared_words(product) for product in products],
        speller=Speller(count_words(searched)),
        plan=plan,
        seed=seed,
    )
    return course, material


def _plan_time(course: Course, began: float, budget_s: float | None, say: Say | None) -> None:
    """Tell how long the training will take from here on; shorten it to its budget.

    :param began: when the training began, on the monotonic clock.

    :raises TrainingError: if the budget is too short for what comes before and after the stages.
    """
    if budget_s is None and say is None:
        return
    expected = estimate(course)
    left_s = None if budget_s is None else budget_s - (time.monotonic() - began)
    if left_s is not None and expected.total > left_s:
        course.plan = shortened(course.plan, expected, left_s)
        expected = expected.of(course.stages())
    if say is not None:
        say(f"training takes {expected}")


def shortened(plan: Plan, expected: Estimate, budget_s: float) -> Plan:
    """Return the plan with all stages shortened alike, so that they fit the seconds.

    :raises TrainingError: if hardly a step would be left.
    """
    share = (budget_s - expected.overhead) / max(expected.total - expected.overhead, 1e-9)
    if share < _LEAST_SHARE:
        least = expected.overhead + _LEAST_SHARE * (expected.total - expected.overhead)
        raise TrainingError(
            f"the budget leaves {max(budget_s, 0):.0f} s for the training of this catalogue, which "
            f"takes {least:.0f} s at the least: give more"
        )
    return plan.scaled(
        share, only=("scorer_steps", "alignment_steps", "joint_steps", "preference_steps")
    )


_LEAST_SHARE = 0.05  # of the stages' steps: with fewer nothing is learnt


def _modules(course: Course) -> dict[str, nn.Module]:
    return {"network": course.network, "head": course.head}


def _run(course: Course, saved: Saved, store: Checkpoints | None) -> None:
    """Run the stages that ``saved`` does not report yet, keeping it up to date."""
    course.found = dict(saved.found)
    for number, stage in enumerate(course.stages()):
        if number < len(saved.reports):
            continue
        halfway = saved.halfway
        course.settle(stage.name)
        if halfway is None and not course.prepare(stage.name):
            saved.reports.append(StageReport(stage.name, [], 0.0))
            continue
        report = run_stage(
            stage,
            seed=(course.seed, number),
            start=halfway,
            save=_saver(course, saved, store) if store else None,
        )
        saved.reports.append(report)
        saved.halfway, saved.found = None, dict(course.found)
        if store is not None:
            store.save(_modules(course), saved)
    course.settle()


def _saver(course: Course, saved: Saved, store: Checkpoints) -> Saver:
    def save(optimiser: torch.optim.Optimizer, losses: list[float], seconds: float) -> None:
        halfway = Halfway(list(losses), {}, seconds)
        now = replace(saved, halfway=halfway, found=dict(course.found))
        store.save(_modules(course), now, optimiser)

    return save
